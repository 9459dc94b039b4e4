/* What the demo desk says, Chinese first and English beside it. */

const WORDS = {
  step_message: ["顾客来消息", "A customer writes"],
  step_answer: ["右边马上有答案和出处", "The answer and its source stand at the right"],
  step_insert: ["按 Enter 或点「插入」", "Press Enter there, or “Insert”"],
  step_send: ["看一眼，发送，换下一位", "Look, send, go to the next"],
  send: ["发送", "Send"],
  hint: ["Enter 发送 · F2 去右边的建议", "Enter sends · F2 goes to the suggestions"],
  placeholder: ["写回复，或从右边插入…", "Write a reply, or insert one from the right…"],
  by_hand: ["扮顾客说一句", "Play the customer"],
  by_hand_placeholder: ["例如：买贵了能退差价吗", "e.g. 买贵了能退差价吗"],
  say_it: ["说", "Say"],
  unread: ["{count} 条新消息", "{count} new"],
  waiting: ["等了 {seconds} 秒", "waiting {seconds} s"],
  answered: ["已回复", "answered"],
  done: ["聊完了", "done"],
  you: ["你", "You"],
  language: ["English", "中文"],
  taobao: ["淘宝", "Taobao"], jd: ["京东", "JD"], wechat: ["微信", "WeChat"],
};

/** The words of this name in the page's language. */
export function say(name, values = {}) {
  const text = WORDS[name][document.documentElement.lang.startsWith("en") ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (_, key) => String(values[key]));
}
