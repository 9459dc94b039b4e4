"""What is masked: the kinds of personal data, a stretch of one of them, and the text that they are searched in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

TAKEN = "\x00"
"""Stands in the searched text where something was found already, so that nothing is found across it."""


class Kind(StrEnum):
    """A kind of personal data; the value is the placeholder's word."""

    NAME = "姓名"
    MOBILE = "手机号"
    LANDLINE = "座机号"
    ID_CARD = "身份证号"
    BANK_CARD = "银行卡号"
    ADDRESS = "地址"
    ORDER = "单号"
    EMAIL = "邮箱"
    WECHAT = "微信号"
    QQ = "QQ号"
    PLATE = "车牌号"
    PASSPORT = "证件号"

    @property
    def placeholder(self) -> str:
        """What stands in the masked text."""
        return f"[{self.value}]"


@dataclass(frozen=True, order=True)
class Span:
    """One find: the characters `[start, end)` of the message as it was written."""

    start: int
    end: int
    kind: Kind


def _width(char: str) -> str:
    """The plain form of one character, where that is one character too."""
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 else char


# Full-width letters, digits and signs; ideographic space; dashes and invisible characters between digits.
_PLAIN = {code: _width(chr(code)) for code in (*range(0xFF01, 0xFF5F), 0x3000, *range(0x2460, 0x2469))}
_PLAIN |= dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")
_PLAIN |= dict.fromkeys((0xA0, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x2009, 0x202F), " ")


@dataclass
class Searched:
    """A message in a plain form of the same length, and what was found in it so far."""

    text: str
    found: list[Span] = field(default_factory=list)

    @classmethod
    def of(cls, message: str) -> Searched:
        """The message in plain width, place for place."""
        return cls(message.translate(_PLAIN))

    def take(self, start: int, end: int, kind: Kind) -> None:
        """Note a find; nothing later is found in or across it."""
        self.found.append(Span(start, end, kind))
        self.text = self.text[:start] + TAKEN * (end - start) + self.text[end:]

    def matches(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """The matches in the text as it is now, last first, so that taking one moves no other."""
        yield from reversed(list(pattern.finditer(self.text)))
