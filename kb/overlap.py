"""Which stretches of a question stand in a passage too, for showing why it was found."""

from __future__ import annotations

import itertools

from kb.normalise import normalise

_SHORTEST = 2


def shared_stretches(question: str, text: str) -> tuple[str, ...]:
    """The longest stretches of the normalised question, two characters or more, that the text holds, in order."""
    plain, inside = normalise(question), normalise(text)
    found: list[str] = []
    start = 0
    while start < len(plain):
        stop = start
        while stop < len(plain) and not plain[stop].isspace() and plain[start : stop + 1] in inside:
            stop += 1
        if stop - start >= _SHORTEST and any(c.isalnum() for c in plain[start:stop]):
            found.append(plain[start:stop])
        start = max(stop, start + 1)
    return tuple(dict.fromkeys(found))


def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a normalised text, white space and punctuation parting them."""
    plain = normalise(text)
    return frozenset(a + b for a, b in itertools.pairwise(plain) if a.isalnum() and b.isalnum())
