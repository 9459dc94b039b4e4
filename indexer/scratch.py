"""Work space that is kept between questions: fresh pages cost more than what is written to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from kb.encoder import Floats

# What is larger is given back: one huge question must not hold memory for good.
_KEPT = 1 << 25
# Spaces kept for the next question; a thread that finds none free makes one for itself alone.
_SPACES = 2


class Space:
    """Named arrays of one borrower; what is in one is whatever was there before."""

    def __init__(self) -> None:
        self._held: dict[str, npt.NDArray[np.uint8]] = {}

    def floats(self, name: str, shape: tuple[int, ...]) -> Floats:
        """A `float32` array of this shape, the borrower's own until it asks for that name again."""
        return self._array(name, shape, np.dtype(np.float32))

    def codes(self, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.int8]:
        """The same of `int8`."""
        return self._array(name, shape, np.dtype(np.int8))

    def _array(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        needed = prod(shape) * dtype.itemsize
        if needed > _KEPT:
            return np.empty(shape, dtype=dtype)
        held = self._held
        if name not in held or held[name].nbytes < needed:
            # A little more than is needed, so that it seldom grows.
            held[name] = np.empty(needed + needed // 2, dtype=np.uint8)
        return held[name][:needed].view(dtype).reshape(shape)


class Scratch:
    """Lends spaces, one to a borrower at a time; may be used from any thread.

    A few are kept whatever the number of threads: most threads of a server wait at any moment, and a space of some
    megabytes for each would be most of its memory.
    """

    def __init__(self) -> None:
        self._free: list[Space] = []

    @contextmanager
    def lent(self) -> Iterator[Space]:
        """A space that nobody else has, until the block ends."""
        try:
            space = self._free.pop()
        except IndexError:
            space = Space()
        try:
            yield space
        finally:
            if len(self._free) < _SPACES:
                self._free.append(space)
