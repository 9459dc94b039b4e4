"""One written form for what is the same to a reader: width, case, script, dashes and spaces in codes."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import opencc

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－﹣~～"), "-")
_CODE_GAPS = re.compile(r"[\s\-_/.·]+")


@lru_cache(maxsize=1)
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def normalise(text: str) -> str:
    """Text in NFKC, lower case, simplified characters and plain dashes. The length may change."""
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).lower()
    return str(_simplifier().convert(plain))


def normalise_code(code: str) -> str:
    """A product code or name for comparison: normalised, without spaces, dashes and dots."""
    return _CODE_GAPS.sub("", normalise(code))
