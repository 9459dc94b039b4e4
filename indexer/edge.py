"""Where the best of many scores begin."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

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
