"""Which articles are cut into other words when the user words change: those in whose text one of them stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import pairwise

import numpy as np

from indexer.analyser import Words
from indexer.drafting import searched_text
from indexer.portion import Portion
from indexer.spelling import words_of
from kb.leg import Ordinals
from kb.passage import Passage

# The leg whose terms are all characters and pairs of neighbours: what holds a word holds all its pairs.
_PAIRS = "chars"


def recut(portion: Portion, changed: Iterable[str], old: Words, new: Words) -> list[int]:
    """The places of a portion's articles that the new words cut otherwise. changed: words of one and not of both."""
    found = set()
    for row in _holding(portion, changed):
        place = int(np.searchsorted(portion.segment.starts, row, side="right")) - 1
        if place in portion.articles and place not in found:
            passage = portion.split[place][row - int(portion.segment.starts[place])]
            text = searched_text(passage, portion.articles[place])
            if old.terms(text) != new.terms(text) or _spelt(passage, old) != _spelt(passage, new):
                found.add(place)
    return sorted(found)


def _spelt(passage: Passage, words: Words) -> list[str]:
    return words_of(passage.encoded, words.segmenter)


def _holding(portion: Portion, words: Iterable[str]) -> Sequence[int]:
    """The passages of a segment, dead ones too, that may hold one of the words, ascending."""
    found: set[int] = set()
    for word in words:
        lists = [_texts(portion, a + b) for a, b in pairwise(word)]
        found.update(reduce(lambda some, other: np.intersect1d(some, other, assume_unique=True), lists).tolist())
    return sorted(found)


def _texts(portion: Portion, pair: str) -> Ordinals:
    postings = portion.segment.postings[_PAIRS]
    number = postings.numbers.get(pair)
    if number is None:
        return np.empty(0, dtype=np.int64)
    return postings.texts[postings.starts[number] : postings.starts[number + 1]].astype(np.int64)
