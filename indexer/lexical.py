"""A lexical leg: BM25 over the terms of one analyser, its statistics taken over the whole generation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import local

import numpy as np
import numpy.typing as npt

from indexer.analyser import Analyser
from indexer.edge import edge_of
from indexer.places import Layout
from indexer.postings import Postings
from indexer.wide import WIDE_FROM, Term, WideBM25
from kb.encoder import Floats
from kb.leg import Hits, Ordinals, Query
from kb.validity import Bools

K1 = 1.5
B = 0.75

# What a word counts that only means the same as one that was asked for.
ALSO = 0.5


@dataclass(frozen=True)
class _Found:
    """The postings of a query's terms in one segment: of which term each is, in which text, how often there."""

    segment: int
    terms: Ordinals
    texts: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint16]


class LexicalLeg:
    """BM25 (Lucene's variant of Robertson's formula, k1 1.5, b 0.75) over the n passages of a generation.

    How many passages hold a term and how long they are on average is counted over those of all segments that are part
    of the generation, when a question is asked: a score does not depend on how the passages are kept.
    wide_from: how many passages make it a large one; None: WIDE_FROM.
    """

    def __init__(
        self, analyser: Analyser, segments: Sequence[Postings], layout: Layout, wide_from: int | None = None
    ) -> None:
        self._analyser = analyser
        self._segments = tuple(segments)
        self._layout = layout
        alive = [p.lengths[of < layout.count] for p, of in zip(self._segments, layout.of, strict=True)]
        total = sum(int(lengths.sum(dtype=np.int64)) for lengths in alive)
        average = total / layout.count if total else 1.0
        self._norms = [(K1 * (1 - B + B * p.lengths / average)).astype(np.float32) for p in self._segments]
        is_large = layout.count >= (WIDE_FROM if wide_from is None else wide_from)
        self._wide = WideBM25(self._segments, layout, self._norms) if is_large else None
        # A question is searched for first and its candidates are scored then, each by one thread.
        self._last = local()

    @property
    def name(self) -> str:
        """The analyser's name."""
        return self._analyser.name

    def search(self, query: Query, allowed: Bools, k: int) -> Hits:
        """See Leg. Passages without a term of the query are not found. For a large generation see WideBM25."""
        if self._wide is not None:
            return self._wide.search(self._asked(self._wide, query), allowed, k)
        scores = np.where(allowed, self._scores(query), np.float32(0))
        wanted = min(k, int(np.count_nonzero(scores)))
        if wanted == 0:
            return Hits(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        # Of equal scores at the edge the first in the library's order are in, whatever else is allowed.
        near = np.flatnonzero(scores >= edge_of(scores, wanted))
        best = near[np.argsort(-scores[near], kind="stable")[:wanted]]
        return Hits(best.astype(np.int64), scores[best])

    def score(self, query: Query, ordinals: Ordinals) -> Floats:
        """See Leg. 0 for a passage without a term of the query."""
        if self._wide is not None:
            return self._wide.scores(self._asked(self._wide, query), ordinals)
        return self._scores(query)[ordinals]

    def _asked(self, wide: WideBM25, query: Query) -> Sequence[Term]:
        asked, terms = getattr(self._last, "terms", (None, ()))
        if asked is not query:
            times = Counter[str](self._analyser.terms(query.text))
            weights: dict[str, float] = dict(times)
            if query.also and self._analyser.takes_synonyms:
                weights |= {term: ALSO for term in self._analyser.terms(query.also) if term not in times}
            terms = wide.asked(weights)
            self._last.terms = (query, terms)
        return terms

    def _scores(self, query: Query) -> Floats:
        asked, scores = getattr(self._last, "scores", (None, None))
        if asked is not query or scores is None:
            scores = self._computed(query)
            self._last.scores = (query, scores)
        return scores

    def _computed(self, query: Query) -> Floats:
        terms = self._analyser.terms(query.text)
        scores = self._of(terms)
        if query.also and self._analyser.takes_synonyms:
            asked = set(terms)
            other = dict.fromkeys(term for term in self._analyser.terms(query.also) if term not in asked)
            scores = scores + np.float32(ALSO) * self._of(list(other))
        return scores

    def _of(self, terms: Iterable[str]) -> Floats:
        """`[n] float32`: the score of every passage; a term that is repeated counts again."""
        times = Counter(terms)
        count = self._layout.count
        found = [self._found(number, times) for number in range(len(self._segments))]
        holding = np.zeros(len(times), dtype=np.int64)
        for one in found:
            holding += np.bincount(one.terms, minlength=len(times))
        rarity = np.log(1 + (count - holding + 0.5) / (holding + 0.5))
        weights = (np.fromiter(times.values(), np.int64, len(times)) * rarity).astype(np.float32)
        places, parts = [np.empty(0, dtype=np.int32)], [np.empty(0, dtype=np.float32)]
        for one in found:
            often = one.counts.astype(np.float32)
            parts.append(weights[one.terms] * often / (often + self._norms[one.segment][one.texts]))
            places.append(one.texts if self._layout.is_whole else self._layout.of[one.segment][one.texts])
        # A passage is in one segment, where its terms stand in the query's order: the sum is the same in any layout.
        total = np.bincount(np.concatenate(places), np.concatenate(parts), minlength=count)
        scores: Floats = total.astype(np.float32)
        return scores

    def _found(self, number: int, terms: Iterable[str]) -> _Found:
        """The postings of these terms in one segment, of passages that are part of the generation."""
        postings = self._segments[number]
        known = [(place, at) for place, term in enumerate(terms) if (at := postings.numbers.get(term)) is not None]
        ids = np.array([at for _, at in known], dtype=np.int64)
        starts, stops = postings.starts[ids], postings.starts[ids + 1]
        spans = [slice(*span) for span in zip(starts.tolist(), stops.tolist(), strict=True)]
        texts = np.concatenate([postings.texts[:0], *(postings.texts[span] for span in spans)])
        counts = np.concatenate([postings.counts[:0], *(postings.counts[span] for span in spans)])
        of = np.repeat(np.array([place for place, _ in known], dtype=np.int64), stops - starts)
        if self._layout.has_dead[number]:
            alive = np.flatnonzero(self._layout.of[number][texts] < self._layout.count)
            texts, counts, of = texts[alive], counts[alive], of[alive]
        return _Found(number, of, texts, counts)
