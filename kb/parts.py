"""The questions in one message: where it asks several things, each with its place; never a background cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.content import content, weight
from kb.normalise import simplified

MOST = 4
"""A message of more questions than this is answered as a whole."""
_READ = 400
# What a question needs of its own where only a space or a comma parts it from another.
_OWN = 2

_NUMBER = (
    r"(?:(?<![\d.])\d{1,2}\s?[.、．)）:：](?!\d)|[①-⑨]|[（(]\d[)）]|第[一二三四]个?(?:问题)?[，,:：、]|[一二三四]、)"
)
_BREAK = re.compile(
    rf"(?P<hard>[?？\n；;]+[!！~～。\s]*|(?:(?<=^)|(?<=[\s，,。!！?？；;])){_NUMBER}\s*)|(?P<soft>[，,。!！~～\s]+)"
)
_MORE = re.compile(
    r"(?:还有(?:就是|一个问题|个问题)?|另外|顺便(?:再)?(?:问(?:一?下)?)?|顺带"
    r"|再问(?:一?下|个)?|还想问(?:一?下)?|然后(?:就是)?|以及|再就是|最后|其次|首先)[，,:：\s]?(?!没)"
)
# Words that ask elsewhere and here only count or point.
_NO_ASKING = re.compile(
    r"[好十]几|几[天个小时月年周次分钟]+了|没(?:有)?(?:什么|啥|多久|几|多少)|什么都|啥都|怎么都"
    r"|哪里都|哪儿都|谁都|不管[^，,。]{0,12}|无论[^，,。]{0,12}|什么的|多少钱(?:买|拍|入)的"
    r"|不知道(?:是)?(?:怎么|咋)(?:回事|搞的|的)?|怎么(?:说|回事)?都|不怎么|没怎么"
    r"|多少(?:有点|会|能)|什么(?:玩意|破|垃圾|态度|东西)|(?:想|来)(?:问|咨询)(?:一?下)?[什啥]么"
)
_ASKS = re.compile(
    r"吗|嘛$|[么呢不没否]$|(?:行|好|有|对|能|会|可以)(?:不|没|没有)$|多少|多久|多长|多大|多重|多高|多宽"
    r"|多厚|多远|(?<![好十这那上前后头])几[个天小号点折次斤升度岁元块年月种样瓦件]|[怎咋]|什么|啥|哪|谁|为何|如何|是否"
    r"|([\u4e00-\u9fff])不\1|有没有|有木有|能否|可否|何时|\bhow\b|\bwhat\b"
    r"|\bwhen\b|\bwhere\b|\bwhich\b|\bcan i\b|\bdo you\b|\bis (?:it|there)\b"
)
# What only vents and asks nothing.
_RHETORICAL = re.compile(r"^(?:还?有完没完|没完了|耍我玩?|耍猴|逗我玩?|搞笑|过分|骗人|什么态度)[了呢吧啊]*[!！]*$")
_MARKS = re.compile(r"[?？]|还有|另外|顺便|再问|想问")
_MAY = re.compile(r"[\s?？，,。.!！、)）;；~～①②]")
_WANTS = re.compile(r"^(?:我)?(?:要|想|需要|麻烦|请|帮我?|给我)")
# A question of these words alone asks what the one before it asks.
_NOTHING = re.compile(
    r"^(?:你们?|您|我|那|这|到底|究竟|现在|啊|呀|是|都)*(?:(?:可以|行|好|能|对|有|是|会|成"
    r"|中|懂|明白|知道|听得懂|看得懂|在|真的|确定)(?:的|了)?(?:吗|么|吧|不|嘛|没|呢|不行|不好|不可以)"
    r"|怎么回事|咋回事|什么(?:情况|意思|原因|鬼|问题|态度)|啥(?:情况|意思|原因)|怎么(?:办|弄|搞|说|处理|解决|操作|整)|咋(?:办|弄|搞|整|处理|解决)|为什么"
    r"|为啥|凭什么|凭啥|有人(?:吗|管吗)|人呢|[在]?不在|没完了|有完没完|耍我玩?|耍猴|逗我玩?|搞笑|过分|如何处理|能不能(?:快点|解决)|行不行|好不好|可不可以|对不对|是不是)"
    r"(?:啊|呀|呢|了|吧|的|哦|嘛|一下|才好|才行)*$"
)
# What is asked for even where no other word stands beside it.
_ASPECT = re.compile(r"多少钱|几块|什么价|啥价|怎么卖|(?:多久|几天|什么时候|啥时候|几点)(?:能|可以|会)?(?:到|送)(?!期)")
_BOUND = re.compile(
    r"^(?:还是(?!想)|或者?|难道|不然|否则|(?:如果|要是|万一)?不(?:能|行"
    r"|可以)[^，,。]{0,6}(?:的话|[，,\s]|能|怎)|是不是因为|也就是|意思是|就是说|比如|例如)"
)


@dataclass(frozen=True)
class Span:
    """A question within a message: its words, which stand at the characters `[start, end)` of it."""

    text: str
    start: int
    end: int


@dataclass
class _Piece:
    """A stretch of the message that is being put together; hard: a mark, a new line or a number stands before it."""

    start: int
    end: int
    hard: bool
    more: bool
    asks: bool
    mark: bool


def split(message: str) -> tuple[Span, ...]:
    """The questions of a message, in order, where there are two to MOST; none: it is to be taken whole."""
    if len(message) > _READ or len(message) < 6 or not _MAY.search(message):
        return ()
    plain = simplified(message)
    # Places must be the message's own.
    plain = plain if len(plain) == len(message) else message
    if len(_ASKS.findall(plain)) + len(_MARKS.findall(plain)) < 2:
        return ()
    clauses = list(_clauses(plain))
    if sum(c.asks or c.more or c.hard for c in clauses) < 2:
        return ()
    parts: list[_Piece] = []
    background: _Piece | None = None
    for clause in clauses:
        if not clause.asks and not (clause.more and _WANTS.match(plain[clause.start : clause.end])):
            # A background belongs to the question behind it, and where there is none to the one before.
            background = _joined(background, clause) if background else clause
            continue
        whole = _joined(background, clause) if background else clause
        if parts and not _is_another(plain, parts[-1], clause):
            parts[-1] = _joined(parts[-1], whole)
        else:
            parts.append(whole)
        background = None
    if background and parts:
        parts[-1] = _joined(parts[-1], background)
    if not 2 <= len(parts) <= MOST:
        return ()
    return tuple(_span(message, part) for part in parts)


def _clauses(message: str) -> Iterator[_Piece]:
    start, hard = 0, False
    for match in [*_BREAK.finditer(message), None]:
        end = len(message) if match is None else match.start()
        yield from _clause(message, start, end, hard, bool(match and set("?？") & set(match.group())))
        if match:
            kept = hard and not message[start:end].strip()
            start, hard = match.end(), bool(match["hard"]) or kept


def _clause(message: str, start: int, end: int, hard: bool, mark: bool) -> Iterator[_Piece]:
    text = message[start:end]
    if not text.strip():
        return
    more = _MORE.match(text)
    if more:
        start += more.end()
        text = message[start:end]
    if not text.strip():
        return
    plain = _NO_ASKING.sub("", text.lower())
    if _RHETORICAL.match(text):
        mark = False
    yield _Piece(start, end, hard, bool(more), mark or bool(_ASKS.search(plain)), mark)


def _joined(one: _Piece, other: _Piece) -> _Piece:
    return _Piece(one.start, other.end, one.hard, one.more, one.asks or other.asks, one.mark or other.mark)


def _is_another(message: str, before: _Piece, clause: _Piece) -> bool:
    """Whether a clause that asks is a question beside the one before it, and not more of the same."""
    text = message[clause.start : clause.end].strip()
    if (
        _NOTHING.match(text)
        or _BOUND.match(text)
        or _NOTHING.match(message[before.start : before.end].strip(" ?？!！，,"))
    ):
        return False
    own, asks_more = content(text), bool(_ASPECT.search(text))
    earlier = message[before.start : before.end]
    said = "".join(content(earlier))
    if _ASPECT.search(earlier):
        said += " "
    if not said or (set("".join(own)) <= set(said) and not asks_more):
        return False
    return asks_more or weight(own) >= (1 if clause.hard or clause.more else _OWN)


def _span(message: str, part: _Piece) -> Span:
    text = message[part.start : part.end]
    start = part.start + len(text) - len(text.lstrip(" \t\r\n，,。!！~～、:："))
    end = part.start + len(text.rstrip(" \t\r\n，,。~～、"))
    if message[end : end + 1] in ("?", "？"):
        end += 1
    return Span(message[start:end], start, end)
