"""The dense leg: exact inner product over unit vectors with FAISS."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np

from kb.encoder import Floats
from kb.leg import Hits, Ordinals, Query
from kb.validity import Bools


class DenseLeg:
    """Flat search over `[n, d] float32` unit vectors, where the inner product is the cosine."""

    name = "dense"

    def __init__(self, index: faiss.IndexFlat) -> None:
        self._index = index
        flat = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
        self._vectors: Floats = flat.reshape(index.ntotal, index.d)

    @staticmethod
    def build(vectors: Floats, path: Path) -> None:
        """Write the index of `[n, d] float32` unit vectors to one file."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        faiss.write_index(index, str(path))

    @classmethod
    def load(cls, path: Path) -> DenseLeg:
        """Map the file that `build` wrote."""
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))

    def search(self, query: Query, allowed: Bools, k: int) -> Hits:
        """See Leg. Scores are cosines."""
        wanted = min(k, int(np.count_nonzero(allowed)))
        if wanted == 0:
            return Hits(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        bitmap = np.packbits(allowed, bitorder="little")
        selector = faiss.IDSelectorBitmap(bitmap)
        found, ordinals = self._index.search(
            query.vector[np.newaxis], wanted, params=faiss.SearchParameters(sel=selector)
        )
        # FAISS promises no order among equal scores; the library's own is kept.
        order = np.lexsort((ordinals[0], -found[0]))
        order = order[ordinals[0][order] >= 0]
        return Hits(ordinals[0][order], found[0][order])

    def score(self, query: Query, ordinals: Ordinals) -> Floats:
        """See Leg. Scores are cosines."""
        scores: Floats = self._vectors[ordinals] @ query.vector
        return scores
