"""Inverted lists over the dense vectors of a large segment: eight bits a number, searched in part, rescored exactly.

Flat search reads every vector, 1.5 KB each; beyond some ten thousand that takes longer than encoding the question.
How many lists a question visits is measured when the segment is written and stands in its record.
"""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
from pydantic import BaseModel, ConfigDict

from kb.encoder import Floats
from kb.leg import Hits
from kb.validity import Bools

LISTS_FROM = 24_576
"""A segment of at least so many passages has lists; a smaller one is searched whole.

The full ones of a build from nothing (up to 32,768, see `indexer.upkeep`) are above it.
"""

FEW = 8_192
"""So many allowed passages or fewer are searched exactly, whatever the segment's size."""

MEASURED_AT = 50
WANTED = 0.99

WIDE = 3
"""Candidates to be rescored for each that is wanted: eight bits a number may swap neighbours."""

_PER_ROOT = 4
_TRAINED_ON = 40
_ROUNDS = 8
_ASKED = 256
# Questions of another library lie otherwise: of 32,768 drawn vectors as many probes as promised 0.99 found 0.934 of
# what the demo's questions are nearest to, twice as many 0.977, four times as many 0.996, for 0.05 ms more.
_MARGIN = 4


class ListsRecord(BaseModel):
    """What was chosen and measured. lists: how many. probes: how many of them are visited.

    recall: the share of the exact nearest `at` that were found, over vectors that lie as questions do.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    lists: int
    probes: int
    recall: float
    at: int = MEASURED_AT


class InvertedLists:
    """The lists of one segment; finds candidates, whose exact scores are the vectors' matter."""

    def __init__(self, index: faiss.IndexIVF, record: ListsRecord) -> None:
        self._index = index
        self.record = record

    @staticmethod
    def build(vectors: Floats, path: Path, wanted: float | None = None) -> ListsRecord:
        """Train on a sample of `[n, d] float32` unit vectors, measure, and write the lists to one file.

        wanted: the recall to be reached; None: WANTED.
        """
        count, dimension = vectors.shape
        lists = max(1, min(count // _TRAINED_ON, round(_PER_ROOT * count**0.5)))
        index = faiss.index_factory(dimension, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
        index.cp.niter = _ROUNDS
        step = max(1, count // (lists * _TRAINED_ON))
        index.train(np.ascontiguousarray(vectors[::step]))
        index.add(np.ascontiguousarray(vectors))
        made = InvertedLists(index, ListsRecord(lists=lists, probes=1, recall=0))
        record = _measured(made, vectors, WANTED if wanted is None else wanted)
        faiss.write_index(index, str(path))
        return record

    @classmethod
    def load(cls, path: Path, record: ListsRecord, count: int) -> InvertedLists:
        """Map the file that `build` wrote. Raises ValueError or RuntimeError where it is none for `count` vectors."""
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        if not isinstance(index, faiss.IndexIVF) or (index.ntotal, index.nlist) != (count, record.lists):
            raise ValueError(f"{path.name} does not hold {record.lists} lists of {count} vectors")
        return cls(index, record)

    def candidates(self, vector: Floats, allowed: Bools, every: int, k: int) -> Hits:
        """At least the k nearest of those `allowed` (`[n] bool`, `every` of them), as far as found; scores are rough.

        Where few are allowed more lists are visited, so that about as many of the allowed are seen as without a limit;
        all, where fewer are found than there are.
        """
        share = max(every, 1) / max(len(allowed), 1)
        probes = min(self.record.lists, int(np.ceil(self.record.probes / share)))
        selector = None
        if every < len(allowed):
            selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        found = self._search(vector, selector, min(WIDE * k, every), probes)
        if len(found.ordinals) < min(k, every) and probes < self.record.lists:
            found = self._search(vector, selector, min(WIDE * k, every), self.record.lists)
        return found

    def _search(self, vector: Floats, selector: faiss.IDSelector | None, k: int, probes: int) -> Hits:
        how = faiss.SearchParametersIVF(sel=selector, nprobe=probes)
        scores, places = (of[0] for of in self._index.search(vector[np.newaxis], k, params=how))
        found = places >= 0
        return Hits(places[found], scores[found])


def _measured(lists: InvertedLists, vectors: Floats, wanted: float) -> ListsRecord:
    """Four times the fewest probes that find `wanted` of the nearest, or all lists, and what they find."""
    asked = _questions(vectors)
    k = min(MEASURED_AT, len(vectors))
    exact = faiss.IndexFlatIP(vectors.shape[1])
    exact.add(np.ascontiguousarray(vectors))
    _, nearest = exact.search(asked, k)

    def recall(probes: int) -> float:
        how = faiss.SearchParametersIVF(nprobe=probes)
        _, found = lists._index.search(asked, min(WIDE * k, len(vectors)), params=how)
        return float(np.mean([np.isin(own, other).mean() for own, other in zip(nearest, found, strict=True)]))

    probes, most = 1, lists.record.lists
    while probes < most and recall(probes) < wanted:
        probes = min(most, max(probes + 1, round(probes * 1.25)))
    probes = min(most, _MARGIN * probes)
    return lists.record.model_copy(update={"probes": probes, "recall": round(recall(probes), 5)})


def _questions(vectors: Floats) -> Floats:
    """Vectors between three passages, drawn alike each time.

    Questions lie farther from every passage than passages from each other: lists found of the demo's own questions at
    any number of probes what they found of these (at 64 of 980: 0.993 and 0.994); of passages with noise, 0.999.
    """
    rows = np.random.default_rng(len(vectors)).integers(len(vectors), size=(3, _ASKED))
    asked = vectors[rows].sum(axis=0)
    drawn: Floats = asked / np.maximum(np.linalg.norm(asked, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return drawn
