"""The words of a passage that answer a question's words, by late interaction's alignment."""

from __future__ import annotations

import re
import unicodedata

import numpy as np

from kb.agreement import Asked
from kb.leg import Alignment
from kb.passage import Passage
from kb.table import Span

# A token of the passage answers one of the question where its cosine is this near to the best one's, and that best
# is this near to the best of all.
_NEAR = 0.01
_CLEAR = 0.08
_MANY = 3
_NUMBER = re.compile(r"[0-9]+(?:[.,:：/×][0-9]+)*")


def marked(passage: Passage, alignment: Alignment, asked: Asked) -> tuple[Span, ...]:
    """Character ranges of what is shown of the passage, ordered, not touching; numbers are never cut."""
    similarity = alignment.similarity
    if not len(asked.content) or asked.content[-1] >= len(similarity):
        return ()
    before = len(passage.heading) + 1
    first = int(np.searchsorted(alignment.spans[:, 0], before))
    rows = similarity[asked.content, first:]
    if not rows.size:
        return ()
    peaks = rows.max(axis=1)
    rows = rows[peaks >= peaks.max() - _CLEAR]
    near = rows >= rows.max(axis=1, keepdims=True) - _NEAR
    # A token that is near to many is near to none.
    near = near[np.count_nonzero(near, axis=1) <= _MANY]
    columns = first + np.flatnonzero(near.any(axis=0))
    return _ranges(passage.shown, [(a - before, b - before) for a, b in alignment.spans[columns].tolist()])


def _ranges(text: str, spans: list[Span]) -> tuple[Span, ...]:
    numbers = [match.span() for match in _NUMBER.finditer(text)] if spans else []
    made: list[Span] = []
    for a, b in spans:
        start, stop = _whole(text, a, b, numbers)
        if start >= stop or not any(char.isalnum() for char in text[start:stop]):
            continue
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(stop, made[-1][1]))
        else:
            made.append((start, stop))
    return tuple(span for span in made if _says_something(text[slice(*span)]))


def _says_something(said: str) -> bool:
    """Whether it is more than one Chinese character: half a word marked distracts more than it helps."""
    letters = [character for character in said if character.isalnum()]
    return len(letters) > 1 or (len(letters) == 1 and letters[0].isascii())


def _whole(text: str, start: int, stop: int, numbers: list[Span]) -> Span:
    """The range without white space around it, grown to whole numbers and characters."""
    stop = min(stop, len(text))
    while start < stop and text[start].isspace():
        start += 1
    while stop > start and text[stop - 1].isspace():
        stop -= 1
    for a, b in numbers:
        if a < stop and start < b:
            start, stop = min(a, start), max(b, stop)
    while stop < len(text) and (unicodedata.combining(text[stop]) or text[stop] in "\u200d\ufe0f"):
        stop += 1
    return start, stop
