"""The dense leg: inner product over unit vectors with FAISS, segment by segment; a large one is searched by lists."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np

from indexer.lists import FEW, InvertedLists
from indexer.places import Layout
from kb.encoder import Floats
from kb.leg import Hits, Ordinals, Query
from kb.validity import Bools

# Cosines nearer to each other than this may be equal.
_ALIKE = 1e-6


class DenseVectors:
    """The `[n, d] float32` unit vectors of one segment, in a flat index.

    lists: those of a large segment; so many allowed or fewer as `few` are searched without them.
    """

    def __init__(self, index: faiss.IndexFlat, lists: InvertedLists | None = None, few: int | None = None) -> None:
        self._index = index
        self._lists = lists
        self._few = FEW if few is None else few
        flat = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
        self.vectors: Floats = flat.reshape(index.ntotal, index.d)

    @staticmethod
    def build(vectors: Floats, path: Path) -> None:
        """Write the index of `[n, d] float32` unit vectors to one file."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        faiss.write_index(index, str(path))

    @classmethod
    def load(cls, path: Path, lists: InvertedLists | None = None) -> DenseVectors:
        """Map the file that `build` wrote."""
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC), lists)

    def search(self, vector: Floats, allowed: Bools, k: int) -> Hits:
        """The k nearest of those allowed (`[n] bool`), best first; of equals the first.

        By lists some of them may be missing (`ListsRecord.recall`); scores are exact in any case.
        """
        every = int(np.count_nonzero(allowed))
        if every == 0:
            return Hits(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        if self._lists is not None and every > self._few:
            return self._best(vector, self._lists.candidates(vector, allowed, every, k), k)
        selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        among = faiss.SearchParameters(sel=selector)
        # FAISS promises no order among equal scores, nor which of them are in at the edge; one more shows whether any
        # stand there.
        scores, places = (of[0] for of in self._index.search(vector[np.newaxis], min(k + 1, every), params=among))
        if k < every and scores[k - 1] - scores[k] < _ALIKE:
            _, scores, places = self._index.range_search(vector[np.newaxis], float(scores[k]) - _ALIKE, params=among)
        order = np.lexsort((places, -scores))
        order = order[places[order] >= 0][:k]
        return Hits(places[order], scores[order])

    def _best(self, vector: Floats, near: Ordinals, k: int) -> Hits:
        """The k nearest of some, by the same sums as flat search: equal vectors have equal cosines in any segment."""
        near, cosines = np.ascontiguousarray(near), np.empty(len(near), dtype=np.float32)
        asked = np.ascontiguousarray(vector)
        pointers = (faiss.swig_ptr(asked), len(near), faiss.swig_ptr(cosines), faiss.swig_ptr(near))
        self._index.compute_distance_subset(1, *pointers)
        best = np.lexsort((near, -cosines))[:k]
        return Hits(near[best], cosines[best])


class DenseLeg:
    """Search over the passages of a generation, where the inner product is the cosine."""

    name = "dense"

    def __init__(self, segments: Sequence[DenseVectors], layout: Layout) -> None:
        self._segments = tuple(segments)
        self._layout = layout

    def search(self, query: Query, allowed: Bools, k: int) -> Hits:
        """See Leg. Scores are cosines."""
        ordinals: list[Ordinals] = [np.empty(0, dtype=np.int64)]
        scores: list[Floats] = [np.empty(0, dtype=np.float32)]
        for number, segment in enumerate(self._segments):
            hits = segment.search(query.vector, self._layout.allowed(number, allowed), k)
            whole = self._layout.is_whole
            ordinals.append(hits.ordinals if whole else self._layout.of[number][hits.ordinals].astype(np.int64))
            scores.append(hits.scores)
        every, of = np.concatenate(ordinals), np.concatenate(scores)
        order = np.lexsort((every, -of))[:k]
        return Hits(every[order], of[order])

    def score(self, query: Query, ordinals: Ordinals) -> Floats:
        """See Leg. Scores are cosines."""
        scores: Floats = self._vectors(ordinals, len(query.vector)) @ query.vector
        return scores

    def _vectors(self, ordinals: Ordinals, dimension: int) -> Floats:
        # One table in the order of the question's candidates: sums are rounded alike in any layout.
        if self._layout.is_whole:
            return self._segments[0].vectors[ordinals]
        table: Floats = np.empty((len(ordinals), dimension), dtype=np.float32)
        for number, inside, places in self._layout.found(ordinals):
            table[inside] = self._segments[number].vectors[places]
        return table
