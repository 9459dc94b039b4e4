"""Which term stands how often in which text of one segment; written by one analyser, counted by BM25."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.arrays import read_arrays, write_arrays
from indexer.places import Places
from kb.leg import Ordinals
from kb.validity import Bools

_MOST = np.iinfo(np.uint16).max
_BETWEEN = "\n"


@dataclass(frozen=True)
class Postings:
    """The postings of v terms in n texts.

    terms: sorted, each once. starts: `[v + 1] int64`, where the postings of each term begin.
    texts: `[p] int32`, the text of each posting, ascending within a term. counts: `[p] uint16`, how often.
    lengths: `[n] int32`, how many terms each text has, repeated ones repeated.
    """

    terms: Sequence[str]
    starts: Ordinals
    texts: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint16]
    lengths: npt.NDArray[np.int32]

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> Postings:
        """The postings of n texts, given as their terms."""
        ids: dict[str, int] = {}
        lengths = np.array([len(terms) for terms in texts], dtype=np.int32)
        flat = np.fromiter(
            (ids.setdefault(term, len(ids)) for terms in texts for term in terms), np.int64, int(lengths.sum())
        )
        order, rank = _ranked(ids)
        keys, counts = np.unique(
            rank[flat] * max(1, len(texts)) + np.repeat(np.arange(len(texts)), lengths), return_counts=True
        )
        numbers, places = np.divmod(keys, max(1, len(texts)))
        return cls(order, _starts(numbers, len(order)), _int32(places), _uint16(counts), lengths)

    @classmethod
    def merged(cls, parts: Sequence[tuple[Postings, Places]], count: int) -> Postings:
        """The postings of `count` texts that stand in several others.

        parts: postings with the new place of each of their texts; -1 where it is left out. The same as `of` the
        texts' terms.
        """
        kept = [_kept(postings, places) for postings, places in parts]
        ids = {term: number for number, term in enumerate(dict.fromkeys(t for terms, *_ in kept for t in terms))}
        order, rank = _ranked(ids)
        numbers = _joined([rank[[ids[term] for term in terms]][own] for terms, own, _, _ in kept if len(own)])
        texts = _joined([texts for _, _, texts, _ in kept])
        counts = _joined([counts for _, _, _, counts in kept])
        by_term = np.lexsort((texts, numbers))
        lengths = np.zeros(count, dtype=np.int32)
        for postings, places in parts:
            lengths[places[places >= 0]] = postings.lengths[places >= 0]
        return cls(order, _starts(numbers, len(order)), _int32(texts[by_term]), _uint16(counts[by_term]), lengths)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each term."""
        return {term: number for number, term in enumerate(self.terms)}

    def totals(self, alive: Bools) -> Ordinals:
        """`[v] int64`: how often each term stands in those of the texts (`[n] bool`) that are alive."""
        if not self.terms:
            return np.empty(0, dtype=np.int64)
        counts = self.counts if alive.all() else self.counts * alive[self.texts]
        totals: Ordinals = np.add.reduceat(counts, self.starts[:-1], dtype=np.int64)
        return totals

    def write(self, path: Path) -> None:
        """Write them to one file. Raises ValueError for a term that holds a line break."""
        joined = _BETWEEN.join(self.terms)
        if self.terms and joined.count(_BETWEEN) != len(self.terms) - 1:
            raise ValueError("a term holds a line break")
        text = np.frombuffer(joined.encode(), dtype=np.uint8)
        write_arrays(
            path,
            {
                "terms": [text],
                "starts": [self.starts],
                "texts": [self.texts],
                "counts": [self.counts],
                "lengths": [self.lengths],
            },
        )

    @classmethod
    def read(cls, path: Path) -> Postings:
        """Map the file that `write` wrote. Raises ValueError or OSError where it is none."""
        arrays = read_arrays(path)
        joined = arrays["terms"].tobytes().decode()
        terms = joined.split(_BETWEEN) if joined else []
        return cls(terms, arrays["starts"], arrays["texts"], arrays["counts"], arrays["lengths"])


def _ranked(ids: dict[str, int]) -> tuple[list[str], Ordinals]:
    """The terms in order, and for each number in `ids` the term's place in that order."""
    order = sorted(ids)
    rank = np.zeros(len(order), dtype=np.int64)
    rank[[ids[term] for term in order]] = np.arange(len(order))
    return order, rank


def _kept(postings: Postings, places: Places) -> tuple[list[str], Ordinals, Ordinals, Ordinals]:
    """The terms that have a text that is kept; for each posting kept its term among them, its new text, its count."""
    texts = places[postings.texts]
    inside = np.flatnonzero(texts >= 0)
    numbers = np.repeat(np.arange(len(postings.terms)), np.diff(postings.starts))[inside]
    used = np.zeros(len(postings.terms), dtype=np.bool_)
    used[numbers] = True
    renumbered = np.cumsum(used) - 1
    terms = [postings.terms[n] for n in np.flatnonzero(used).tolist()]
    return terms, renumbered[numbers], texts[inside].astype(np.int64), postings.counts[inside].astype(np.int64)


def _joined(arrays: Iterable[Ordinals]) -> Ordinals:
    return np.concatenate([np.empty(0, dtype=np.int64), *arrays])


def _starts(numbers: Ordinals, count: int) -> Ordinals:
    return np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=count))]).astype(np.int64)


def _int32(values: Ordinals) -> npt.NDArray[np.int32]:
    return values.astype(np.int32)


def _uint16(counts: Ordinals) -> npt.NDArray[np.uint16]:
    # Beyond so many BM25 counts nothing.
    return np.minimum(counts, _MOST).astype(np.uint16)
