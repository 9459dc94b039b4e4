"""What the nearest passage lacks: the words of a message that it neither holds nor means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from kb.leg import Alignment, Query
from kb.normalise import fold_placed, normalise
from kb.passage import Passage
from kb.subject import subject

_MOST = 4
# A word is meant where all its tokens come this far from what any two tokens agree on to the best of all pairs; of
# words known to be absent and words known to be paraphrased most lie on their own side.
_MEANT = 0.5


def lacking(
    query: Query, message: str, passage: Passage, alignment: Alignment, felt: Sequence[str] = ()
) -> tuple[str, ...]:
    """Stretches of the message as they stand in it, in order, at most four.

    message: the end of what the query searches for. felt: the words of it that tell of a mood; no article can be
    expected to hold them.
    """
    plain, text = normalise(message), normalise(passage.encoded)
    places: Sequence[int] = range(len(message))
    if len(plain) != len(message):
        # A normalised unit or "……" has another length; folded, every letter still has its place.
        plain, places = fold_placed(message)
    before = len(query.text) - len(message)
    moods = [(at, at + len(word)) for word in felt if (at := message.find(word)) >= 0]
    found: list[tuple[int, int]] = []
    for first, end in _words(message, plain):
        start, stop = places[first], places[end - 1] + 1
        if any(start < last and at < stop for at, last in moods):
            continue
        if plain[first:end] in text or _is_meant(query, alignment, before + start, before + stop):
            continue
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], stop)
        else:
            found.append((start, stop))
    return tuple(dict.fromkeys(message[a:b] for a, b in found))[:_MOST]


def _words(message: str, plain: str) -> Iterator[tuple[int, int]]:
    """Where the words that name something stand in the message that is made plain."""
    at = 0
    for word in subject(message):
        start = plain.find(word, at)
        if start >= 0:
            at = start + len(word)
            yield start, at


def _is_meant(query: Query, alignment: Alignment, start: int, stop: int) -> bool:
    """Whether each token of a stretch of the query has a token of the passage that agrees."""
    similarity, spans = alignment.similarity, query.tokens.spans
    if not similarity.size:
        return False
    inside = np.flatnonzero((spans[:, 0] < stop) & (spans[:, 1] > start))
    if not len(inside):
        return False
    floor, best = float(similarity.mean()), float(similarity.max())
    return float(similarity[inside].max(axis=1).min()) > floor + _MEANT * (best - floor)
