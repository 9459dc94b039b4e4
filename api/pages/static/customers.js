/* Five invented customers. Each writes the next `says` once the agent has answered; `after` is in seconds. */

export const CUSTOMERS = [
  {
    id: "demo-1", name: "小满不吃糖", channel: "taobao", after: 0.6,
    context: { channel: "taobao", product: "QY-W10", stage: "pre-sale" },
    about: ["正在看：滚筒洗衣机 W10", "Looking at: washing machine W10"],
    says: [["亲在吗", "这个能洗羽绒服不"], ["那保修几年呀"], ["好嘞，送货上楼吗"]],
  },
  {
    id: "demo-2", name: "阿哲", channel: "jd", after: 3,
    context: { channel: "jd", stage: "pre-sale" },
    about: ["还没有下单", "No order yet"],
    says: [["手环B7续航几天？"], ["那Pro呢"], ["能刷公交吗"]],
  },
  {
    id: "demo-3", name: "momo", channel: "taobao", after: 6,
    context: { channel: "taobao", stage: "after-sale" },
    about: ["订单：保温杯，4 天前付款", "Order: vacuum cup, paid 4 days ago"],
    says: [["等了四天快递一动不动！！你们什么破店，气死我了"], ["再不处理我就投诉到12315"]],
  },
  {
    id: "demo-4", name: "老周 1968", channel: "wechat", after: 9,
    context: { channel: "wechat", stage: "pre-sale" },
    about: ["正在看：结算页", "At the checkout"],
    says: [["可以用公积金付款吗"], ["那算了。发票怎么开，退货的运费谁出"]],
  },
  {
    id: "demo-5", name: "可可爱爱没有脑袋", channel: "taobao", after: 12,
    context: { channel: "taobao" },
    about: ["还没有下单", "No order yet"],
    says: [["尺码"], ["上周拍的鞋子不想要了，能退吗"]],
  },
];
