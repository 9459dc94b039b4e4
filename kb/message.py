"""What a message asks, without the greetings, fillers and emoji that steer no answer."""

from __future__ import annotations

import re

# Longest first at each place; a greeting inside a longer word ("亲子装", "你好多优惠") is left alone.
_GREETINGS = (
    "亲爱的",
    "亲们",
    "亲亲",
    "亲",
    "在吗",
    "在不在",
    "在么",
    "在嘛",
    "有人吗",
    "有人在吗",
    "你好呀",
    "你好啊",
    "你好",
    "您好",
    "哈喽",
    "哈啰",
    "嗨",
    "hello",
    "hi",
    "客服",
    "小姐姐",
    "小哥哥",
    "老板",
    "掌柜",
    "店家",
    "商家",
    "请问一下",
    "请问下",
    "请问",
    "想问一下",
    "想问下",
    "想问",
    "问一下",
    "问下",
    "咨询一下",
    "咨询下",
    "麻烦问下",
    "麻烦",
    "谢谢",
    "多谢",
    "thanks",
    "thank you",
    "please",
)
_PIECE = re.compile(r"[，,。.!！~～？?、；;\s]+")
_FRONT = re.compile("^(?:" + "|".join(sorted(map(re.escape, _GREETINGS), key=len, reverse=True)) + ")", re.IGNORECASE)
# Taken once and for all (`++`): 亲亲亲 has countless readings.
_WHOLE = re.compile(
    "^(?:" + "|".join(sorted(map(re.escape, _GREETINGS), key=len, reverse=True)) + "|[啊呀哦嗯呢吧哈嘿])++$",
    re.IGNORECASE,
)
_CAREFUL = frozenset({"亲", "hi", "老板", "客服"})
_GOES_ON = "多久大像难慢贵"
_PICTURE = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\U000e0020-\U000e007f]+|\\[[\u4e00-\u9fff]{1,4}\\]"
)


def asked(message: str) -> str:
    """The message without pictures, and without the pieces that only greet or thank.

    A message that is nothing else is returned as it is: a greeting is then what it says.
    """
    plain = _PICTURE.sub(" ", message).strip()
    kept: list[str] = []
    position = 0
    for gap in [*_PIECE.finditer(plain), None]:
        stop = len(plain) if gap is None else gap.start()
        piece = plain[position:stop]
        joint = "" if gap is None else gap.group()
        position = stop if gap is None else gap.end()
        if piece and not _WHOLE.match(piece):
            kept.append(_without_front(piece) + joint)
    text = "".join(kept).strip()
    return text or message.strip()


def greets_only(message: str) -> bool:
    """Whether a message greets or thanks and asks nothing."""
    pieces = [piece for piece in _PIECE.split(_PICTURE.sub(" ", message)) if piece]
    return all(map(_WHOLE.match, pieces))


def _without_front(piece: str) -> str:
    """A piece without the greetings it begins with, as long as something to ask remains."""
    while match := _FRONT.match(piece):
        rest = piece[match.end() :]
        greeting = match.group().lower()
        if len(rest) < 2 or (greeting in _CAREFUL and not _starts_anew(rest)):
            return piece
        if greeting in ("你好", "您好") and rest[0] in _GOES_ON:
            return piece
        piece = rest
    return piece


def _starts_anew(rest: str) -> bool:
    """Whether what follows a short greeting is a phrase of its own and not the rest of a word."""
    return rest[0] in "我你您这那有能可怎什啥为请想要能帮买收发退换快今明昨" or not rest[0].isalnum()
