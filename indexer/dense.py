"""The dense leg: inner product over unit vectors with FAISS, segment by segment; a large one is searched by lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import faiss
import numpy as np

from indexer.edge import best_of, edge_of
from indexer.lists import FEW, WIDE, InvertedLists
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

    def nearest(self, vector: Floats, allowed: Bools, k: int) -> Hits:
        """The k nearest of those allowed (`[n] bool`) by their exact cosines, best first; of equals the first."""
        every = int(np.count_nonzero(allowed))
        if every == 0:
            return Hits(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        among = faiss.SearchParameters(sel=selector)
        # FAISS promises no order among equal scores, nor which of them are in at the edge; one more shows whether any
        # stand there.
        scores, places = (of[0] for of in self._index.search(vector[np.newaxis], min(k + 1, every), params=among))
        if k < every and scores[k - 1] - scores[k] < _ALIKE:
            _, scores, places = self._index.range_search(vector[np.newaxis], float(scores[k]) - _ALIKE, params=among)
        found = places >= 0
        return best_of(places[found], scores[found], k)

    def rough(self, vector: Floats, allowed: Bools, k: int) -> Hits | None:
        """The k nearest of those allowed and more, as far as lists find them, roughly scored; None without lists."""
        if self._lists is None:
            return None
        every = int(np.count_nonzero(allowed))
        if every <= self._few:
            return None
        return self._lists.candidates(vector, allowed, every, k)

    def cosines(self, vector: Floats, places: Ordinals) -> Floats:
        """`[m] float32`, by the same sums as flat search: equal vectors have equal cosines in any segment."""
        near, cosines = np.ascontiguousarray(places), np.empty(len(places), dtype=np.float32)
        asked = np.ascontiguousarray(vector)
        pointers = (faiss.swig_ptr(asked), len(near), faiss.swig_ptr(cosines), faiss.swig_ptr(near))
        self._index.compute_distance_subset(1, *pointers)
        return cosines


class DenseLeg:
    """Search over the passages of a generation, where the inner product is the cosine."""

    name = "dense"

    def __init__(self, segments: Sequence[DenseVectors], layout: Layout) -> None:
        self._segments = tuple(segments)
        self._layout = layout

    def search(self, query: Query, allowed: Bools, k: int) -> Hits:
        """See Leg. Scores are cosines, exact in any case; by lists some may be missing (`ListsRecord.recall`)."""
        ordinals: list[Ordinals] = [np.empty(0, dtype=np.int64)]
        scores: list[Floats] = [np.empty(0, dtype=np.float32)]
        rough: dict[int, Hits] = {}
        for number, segment in enumerate(self._segments):
            inside = self._layout.allowed(number, allowed)
            found = segment.rough(query.vector, inside, k)
            if found is not None:
                rough[number] = found
                continue
            hits = segment.nearest(query.vector, inside, k)
            ordinals.append(self._in_generation(number, hits.ordinals))
            scores.append(hits.scores)
        # Each exact score reads 1.5 KB from anywhere in a large file: only of the best of all segments together.
        for number, near in _nearest(rough, WIDE * k).items():
            ordinals.append(self._in_generation(number, near))
            scores.append(self._segments[number].cosines(query.vector, near))
        return best_of(np.concatenate(ordinals), np.concatenate(scores), k)

    def _in_generation(self, number: int, places: Ordinals) -> Ordinals:
        return places if self._layout.is_whole else self._layout.of[number][places].astype(np.int64)

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


def _nearest(rough: Mapping[int, Hits], wanted: int) -> dict[int, Ordinals]:
    """Of what was found in each segment the places of those among the best `wanted` of all, and of their equals."""
    count = sum(len(hits.scores) for hits in rough.values())
    if count <= wanted:
        return {number: hits.ordinals for number, hits in rough.items()}
    edge = edge_of(np.concatenate([hits.scores for hits in rough.values()]), wanted)
    return {number: hits.ordinals[hits.scores >= edge] for number, hits in rough.items()}
