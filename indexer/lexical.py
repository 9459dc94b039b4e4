"""A lexical leg: BM25 over the terms of one analyser, kept by bm25s as a sparse matrix of ready scores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np

from indexer.analyser import Analyser
from kb.encoder import Floats
from kb.leg import Hits, Ordinals, Query
from kb.validity import Bools

K1 = 1.5
B = 0.75

# What a word counts that only means the same as one that was asked for.
ALSO = 0.5


class LexicalLeg:
    """BM25 (Lucene's variant of Robertson's formula, k1 1.5, b 0.75) over n passages."""

    def __init__(self, analyser: Analyser, index: bm25s.BM25, count: int) -> None:
        self._analyser = analyser
        self._index = index
        self._count = count

    @property
    def name(self) -> str:
        """The analyser's name."""
        return self._analyser.name

    @staticmethod
    def build(analyser: Analyser, texts: Sequence[str], folder: Path) -> None:
        """Write the index of n texts into a new folder."""
        terms = [analyser.terms(text) for text in texts]
        vocabulary = {term: number for number, term in enumerate(sorted({t for ts in terms for t in ts}))}
        index = bm25s.BM25(k1=K1, b=B)
        # bm25s cannot index a library without a single term; one text of the empty term, which no analyser
        # gives, stands for it and is never found.
        ids = [[vocabulary[t] for t in ts] for ts in terms] if vocabulary else [[0]]
        index.index((ids, vocabulary or {"": 0}), show_progress=False)
        folder.mkdir()
        index.save(str(folder), show_progress=False)

    @classmethod
    def load(cls, analyser: Analyser, folder: Path, count: int) -> LexicalLeg:
        """Map the folder that `build` wrote for `count` texts."""
        index = bm25s.BM25.load(str(folder), mmap=True, show_progress=False)
        # Plain arrays over the mapping: numpy's memmap class costs more for each posting list than the list itself.
        index.scores = {k: np.asarray(v) if isinstance(v, np.memmap) else v for k, v in index.scores.items()}
        return cls(analyser, index, count)

    def search(self, query: Query, allowed: Bools, k: int) -> Hits:
        """See Leg. Passages without a term of the query are not found."""
        scores = self._scores(query)
        scores = np.where(allowed, scores, np.float32(0))
        wanted = min(k, int(np.count_nonzero(scores)))
        if wanted == 0:
            return Hits(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        # Of equal scores at the edge the first in the library's order are in, whatever else is allowed.
        edge = scores[np.argpartition(-scores, wanted - 1)[wanted - 1]]
        near = np.flatnonzero(scores >= edge)
        best = near[np.argsort(-scores[near], kind="stable")[:wanted]]
        return Hits(best.astype(np.int64), scores[best])

    def score(self, query: Query, ordinals: Ordinals) -> Floats:
        """See Leg. 0 for a passage without a term of the query."""
        return self._scores(query)[ordinals]

    def _scores(self, query: Query) -> Floats:
        terms = self._analyser.terms(query.text)
        scores = self._of(terms)
        if query.also and self._analyser.takes_synonyms:
            asked = set(terms)
            other = dict.fromkeys(term for term in self._analyser.terms(query.also) if term not in asked)
            scores = scores + np.float32(ALSO) * self._of(list(other))
        return scores

    def _of(self, terms: list[str]) -> Floats:
        known = self._index.get_tokens_ids(terms)
        if not known:
            return np.zeros(self._count, dtype=np.float32)
        scores: Floats = self._index.get_scores_from_ids(known)
        return scores
