"""One written form for what is the same to a reader: width, case, script, dashes and spaces in codes, units."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import opencc

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－﹣~～"), "-")
# A decimal point is no gap: 1.5L and 15L are two sizes.
_CODE_GAPS = re.compile(r"(?:[\s\-_/·]|(?<!\d)\.|\.(?!\d))+")

# The units that are written in either script. Nothing is computed: 斤 stays 斤, and 度, 米 and 小时, which have other
# meanings beside a number, stay as they are.
_LATIN = {
    "公斤": "kg",
    "千克": "kg",
    "毫克": "mg",
    "克": "g",
    "毫升": "ml",
    "升": "l",
    "厘米": "cm",
    "公分": "cm",
    "毫米": "mm",
    "千瓦": "kw",
    "瓦": "w",
    "毫安时": "mah",
}
# What follows a number and only begins like a unit: 第3升级, 5克拉, 3瓦房, 60瓦时.
_NOT_AFTER = {"升": "(?![级学序温值降起至职空])", "克": "(?![拉隆制服])", "瓦": "(?![房片楞斯罐时])", "千瓦": "(?!时)"}
_DIGITS = {"一": "1", "两": "2", "二": "2", "三": "3", "四": "4", "五": "5", "六": "6", "七": "7", "八": "8", "九": "9"}
_LETTERS = "kg|mg|g|ml|l|cm|mm|kw|w|mah"
_HAN = "|".join(unit + _NOT_AFTER.get(unit, "") for unit in sorted(_LATIN, key=len, reverse=True))
# A number inside a code ("w10", "b7") counts nothing.
_NUMBER = r"(?<![a-z\d.])(?<![a-z]-)\d+(?:\.\d+)?"
_QUANTITY = re.compile(rf"(?P<number>{_NUMBER})\s*(?:(?P<han>{_HAN})|(?P<latin>{_LETTERS})(?![a-z\d]))")
# A Chinese digit is taken for a number only before a unit that is nothing else (三公斤), or in 一升半.
_SPOKEN = re.compile(
    rf"(?<![第零〇一二三四五六七八九十百千万亿两点几\d])(?P<digit>[{''.join(_DIGITS)}])"
    r"(?:(?P<unit>公斤|千克|毫升|厘米|公分|毫米|(?<=[两三四五六七八九])升(?![级学序温值降起至职空]))(?P<half>半)?"
    r"|(?P<litre>升)半)"
)
_HAS_NUMBER = re.compile(rf"\d|[{''.join(_DIGITS)}](?:公|千|毫|厘|升)")


@lru_cache(maxsize=1)
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


# One question is folded and normalised by each who reads it.
_LATELY = 64


@lru_cache(maxsize=_LATELY)
def fold(text: str) -> str:
    """Text in NFKC, lower case, simplified characters and plain dashes; units as written. The length may change."""
    return simplified(unicodedata.normalize("NFKC", text).translate(_DASHES).lower())


def fold_placed(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the place in the text that it came from."""
    plain = fold(text)
    if len(plain) == len(text):
        return plain, list(range(len(text)))
    letters = [fold(char) for char in text]
    return "".join(letters), [place for place, letter in enumerate(letters) for _ in letter]


def simplified(text: str) -> str:
    """Text in simplified characters, all else as it is. The length may change."""
    return str(_simplifier().convert(text))


@lru_cache(maxsize=_LATELY)
def normalise(text: str) -> str:
    """Folded text in which a number has its unit in one script, without a gap: 1.5升, 1.5 L and 一升半 are 1.5l.

    For comparing, never for showing. The length may change.
    """
    plain = fold(text)
    if not _HAS_NUMBER.search(plain):
        return plain
    return _QUANTITY.sub(_quantity, _SPOKEN.sub(_spoken, plain))


def normalise_code(code: str) -> str:
    """A product code or name for comparison: normalised, without spaces, dashes and dots but decimal points."""
    return _CODE_GAPS.sub("", normalise(code))


def quantities(normalised: str) -> list[tuple[int, int, str, str]]:
    """Where normalised text holds a number with a unit: start, end, the number, the unit."""
    return [(m.start(), m.end(), m["number"], m["latin"]) for m in _QUANTITY.finditer(normalised) if m["latin"]]


def _quantity(match: re.Match[str]) -> str:
    return match["number"] + (match["latin"] or _LATIN[match["han"]])


def _spoken(match: re.Match[str]) -> str:
    half = ".5" if match["half"] or match["litre"] else ""
    return _DIGITS[match["digit"]] + half + (match["unit"] or match["litre"])
