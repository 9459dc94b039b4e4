"""Text that cannot command what shows it: control characters and marks that turn it, by their number."""

from __future__ import annotations

import unicodedata

_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LAYS_OUT = frozenset("\n\t")


def turns(letter: str) -> bool:
    """Whether it is a mark that turns the direction of text."""
    return letter in _TURNS


def shown(text: str) -> str:
    """The text with control characters and marks that turn it shown by their number: ‹U+001B›."""
    if text.isprintable():
        return text
    return "".join(f"‹U+{ord(letter):04X}›" if _commands(letter) else letter for letter in text)


def _commands(letter: str) -> bool:
    return letter not in _LAYS_OUT and (unicodedata.category(letter) in {"Cc", "Cs"} or turns(letter))
