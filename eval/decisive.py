"""Whether a decisive string stands in a text, spaces and punctuation aside, without taking 15 for 1.5 or 115."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from kb.normalise import normalise

_GAP = r"[\W_]*?"
_GAP_IN_NUMBER = r"(?:[^\w.]|_)*?"
_POINT = r"[\W_]+?"


def stands_in(decisive: str, text: str) -> bool:
    """Whether `text` holds `decisive`: width, case, script, spaces and punctuation aside.

    Three things are not aside, since they change a number: a number at either end must be the whole number of
    the text, a decimal point must be there or not on both sides, and a percent sign must be there.
    """
    return _pattern(decisive).search(normalise(text)) is not None


@lru_cache(maxsize=4096)
def _pattern(decisive: str) -> re.Pattern[str]:
    plain = normalise(decisive).strip()
    kept = [(m.group(), m.start()) for m in re.finditer(r"[^\W_]|[%‰]", plain)]
    if not kept:
        return re.compile(re.escape(plain))
    parts = [re.escape(kept[0][0])]
    for (before, start), (after, stop) in pairwise(kept):
        if not (before.isdigit() and after.isdigit()):
            parts.append(_GAP)
        elif plain[start + 1 : stop] == ".":
            parts.append(_POINT)
        else:
            parts.append(_GAP_IN_NUMBER)
        parts.append(re.escape(after))
    head = r"(?<!\d)(?<!\d[.,])" if kept[0][0].isdigit() else ""
    tail = r"(?!\d|[.,]\d)" if kept[-1][0].isdigit() else ""
    return re.compile(head + "".join(parts) + tail)
