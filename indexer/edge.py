"""The best of many scores, found without putting all of them in order."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from kb.encoder import Floats
from kb.leg import Hits, Ordinals

Number = TypeVar("Number", np.float32, np.float64)

_BLOCK = 64


def edge_of(scores: npt.NDArray[Number], wanted: int) -> Number:
    """The `wanted`-th highest of n scores, 1 <= wanted <= n.

    As many blocks reach the edge of the blocks' best as are wanted, so at least so many scores do: only those are
    put in order.
    """
    blocks = len(scores) // _BLOCK
    if blocks > wanted:
        best = scores[: blocks * _BLOCK].reshape(blocks, _BLOCK).max(axis=1)
        scores = scores[scores >= np.partition(best, blocks - wanted)[blocks - wanted]]
    highest: Number = np.partition(scores, len(scores) - wanted)[len(scores) - wanted]
    return highest


def best_of(ordinals: Ordinals, scores: Floats, k: int) -> Hits:
    """The best k, best first; of equals the first by ordinal."""
    if len(scores) > k:
        near = np.flatnonzero(scores >= edge_of(scores, k))
        ordinals, scores = ordinals[near], scores[near]
    order = np.lexsort((ordinals, -scores))[:k]
    return Hits(ordinals[order], scores[order])
