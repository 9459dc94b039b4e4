"""BM25 over a large generation: what is rare is read whole, what is common is looked up for the best candidates alone.

A Chinese question holds characters that stand in every third passage. They add little and are most of what would be
read: after MaxScore (Turtle & Flood 1995), with a limit on what is read, so that time does not grow with the library.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.edge import best_of, edge_of
from indexer.places import Layout
from indexer.postings import Postings
from kb.encoder import Floats
from kb.leg import Hits, Ordinals
from kb.validity import Bools

WIDE_FROM = 300_000
"""A generation of so many passages is searched this way; a smaller one is scored whole."""

READ = 200_000
"""So many postings are read for a question and leg; the rarest terms first."""

KEPT = 2_000
"""So many of the best by rare terms are completed by the common ones, where more might be among the wanted."""

# So many allowed passages or fewer are scored one by one.
_FEW = 2_048

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Term:
    """A term that is asked for. weight: the most that it can add. holding: how many passages have it.

    stretches: where its postings are: segment, begin and end.
    """

    weight: float
    holding: int
    stretches: Sequence[tuple[int, int, int]]


class WideBM25:
    """The scores of one leg, each exact; its hits are the best of the passages that hold a term that was read.

    They are the best of all where every term was read, or what was not read cannot make up for what was; of more than
    KEPT that might be among the wanted, those behind by the rare terms are left out.
    The order of terms and every limit go by the whole generation: it finds the same in any layout.
    """

    def __init__(
        self,
        segments: Sequence[Postings],
        layout: Layout,
        norms: Sequence[Floats],
        read: int = READ,
        kept: int = KEPT,
    ) -> None:
        self._segments = tuple(segments)
        self._layout = layout
        self._norms = tuple(norms)
        self._read, self._kept = read, kept
        self._free: list[Doubles] = []
        self._holding: dict[str, int] = {}
        of = layout.of
        self._dead = tuple(np.flatnonzero(places == layout.count).astype(np.int32) for places in of)

    def asked(self, times: Mapping[str, float]) -> tuple[Term, ...]:
        """The terms that stand somewhere, the rarest first. times: how often each counts."""
        found = []
        for term, often in times.items():
            stretches = tuple(self._stretches(term))
            holding = self._held(term, stretches)
            if holding:
                rarity = float(np.log(1 + (self._layout.count - holding + 0.5) / (holding + 0.5)))
                found.append(Term(often * rarity, holding, stretches))
        return tuple(sorted(found, key=lambda term: term.holding))

    def search(self, asked: Sequence[Term], allowed: Bools, k: int) -> Hits:
        """The best k of those allowed (`[n] bool`) that hold a term, best first; of equals the first."""
        every = int(np.count_nonzero(allowed))
        if every <= _FEW:
            few = np.flatnonzero(allowed)
            return _best(few, self.scores(asked, few), k)
        found, partial, unread = self._candidates(asked, allowed, k)
        if unread:
            near = self._in_reach(found, partial, sum(term.weight for term in unread), k)
            # In order, so that what is looked up lies side by side.
            near = near[np.argsort(found[near])]
            found, partial = found[near], partial[near]
            self._add(unread, found, partial)
        return _best(found, partial.astype(np.float32), k)

    def _in_reach(self, found: Ordinals, partial: Doubles, most: float, k: int) -> Ordinals:
        """Where those are that `most` more could bring among the best k; of too many the best so far."""
        if len(found) <= k:
            return np.arange(len(found))
        near = np.flatnonzero(partial + most >= edge_of(partial, k))
        if len(near) > self._kept:
            near = np.flatnonzero(partial >= edge_of(partial, self._kept))
            near = near[np.lexsort((found[near], -partial[near]))[: self._kept]]
        return near

    def scores(self, asked: Sequence[Term], ordinals: Ordinals) -> Floats:
        """`[m] float32`: the score of each of these passages."""
        scores = np.zeros(len(ordinals), dtype=np.float64)
        self._add(asked, ordinals, scores)
        rounded: Floats = scores.astype(np.float32)
        return rounded

    def _add(self, terms: Sequence[Term], ordinals: Ordinals, scores: Doubles) -> None:
        """Add to the scores of these passages what each of some terms counts, in their order."""
        for number, inside, places in self._layout.found(ordinals):
            postings, norms = self._segments[number], self._norms[number][places]
            # As narrow as the postings: numpy would widen all of them otherwise.
            wanted = places.astype(np.int32)
            own = scores[inside]
            for term in terms:
                for segment, begin, end in term.stretches:
                    if segment == number:
                        texts = postings.texts[begin:end]
                        at = np.minimum(np.searchsorted(texts, wanted), end - begin - 1)
                        often = np.where(texts[at] == wanted, postings.counts[begin:end][at], 0)
                        own += term.weight * (often / (often + norms))
            scores[inside] = own

    def _candidates(self, asked: Sequence[Term], allowed: Bools, k: int) -> tuple[Ordinals, Doubles, Sequence[Term]]:
        """The allowed passages that hold a term that was read, what those terms score, and the terms not read."""
        table = self._free.pop() if self._free else np.zeros(self._layout.count + 1, dtype=np.float64)
        touched: list[npt.NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]
        written: list[npt.NDArray[np.int32]] = []
        read = usable = number = 0
        every, some_dead = bool(allowed.all()), any(self._layout.has_dead)
        while number < len(asked):
            term = asked[number]
            if number and read + term.holding > self._read and usable >= k:
                break
            read += term.holding
            for places, parts in self._parts(term):
                written.append(places)
                if number:
                    before = table[places]
                    table[places] = before + parts
                    fresh = places[before == 0]
                else:
                    # A term holds each passage once: with the first all are new.
                    table[places], fresh = parts, places
                if some_dead:
                    fresh = fresh[fresh < self._layout.count]
                if not every:
                    fresh = fresh[allowed[fresh]]
                usable += len(fresh)
                touched.append(fresh)
            number += 1
        found = np.concatenate(touched).astype(np.int64)
        partial = table[found]
        for places in written:
            table[places] = 0
        self._free.append(table)
        return found, partial, asked[number:]

    def _parts(self, term: Term) -> Iterator[tuple[npt.NDArray[np.int32], Doubles]]:
        """By segment the passages that hold a term, each once but the dead, and what it adds to each."""
        for segment, begin, end in term.stretches:
            texts = self._segments[segment].texts[begin:end]
            often = self._segments[segment].counts[begin:end].astype(np.float64)
            places = texts if self._layout.is_whole else self._layout.of[segment][texts]
            yield places, term.weight * (often / (often + self._norms[segment][texts]))

    def _stretches(self, term: str) -> Iterator[tuple[int, int, int]]:
        for segment, postings in enumerate(self._segments):
            number = postings.numbers.get(term)
            if number is not None:
                yield segment, int(postings.starts[number]), int(postings.starts[number + 1])

    def _held(self, term: str, stretches: Sequence[tuple[int, int, int]]) -> int:
        """How many passages of the generation hold a term."""
        held = self._holding.get(term)
        if held is None:
            held = 0
            for segment, begin, end in stretches:
                texts, dead = self._segments[segment].texts[begin:end], self._dead[segment]
                at = np.minimum(np.searchsorted(texts, dead), end - begin - 1)
                held += end - begin - int(np.count_nonzero(texts[at] == dead))
            self._holding[term] = held
        return held


def _best(ordinals: Ordinals, scores: Floats, k: int) -> Hits:
    """The best k that score at all; of equals the first."""
    best = best_of(ordinals, scores, k)
    scoring = int(np.count_nonzero(best.scores > 0))
    return Hits(best.ordinals[:scoring], best.scores[:scoring])
