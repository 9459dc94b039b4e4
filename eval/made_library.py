"""A library of any size made by rule, for measuring speed: the same number always gives the same articles.

Lengths, headings, products and questions are spread as in a shop's library; what the articles say is made up.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from kb.article import Article
from kb.folder import read_article


def _words(text: str) -> list[str]:
    return text.split()


_THINGS = _words(
    """
    洗衣机 电饭煲 羽绒服 大闸蟹 牙刷 手环 奶粉 猫粮 床垫 沙发 台灯 耳机 音箱 水杯 雨伞 背包 跑鞋
    睡袋 帐篷 被子 枕头 面膜 口红 吹风机 空气炸锅 热水壶 扫地机 净水器 投影仪 显示器 键盘 鼠标
    充电宝 数据线 行李箱 婴儿车 儿童椅 咖啡机 榨汁机 电风扇 取暖器 加湿器
    """
)
_PARTS = _words(
    """
    内胆 滤网 电池 遥控器 插头 面料 填充物 包装 说明书 合格证 保修卡 赠品 配件 按键 屏幕 接口
    水箱 刷头 底座 外壳
    """
)
_MATTERS = _words(
    """
    退货 换货 退款 运费 发票 保修 安装 清洗 保养 尺码 重量 容量 功率 噪声 保质期 储存 配送 催件
    丢件 破损 少件 错发 价保 优惠券 预售 定金 尾款 积分 会员 团购 礼品卡 以旧换新 上门取件
    七天无理由 质量问题 三包 延保 开箱 验货 签收 拒收 改地址 改订单 取消订单 合并发货
    """
)
_WHO = _words(
    """
    顾客 买家 客服 仓库 快递员 售后组 厂家 质检员 门店 财务
    """
)
_DOES = _words(
    """
    需要提供 应当确认 可以申请 不得要求 必须登记 先要核对 会在当天处理 可以选择 需要保留 请尽快提交
    """
)
_WHAT = _words(
    """
    订单号 照片 视频 付款凭证 快递单号 检测报告 收货地址 联系电话 购买日期 商品编码 外包装 原始发票
    """
)
_WHEN = _words(
    """
    签收后 下单后 发货前 付款后 活动期间 预售期内 节假日期间 收到退货后 检测完成后 审核通过后
    """
)
_KINDS = ("product", "policy", "return-rule", "promotion", "playbook", "phrase")
_WEIGHTS = (40, 25, 12, 8, 10, 5)
_ZONE = ZoneInfo("Asia/Shanghai")


def made_articles(seed: int = 1) -> Iterator[Article]:
    """Articles without end, each of about ten passages."""
    number = 0
    while True:
        yield made_article(number, seed)
        number += 1


def made_article(number: int, seed: int = 1, edit: int = 0) -> Article:
    """The article of that number. edit: another text of one section for each; 0: the first."""
    dice = random.Random(f"{seed}-{number}")  # noqa: S311 (no secrets)
    thing, matter = dice.choice(_THINGS), dice.choice(_MATTERS)
    code = f"{dice.choice('ABCDEFGHK')}{dice.choice('KLMNPQ')}-{dice.choice('PRSTW')}{number}"
    kind = dice.choices(_KINDS, _WEIGHTS)[0]
    sections = [_section(dice) for _ in range(min(14, 1 + int(dice.expovariate(1 / 5))))]
    if edit:
        sections[0] = _section(random.Random(f"{seed}-{number}-{edit}"), changed(number, edit))  # noqa: S311
    title = f"{thing} {code}：{matter}" if kind == "product" else f"{thing}{matter}说明（{number}）"
    lines = [f"id: made-{number:06}", f"title: {title}", f"kind: {kind}", f"owner: 第{number % 9 + 1}组"]
    lines.append(f"keywords: [{thing}{matter}, {dice.choice(_PARTS)}]")
    if kind == "product":
        lines.append(f"products: [{code}, {thing}{number % 97}号]")
    asked = [f"{thing}{code}的{part}怎么{matter}" for part in dice.sample(_PARTS, dice.randint(1, 4))]
    lines.append(f"questions: [{', '.join(asked)}]")
    if dice.random() < 0.15:
        lines.append(f"effective_from: 2026-{dice.randint(1, 10):02}-{dice.randint(1, 28):02}")
    if kind in ("promotion", "return-rule"):
        lines.append(f"must_pass: [{asked[0]}]")
    text = "---\n" + "\n".join(lines) + "\n---\n" + "\n\n".join(sections) + "\n"
    return read_article(text, f"made/{number:06}.md", _ZONE)


def changed(number: int, edit: int) -> str:
    """The words that an edit brings into an article, and that stand nowhere else."""
    return f"第{edit}次改动的{number}号暗语"


def _section(dice: random.Random, words: str = "") -> str:
    heading = f"# {dice.choice(_MATTERS)}{dice.choice(('要求', '流程', '时限', '费用', '怎么办', '范围'))}"
    if dice.random() < 0.12:
        rows = [f"| {dice.choice(_PARTS)} | {dice.randint(1, 90)} 天 | {dice.randint(5, 500)} 元 |" for _ in range(4)]
        return "\n".join((heading, "", words, "", "| 项目 | 时限 | 费用 |", "| --- | --- | --- |", *rows))
    if dice.random() < 0.15:
        return "\n".join((heading, "", words, *(f"{n}. {_sentence(dice)}" for n in range(1, dice.randint(3, 7)))))
    sentences = [_sentence(dice) for _ in range(min(9, 1 + int(dice.expovariate(1 / 2.5))))]
    return f"{heading}\n\n{words}{'。' if words else ''}{''.join(sentences)}"


def _sentence(dice: random.Random) -> str:
    first = f"{dice.choice(_WHEN)} {dice.randint(1, 60)} {dice.choice(('天', '小时', '个工作日'))}内，"
    second = f"{dice.choice(_WHO)}{dice.choice(_DOES)}{dice.choice(_WHAT)}和{dice.choice(_WHAT)}"
    third = (
        f"，{dice.choice(_THINGS)}的{dice.choice(_PARTS)}另收 {dice.randint(5, 300)} 元" if dice.random() < 0.3 else ""
    )
    return f"{first}{second}{third}。"
