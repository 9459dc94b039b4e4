"""Contradictions planted into the demo shop's articles, to measure how many are found.

Half of them (`tuned`) were looked at while the measure was made, half only when it was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb.article import Article
from kb.folder import read_article
from tests.support.articles import ZONE, article_text


@dataclass(frozen=True)
class Planted:
    """One wrong number. Either `before` → `after` in an article, or a new article of that name with this title.

    against: the articles of which one must be reported. number: how the wrong one begins, normalised.
    """

    article: str
    before: str
    after: str
    against: tuple[str, ...]
    tuned: bool
    title: str = ""
    kind: str = "policy"

    def library(self, articles: Sequence[Article]) -> tuple[Article, ...]:
        """The library with this contradiction in it."""
        if self.title:
            text = article_text(self.title, f"## {self.before}\n\n{self.after}", self.kind, id=self.article)
            return (*articles, read_article(text, f"{self.article}.md", ZONE))
        return tuple(self._edited(one) if one.id == self.article else one for one in articles)

    def _edited(self, article: Article) -> Article:
        if article.source.count(self.before) < 1:
            raise ValueError(f"{self.article} does not say {self.before}")
        return read_article(article.source.replace(self.before, self.after), article.path, ZONE)


def _edit(article: str, before: str, after: str, *against: str, tuned: bool = False) -> Planted:
    return Planted(article, before, after, against, tuned)


def _draft(title: str, heading: str, text: str, *against: str, tuned: bool = False, kind: str = "policy") -> Planted:
    return Planted("planted-draft", heading, text, against, tuned, title, kind)


PLANTED: tuple[Planted, ...] = (
    _edit("tour-tr2", "出发前 1 天以前免费换", "出发前 5 天以前免费换", "travel-cancel", tuned=True),
    _edit("virtual-recharge", "停机超过 60 天", "停机超过 90 天", "recharge-not-arrived", tuned=True),
    _edit("out-of-warranty-cost", "修过的部件再保 90 天", "修过的部件再保 30 天", "repair-procedure", tuned=True),
    _edit("phrase-apology", "最多说两次", "最多说四次", "sop-calm-angry", tuned=True),
    _edit("paid-no-order", "第二笔 24 小时内自动原路退", "第二笔 72 小时内自动原路退", "payment-safety", tuned=True),
    _edit("return-address", "7 天内寄出并填单号", "10 天内寄出并填单号", "exchange-procedure", tuned=True),
    _edit("large-item-delivery", "单件超过 20 kg", "单件超过 30 kg", "carriers", tuned=True),
    _edit("humidifier-h4", "柠檬酸 10 克", "柠檬酸 25 克", "howto-humidifier-cleaning", tuned=True),
    _edit("hotel-hygiene", "30 分钟内办到", "2 小时内办到", "sop-hotel-hygiene", tuned=True),
    _edit("lost-parcel", "已经 5 天没有动", "已经 3 天没有动", "sop-stuck-parcel", "tracking-stalled", tuned=True),
    _edit("purifier-a500", "按面积上限打八折", "按面积上限打七折", "advice-purifier-room", tuned=True),
    _edit("points-spend", "金额的 30 %", "金额的 50 %", "coupon-stacking", "promo-double12-2026", tuned=True),
    _edit("giftcard-gc", "购买日起 3 年", "购买日起 2 年", "gift-card"),
    _edit("course-cv", "12 周", "10 周", "advice-course"),
    _edit("tour-tr2", "698 元/人", "798 元/人", "advice-travel"),
    _edit("remote-areas", "满 199 元包邮", "满 299 元包邮", "freight-2026-09", "freight-2025"),
    _edit("advice-down-temperature", "充绒 220 克", "充绒 250 克", "down-y2"),
    _edit("printer-m1d", "250 张", "200 张", "howto-printer-e11-reset"),
    _edit(
        "howto-milk-prep",
        "一平勺配 30 毫升水",
        "一平勺配 40 毫升水",
        "milk-packaging-2026",
        "milk-n1",
        "milk-packaging-2025",
    ),
    _edit("shoe-s1-wide", "前掌比标准楦宽 6 毫米", "前掌比标准楦宽 8 毫米", "advice-shoe-size"),
    _edit("change-colour-remark", "30 分钟内答复", "2 小时内答复", "cancel-order", "change-address"),
    _edit("cod-phone", "拒收满 2 次的", "拒收满 3 次的", "refuse-parcel"),
    _edit("advice-course", "1,280 元", "1,480 元", "course-refund", "course-cv"),
    _edit("refuse-parcel", "仓库签收后 24 小时内退款", "仓库签收后 48 小时内退款", "sop-refund", "refund-decision"),
    _edit("same-day-cutoff", "付款后 48 小时内", "付款后 72 小时内", "large-item-delivery"),
    _draft(
        "衣服鞋子退换常见问题",
        "几天内能退",
        "衣服和鞋子签收后 7 天内可以无理由退货，吊牌要在。",
        "clothing-return",
        tuned=True,
    ),
    _draft("运费说明", "收多少运费", "普通地区的订单满 88 元包邮，不满的收 10 元运费。", "freight-2026-09", tuned=True),
    _draft(
        "降价退差价怎么回",
        "回复",
        "您好，付款后 7 天内降价的可以申请价格保护，退您差价。",
        "price-protection",
        tuned=True,
        kind="phrase",
    ),
    _draft(
        "收到破损怎么办", "多久要说", "包裹破损的，请客户在签收后 24 小时内联系客服。", "damaged-parcel", tuned=True
    ),
    _draft("退款到账时间一览", "多久到账", "信用卡付款的退款 10–15 个工作日到账。", "refund-arrival", tuned=True),
    _draft("洗衣机保修", "保修期", "滚筒洗衣机整机保修 2 年，主电机保修 5 年。", "warranty-by-category", tuned=True),
    _draft("海外购退货", "期限", "跨境商品没有拆封的，签收后 15 天内可以退。", "cross-border-return", tuned=True),
    _draft("积分抵钱", "怎么抵", "下单时每 100 积分抵 2 元，每单都能用。", "points-spend", tuned=True),
    _draft(
        "数码电池质保",
        "电池保多久",
        "手机和笔记本的电池保修 3 个月，从签收第二天起算。",
        "battery-warranty",
        tuned=True,
    ),
    _draft(
        "平时的满减", "力度", "没有大促的时候，日常满减是满 300 元减 30 元，一单一次。", "manjian-daily", tuned=True
    ),
    _draft("发货时间", "截单", "当天 14:00 前付款的当天发货，之后付款的第二天发。", "same-day-cutoff"),
    _draft("生鲜运费", "包邮门槛", "生鲜满 79 元包邮，不满收 15 元运费。", "fresh-delivery"),
    _draft("坏果怎么赔", "报损期限", "水果坏了要在签收后 12 小时内申请售后，上传照片。", "fresh-damage"),
    _draft(
        "换尺码流程",
        "寄回",
        "客服发预付面单以后，客户要在 9 天内把原来的尺码寄出。",
        "size-exchange",
        "exchange-procedure",
    ),
    _draft("双11 订单的价格保护", "保多久", "双11 期间付款的订单，价格保护 15 天。", "price-protection-festival"),
    _draft(
        "偏远地区收费", "运费", "新疆、西藏等偏远地区不满门槛的，每单收 20 元运费。", "freight-2026-09", "remote-areas"
    ),
    _draft("没货了怎么办", "通知客户", "仓库报缺以后，客服要在 6 小时内主动联系客户。", "out-of-stock"),
    _draft("差评怎么处理", "联系客户", "差评出来 24 小时内，由原来的客服联系客户。", "malicious-reviews"),
    _draft("莫湖店退订", "免费取消", "莫湖店的双人房，入住前一天 12:00 以前可以免费取消。", "hotel-cancel"),
    _draft("生日券怎么用", "面额", "会员生日当月发一张生日券，满 200 元减 30 元。", "birthday-coupon"),
    _draft("小程序新人券", "面额", "小程序新人领一张新人券，满 50 元减 10 元，首单可用。", "promo-newcomer-wechat"),
    _draft("QY-W10 洗衣机一次洗多少", "容量", "W10 的洗涤容量是 8 公斤。", "washer-w10"),
    _draft(
        "退大件的运费", "客户付多少", "不喜欢、不想要退 20 公斤以上大件的，客户付运费，每件 60 元。", "return-freight"
    ),
)
