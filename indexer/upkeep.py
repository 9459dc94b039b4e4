"""Which segments are written anew when articles change, so that there are few of them and little in them is dead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST = 8
"""So many segments a generation has at most."""

# Segments of a build from nothing hold so many passages, or a share of them all where that is more.
_LARGEST = 32_768
_SHARE = 4
# A segment that is so many times larger than what is written anyway is left alone.
_MUCH_LARGER = 2
_MOST_DEAD = 0.25


@dataclass(frozen=True)
class Fill:
    """How full a segment is. alive, total: its passages."""

    alive: int
    total: int


def absorbed(fills: Sequence[Fill], fresh: int) -> set[int]:
    """The segments whose living passages are written into a new one, beside `fresh` passages.

    Those with much dead in them, then the smallest that are not much larger than what is gathered so far: each passage
    is copied a few times only, however many changes there are.
    """
    taken = {n for n, fill in enumerate(fills) if fill.total - fill.alive > _MOST_DEAD * fill.total}
    size = fresh + sum(fills[n].alive for n in taken)
    for number in sorted(set(range(len(fills))) - taken, key=lambda n: (fills[n].alive, n)):
        left = len(fills) - len(taken)
        is_small = size > 0 and fills[number].alive <= _MUCH_LARGER * size
        if not is_small and left + (1 if size else 0) <= MOST:
            break
        taken.add(number)
        size += fills[number].alive
    return taken


def sizes(passages: Sequence[int]) -> list[int]:
    """How many articles go into each of several segments, the articles' numbers of passages given."""
    most = max(_LARGEST, -(-sum(passages) // _SHARE))
    found: list[int] = []
    articles = held = 0
    for size in passages:
        if articles and held + size > most:
            found.append(articles)
            articles = held = 0
        articles, held = articles + 1, held + size
    return [*found, articles] if articles else found
