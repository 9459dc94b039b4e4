"""Where the passages of each segment stand in a generation: in the order of all articles, the dead ones nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from kb.leg import Ordinals
from kb.validity import Bools

Places = npt.NDArray[np.int32]


class Layout:
    """The places of n passages that are kept in several segments.

    of: for each segment `[n_s] int32`, the place in the generation of each of its passages, ascending; n for one that
    is not part of it.
    """

    def __init__(self, count: int, of: Sequence[Places]) -> None:
        self.count = count
        self.of = tuple(of)
        self.has_dead = tuple(bool((places == count).any()) for places in self.of)
        self.is_whole = len(self.of) == 1 and not self.has_dead[0]
        """Whether one segment is the generation, passage for passage."""
        if not self.is_whole:
            self._segment = np.zeros(count, dtype=np.int32)
            self._local = np.zeros(count, dtype=np.int32)
            for number, places in enumerate(self.of):
                alive = np.flatnonzero(places < count)
                self._segment[places[alive]] = number
                self._local[places[alive]] = alive

    @classmethod
    def whole(cls, count: int) -> Layout:
        """One segment of n passages that is the generation."""
        return cls(count, (np.arange(count, dtype=np.int32),))

    def found(self, ordinals: Ordinals) -> Iterator[tuple[int, Ordinals | slice, Ordinals]]:
        """The segments that hold the passages at these places: which, where in `ordinals`, and where in the segment."""
        if self.is_whole:
            yield 0, slice(None), ordinals
            return
        holding, local = self._segment[ordinals], self._local[ordinals]
        for number in np.unique(holding):
            inside = np.flatnonzero(holding == number)
            yield int(number), inside, local[inside].astype(np.int64)

    def allowed(self, number: int, allowed: Bools) -> Bools:
        """`[n_s] bool`: those of a segment's passages that `allowed` (`[n] bool`) lets through."""
        if self.is_whole:
            return allowed
        inside: Bools = np.append(allowed, False)[self.of[number]]
        return inside


def stretches(starts: Ordinals, lengths: Ordinals) -> Ordinals:
    """The row numbers of several stretches, one after another."""
    before = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    rows: Ordinals = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
    return rows
