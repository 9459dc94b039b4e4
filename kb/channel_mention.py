"""Where the customer bought: a channel that a message names as the place of buying, and only such a one.

A channel named for paying, for a comparison, for somebody else's order or for getting in touch sets nothing: the rules
of a wrong channel are worse than the general ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from kb.channel_names import KNOWN, any_of, known
from kb.normalise import fold, normalise_code
from kb.question import Question, Role

# Two front doors of one house: where the shop's library knows only the other, nothing is sure.
_SIBLINGS = {"tmall": "taobao", "taobao": "tmall"}

# Names said of much that has nothing to do with where was bought, beside those of ambiguous channels.
_SAID_ANYWAY = frozenset({"电话"})
_NOT_OF_BUYING = (
    r"(?!\s?(?:支付|付款|转账|零钱|钱包|红包|白条|金条|物流|快递|小哥|e?卡|券|精灵|客服|好友|群|号(?!店)|联系|同款))"
)
_NOT_HERE = re.compile(r"(?:不是|没有?|不)(?:在|从|去|用|通过)?$")

_READ = 500
_TURNS = 12
_NOT_A_PLACE = (
    r"(?!\s?(?:支付|付|转账|零钱|钱包|红包|白条|金条|物流|快递|小哥|e?卡|券|金币|精灵|手表|机"
    r"|客服|运费|号(?!店)|群|好友|联系|加|聊|发|里?有活动|同款|价))"
)
_SHOP = (
    r"(?:平台|上面?|里面?|那边|那儿|那里|这边|那|官方|旗舰|自营|专营|直营|你们的?|你家的?|咱们?的?"
    # Few of them: in a long run of 店 or 你们的店 every split would be tried.
    r"|[的小]?店(?:铺|里)?|商城|app|渠道|直播间里?|直播里?|超市){0,4}"
)
_BETWEEN = r"[^，,。；;？?！!\n说问看听查收比退换能会想要没不别卖修送发怎如准打聊谈搜找推刷]{0,8}?"
_BOUGHT = (
    r"(?:买(?:的|了|过|到|回|来|下)|拍(?:的|了|下|到)(?!照|图|视频)|下(?:的|了"
    r"|过)?单(?:的|了|过|后|成功|以后|之后|完)|下的(?:订?单|大?单)?|下了[一两几\d]?个?单"
    r"|订(?:的|了|购的|到)|定的|购(?:的|入|买的|买了|得)|抢(?:的"
    r"|到|了)|入(?:的|手)|秒(?:的|到)|团的|拼的|囤的|淘的|薅的|剁手|带的)"
)
_ORDER = r"(?:的|那个?|这个?)?(?:订单|单子|单号|那单|这单|那笔|这笔|买家|渠道的?(?:单|订单)?)"
_ANOTHER = re.compile(
    r"(?:人家|别人|别家|他们|她们|朋友|同事|闺蜜|邻居|网友|室友|同学|有人|同款"
    r"|同样的?|以前|上次|之前|平时|一般|跟|比|和|像|不像|隔壁)[^，,。；;！!？?]{0,8}$"
)
_GIVEN = re.compile(r"(?:给|帮|替|送|为)(?:我|俺|咱)")
_NOT_DONE = re.compile(
    r"(?:不是|没有?|没在|别|不要?|不想|不在|想要?|要|打算|准备|可以|能|能不能"
    r"|可不可以|如果|要是|假如|万一|去|改|换|重新|应该|会|是否|再|不如|还不如|还是|早知道|后悔没)"
    r"(?:是|在|从|去|用|到|上|通过|你们|你家|的)*$"
)
_COMPARES = re.compile(
    r"^[^，,。；;！!？?\n]{0,8}(?:便宜|划算|贵|优惠|实惠|和你们|跟你们"
    r"|一样吗|有区别|区别|靠谱|正品吗|的人)|^的?(?:更|最)?好|^的?(?:吗|么|不|才)"
)
_OR = re.compile(r"^(?:的?还是|或者?|和|跟|、)")
_ASKED_WHERE = re.compile(
    r"平台|渠道|哪(?:里|儿|个店|家店)?(?:买|下|拍|订|购)|(?:买|下单|拍|订)的?.{0,4}(?:哪|什么地方)"
)
_ENGLISH = r"(?:bought|ordered|purchased|got|order)\b[^.?!,]{0,20}\b(?:on|from|at|via|in|through)\s+(?:your\s+)?"


@dataclass(frozen=True)
class ChannelMention:
    """Where a customer says to have bought.

    channel: as the library writes it, or the general code. words: the name as it was found, folded.
    turn: the number of the talk's turn that says it; None: the message.
    """

    channel: str
    words: str
    turn: int | None = None


class ChannelNames:
    """The channels that the articles are limited to, under all their names; made once for a library."""

    def __init__(self, channels: Iterable[str]) -> None:
        """channels: every value of the articles' `channels`."""
        own = {normalise_code(channel): channel for channel in sorted(set(channels), reverse=True)}
        self._of: dict[str, str] = {}
        for one in KNOWN:
            here = next((own[code] for code in one.written if code in own), None)
            if here is None and (one.ambiguous or _SIBLINGS.get(one.codes[0]) in own):
                continue
            self._of |= dict.fromkeys(one.names, here or one.codes[0])
        self._of |= {fold(channel): channel for code, channel in own.items() if known(code) is None or len(code) > 2}
        # Without channels in the library nothing depends on them.
        self._finds = _patterns(self._of) if own else None

    def channel(self, question: Question) -> ChannelMention | None:
        """Where the customer says to have bought: in the message, else in their latest earlier turn that says it.

        A text that names two places decides nothing, nor do those before it.
        """
        if self._finds is None:
            return None
        said: list[tuple[str, int | None]] = [(question.text, None)]
        earlier = [(t.text, place) for place, t in enumerate(question.history) if t.role is Role.CUSTOMER]
        said += earlier[: -_TURNS - 1 : -1]
        for text, place in said:
            before = len(question.history) if place is None else place
            found = self.bought(text, was_asked=_asked_before(question, before))
            if found:
                (channel, words), *others = found.items()
                return None if others else ChannelMention(channel, words, place)
        return None

    def bought(self, text: str, *, was_asked: bool = False) -> dict[str, str]:
        """The channels at which a message says that its writer bought, each with the name found.

        was_asked: the agent has just asked where, so that the bare name is an answer.
        """
        if self._finds is None:
            return {}
        plain = fold(text[:_READ])
        bought, alone = self._finds
        if not any(name in plain for name in self._of):
            return {}
        if was_asked and (match := alone.match(plain)):
            return {self._of[match["name"]]: match["name"]}
        all_named = list(bought.finditer(plain))
        places = {self._of[name]: name for m in all_named if (name := m["name"] or m["english"])}
        if len(places) > 1:
            return places
        return places if any(_is_own(plain, m) for m in all_named) else {}


def named_channels(text: str, channels: Iterable[str]) -> frozenset[str]:
    """Those of some channels that a customer's text is about: named, not to pay or send by them, nor to deny them."""
    plain = fold(text[:_READ])
    return frozenset(
        channel
        for channel in channels
        if any(not _NOT_HERE.search(plain[max(0, m.start() - 8) : m.start()]) for m in _named(channel).finditer(plain))
    )


@cache
def _named(channel: str) -> re.Pattern[str]:
    """What customers call a channel, its code among them, but for what they say of other things too."""
    called = {fold(channel)}
    one = known(channel)
    if one is not None and not one.ambiguous:
        called |= set(one.names) - _SAID_ANYWAY
    return re.compile(f"(?:{any_of(called)}){_NOT_OF_BUYING}")


def _patterns(names: Iterable[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A name with the buying; a name that is the whole answer."""
    written = any_of(names)
    one = f"(?P<name>{written}){_NOT_A_PLACE}"
    bought = re.compile(rf"{one}\s?{_SHOP}\s?(?:{_ORDER}|{_BETWEEN}{_BOUGHT})|{_ENGLISH}(?P<english>{written})")
    return bought, re.compile(rf"^[\s我是在从就的]*{one}{_SHOP}(?:{_BOUGHT}|的)?[\s。.，,啊呀哦呢~～!！]*$")


def _is_own(text: str, match: re.Match[str]) -> bool:
    """Whether it is the writer's own order, and done."""
    before, after = text[max(0, match.start() - 16) : match.start()], text[match.end() :]
    if _NOT_DONE.search(before) or _COMPARES.match(after) or _OR.match(after):
        return False
    return not _ANOTHER.search(before) or bool(_GIVEN.search(before + match.group()))


def _asked_before(question: Question, place: int) -> bool:
    """Whether the turn before this one is an agent's that asks where it was bought."""
    if not 0 < place <= len(question.history):
        return False
    turn = question.history[place - 1]
    return turn.role is Role.AGENT and bool(_ASKED_WHERE.search(turn.text))
