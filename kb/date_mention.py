"""When the customer bought: a date that a message ties to buying, and only such a one.

A date of receiving, of an event asked about, of a plan or of somebody else's order sets nothing: the rule of a wrong
day is worse than today's. So between the date and the buying nothing else may happen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from kb.date_words import LENGTH, DateWords, Days, back_by, date_words
from kb.question import Question, Role, Stage

# One character for one, so that places in the text stay what they are.
_ONE_FORM = str.maketrans(
    "週號買單個後訂購禮兩雙節慶間點嗎還沒會這來錢過時們開聖誕預從貨發鐘給媽說訂號",
    "周号买单个后订购礼两双节庆间点吗还没会这来钱过时们开圣诞预从货发钟给妈说订号",
) | {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF0E)}

_MAY_BUY = re.compile(r"[买拍单付订购入抢秒囤淘拼团剁交笔]|(?i:bought|order|purchas|paid)")
_DONE = re.compile(
    r"(?:"
    r"买(?:的|了|过|到|下|滴|哒|回|入|来)|刚(?:买|拍|付|入|订)|拍(?:的|了|下|到)(?!照|图|视频|片|[一二三几两\d]?张|[一二三几两\d]?个?视频)"
    r"|下(?:的|了|过|好)[一两三几\d]{0,2}(?:订单|单|订)|下(?:订?单|订)(?:的|了|过|买|付|成功)"
    r"|(?<![以底如线手楼乡地私])下的(?![雨雪场去来])|付款?(?:的|了|过|完|好|清|成功)|支付(?:的|了|成功)|(?:预?订|预定|网?购|购买)(?:的|了|到|入|得|下)(?!阅)"
    r"|定的(?=[房票酒])|入手|入(?:的|了)(?!库|住)|抢(?:的|了|到|购的)|秒(?:的|到|杀的)|[囤淘团](?:的|了)"
    r"|拼(?:的|了|到|单的|团的)|剁手|交(?:的|了)(?=钱|款)"
    r")(?!话|起)"
)
_BARE = re.compile(
    r"买(?!单|家|卖|不|得|吗|么|呢|点|什么|啥|哪|划算|便宜|合适|还是|更|最|多少|有(?:没有|什么|啥|优惠|活动|折|赠|券))|拍(?!的|了|照|图|视频|片|摄|个|张|几|一|给|卖)|下单|付款|下订|订(?!金|钱|款|阅|单)|支付"
)
_ORDER = re.compile(
    r"(?:那天|当天|早上|上午|中午|下午|晚上)?(?:的|那个?|那[一张]|这个?|我那)?"
    r"(?:订单|单子|单(?![号价独位人品反间次纯身双据调色])|笔(?!记))"
)
# A longer text is pasted, not typed: read so far; and so many earlier turns.
_READ = 500
_TURNS = 12
# How far from the date the buying may stand, in characters, and what ends a clause.
_REACH = 14
_END = re.compile(r"[，,。；;？?！!\n…、~～]")
# What may stand between a date and the buying although it holds a word of `_HAPPENS`.
_HARMLESS = re.compile(
    r"不小心|[忍憋]不住|没忍住|没多想|手快|开门红|开场|开卖|零点|直播间?|看(?:直播|中)|[来去在到]你?们?[家店]里?|送(?:人|礼|朋友|给?我?[爸妈])"
    r"|用(?:了|的)?(?:优惠)?[券卷]|用红包|用积分|花了?\d+[块元]?|那会儿?|当[天日]|晚上|早上|\d+点|刚过|打折|做活动|活动|满减|降价|特价|便宜"
)
_HAPPENS = re.compile(
    r"[收签到寄发退换修坏装申改问投诉看说听降涨贵变开结出用穿吃喝拆揽住走去查找催打聊想要准算虑能会可该没未不别忘等再绑领送赔补扣洗玩拿"
    r"掉断破烂丢叫让关派先升比]|便宜|如果|怎么|什么|[之以][前后]|哪|谁|是否|是不是|生产|上[架市]|取消"
)
_NOT_THEN = re.compile(
    r"(?:不是|[不没]在|没赶上|错过|[想准打计][在备算划]*|等到?|等着|考虑|留到|要是|要|如果|假如|逢|下|[¥￥$]|花了?|跟|比|和)$"
)
_ANOTHER = re.compile(r"(?<![给帮送替])(?:朋友|闺蜜|同事|别人|人家|邻居|网友|室友)(?:[的说她他们也都在是]|你们?家)*$")
_SHIFT = re.compile(rf"(?:的|之|以)?(?P<side>前|后)(?![后台面])(?:(?:的|那)?{LENGTH})?")
_SAID_OF = re.compile(
    r"(?:(?:下单|付款|购买|拍下|订购|支付|买的?|订单|单子|那单"
    r"|这单)的?(?:时间|日期|日子|那天|时候)(?:是|为|在|于|[：: ])*"
    r"|(?:下单|购|买|拍下?)于|(?:订单|单子|那单|这单|那笔)[是为在]?"
    r"|(?:买的|拍的|下的单|下单的?|付的款?|订的|入手的)[，, ]{0,2}(?:大概|应该|好像|就)?是?)$"
)
_ALONE = re.compile(
    r"(?:那天|当天|左右|前后|早上|上午|中午|下午|晚上|[晚早夜]|夜里|凌晨|[下拍付]的|的|吧|呢|哦|啊|呀|了|哈)*(?=[\s，,。；;？?！!\n…~～、]|$)"
)
_SINCE = re.compile(
    r"(?:买|拍|入手|下单|付款|购买)"
    r"(?:(?:了|的|回来|来|到现在|到手|完|也|都|已经?|才|刚刚?|快|有|差不多|大概|将近|不到|还)+"
    rf"(?P<length>{LENGTH})(?!的[^\s，,。还]|[份量装前内以之送起]|[半来多个])"
    rf"|(?P<length_2>{LENGTH.replace('?P<', '?P<b_')})(?=了|就|还|都))"
)
# What is bought for a length of time.
_LASTS = re.compile(r"会员|[卡课房票团游险奶粮]|延保|套餐|流量|服务|酒店|vip", re.IGNORECASE)
# A stretch that reaches to now and is longer than this (days) dates nothing.
_VAGUE = 45
_PARTS = (
    (re.compile(r"凌晨|零点|0点|半夜"), (0, 6)),
    (re.compile(r"早上|早晨|上午|清早|一早|[早晨]"), (5, 12)),
    (re.compile(r"中午|下午"), (11, 18)),
    (re.compile(r"晚上|傍晚|夜里|[晚夜]"), (17, 24)),
)
_THAT_DAY = re.compile(r"(?:那天|当天)?的?")
_ENGLISH_BUY = re.compile(r"(?i:\b(?:bought|ordered|purchased|paid)\b)")
_ENGLISH_ELSE = re.compile(
    r"(?i:receiv|arriv|deliver|ship|return|refund|cancel|\bwill\b|\bsale\b|start|\bbut\b|n't)|[.;!?,]"
)
# What is bought besides, later than the date said.
_AGAIN = re.compile(r"(?:[再加]|[又还想]想?)(?:多|再)?(?:买|拍|下一?单|订)")
# A message of something new, to which the date of an earlier order does not apply.
_ANEW = re.compile(
    r"[再想要新打准][^，。？！\s]{0,3}[买拍订]|再下|现在(?:买|拍|下单)|活动|优惠|满减|[领用][券卷]|有货|现货|新款|上新|多少钱|怎么卖|推荐"
)


@dataclass(frozen=True)
class OrderDate:
    """When a customer says to have bought. begin, end: the stretch of time meant, `[begin, end)`, aware.

    words: as they stand, at the characters `[start, stop)` of the message, or of the talk's turn of that number.
    """

    begin: datetime
    end: datetime
    words: str
    start: int
    stop: int
    turn: int | None = None

    @property
    def moment(self) -> datetime:
        """The middle: where a rule changes within the stretch, the side on which more of it lies."""
        return self.begin + (self.end - self.begin) / 2


def order_date(question: Question, at: datetime, zone: ZoneInfo) -> OrderDate | None:
    """When the customer says to have bought: in the message, else in their latest earlier turn that says it.

    An earlier turn counts only where the message does not turn to something new. at: when the question is asked.
    """
    said = bought(question.text, at, zone)
    if said or not question.history or question.context.stage is Stage.PRE_SALE or _ANEW.search(question.text):
        return said
    turns = ((place, turn.text) for place, turn in enumerate(question.history) if turn.role is Role.CUSTOMER)
    found = (bought(text, at, zone, place) for place, text in list(turns)[: -_TURNS - 1 : -1])
    return next(filter(None, found), None)


def bought(text: str, at: datetime, zone: ZoneInfo, turn: int | None = None) -> OrderDate | None:
    """When one message says that its writer bought; of several times the latest, None for none.

    at: when the message is written. zone: the shop's, in which its days begin.
    """
    plain = text[:_READ].translate(_ONE_FORM)
    if not _MAY_BUY.search(plain):
        return None
    here = at.astimezone(zone)
    dates = date_words(plain, here.date())
    found = [
        said
        for days, start, stop in (*_tied(plain, dates), *_since(plain, here))
        if (said := _said(text, plain, days, start, stop, here, turn))
    ]
    return max(found, key=lambda said: said.end, default=None)


def _tied(text: str, dates: list[DateWords]) -> Iterator[tuple[Days, int, int]]:
    """The dates that say when something was bought."""
    for number, item in enumerate(dates):
        following = dates[number + 1].start if number + 1 < len(dates) else len(text)
        before = text[max(0, item.start - 20) : item.start]
        if item.days is None or _NOT_THEN.search(before) or _ANOTHER.search(before):
            continue
        days, stop = _shifted(text, item)
        if days and (
            _buys(text[stop : min(following, stop + _REACH + 4)], past=item.past)
            or (_SAID_OF.search(before) and _ALONE.match(text, stop))
            or _bought_in_english(text, item)
        ):
            yield days, item.start, stop


def _buys(after: str, *, past: bool) -> bool:
    """Whether what stands behind a date begins with buying. past: the date is, so no word need say that it was done."""
    if _ORDER.match(after):
        return True
    end = _END.search(after)
    clause = after[: end.start()] if end else after
    done = _DONE.search(clause)
    bare = _BARE.search(clause) if past else None
    buying = min((found for found in (done, bare) if found), key=lambda found: found.start(), default=None)
    if buying is None or buying.start() > _REACH or clause.startswith("的话", buying.end()):
        return False
    return not _HAPPENS.search(_HARMLESS.sub("", clause[: buying.start()]))


def _bought_in_english(text: str, item: DateWords) -> bool:
    if not (text[item.start].isascii() and text[item.start].isalnum()):
        return False
    before, after = text[max(0, item.start - 40) : item.start], text[item.stop : item.stop + 20]
    left, right = list(_ENGLISH_BUY.finditer(before)), _ENGLISH_BUY.search(after)
    return bool(left and not _ENGLISH_ELSE.search(before[left[-1].end() :])) or bool(
        right and not _ENGLISH_ELSE.search(after[: right.start()])
    )


def _shifted(text: str, item: DateWords) -> tuple[Days | None, int]:
    """The days that 双11前一周 means; None for 双11前, an open stretch. Other dates as they are."""
    shift = _SHIFT.match(text, item.stop)
    if shift is None or item.days is None:
        return item.days, item.stop
    if not shift["unit"]:
        return None, shift.end()
    first, last = item.days
    if shift["side"] == "前":
        return (back_by(shift, first)[0], first - timedelta(days=1)), shift.end()
    length = last - back_by(shift, last)[0]
    return (last + timedelta(days=1), last + length), shift.end()


def _since(text: str, here: datetime) -> Iterator[tuple[Days, int, int]]:
    """买了三天, 下单两周了: so long ago."""
    for match in _SINCE.finditer(text):
        length = re.compile(LENGTH).fullmatch(match["length"] or match["length_2"])
        if length and not _LASTS.search(text):
            name = "length" if match["length"] else "length_2"
            yield back_by(length, here.date()), match.start(), match.end(name)


def _said(
    text: str, plain: str, days: Days, start: int, stop: int, here: datetime, turn: int | None
) -> OrderDate | None:
    """The stretch of time up to the message's own; None where it has not begun."""
    hours = (0, 24)
    if days[0] == days[1]:
        at = _THAT_DAY.match(plain, stop)
        place = at.end() if at else stop
        for pattern, of_day in _PARTS:
            if part := pattern.match(plain, place):
                hours, stop = of_day, part.end()
    while stop > start and plain[stop - 1] == "的":
        stop -= 1
    begin = datetime.combine(days[0], time(hours[0]), here.tzinfo)
    end = datetime.combine(days[1] + timedelta(days=hours[1] // 24), time(hours[1] % 24), here.tzinfo)
    end = min(end, here)
    if begin >= end or (end == here and end - begin > timedelta(days=_VAGUE)) or _AGAIN.search(plain, stop):
        return None
    return OrderDate(begin, end, text[start:stop], start, stop, turn)
