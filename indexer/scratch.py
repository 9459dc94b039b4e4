"""Work space that each thread keeps between questions: fresh pages cost more than what is written to them."""

from __future__ import annotations

from math import prod
from threading import local
from typing import Any

import numpy as np
import numpy.typing as npt

from kb.encoder import Floats

# What is larger is given back: one huge question must not hold memory for good.
_KEPT = 1 << 25


class Scratch:
    """Named arrays of each thread; what is in one is whatever was there before."""

    def __init__(self) -> None:
        self._held = local()

    def floats(self, name: str, shape: tuple[int, ...]) -> Floats:
        """A `float32` array of this shape, the thread's own until it asks for that name again."""
        return self._array(name, shape, np.dtype(np.float32))

    def codes(self, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.int8]:
        """The same of `int8`."""
        return self._array(name, shape, np.dtype(np.int8))

    def _array(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        needed = prod(shape) * dtype.itemsize
        if needed > _KEPT:
            return np.empty(shape, dtype=dtype)
        held: dict[str, npt.NDArray[np.uint8]] = self._held.__dict__
        if name not in held or held[name].nbytes < needed:
            # A little more than is needed, so that it seldom grows.
            held[name] = np.empty(needed + needed // 2, dtype=np.uint8)
        return held[name][:needed].view(dtype).reshape(shape)
