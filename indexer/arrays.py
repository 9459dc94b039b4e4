"""Several arrays in one file, mapped when read: fewer files to flush and to check than one an array."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_ALIGNED = 64


def write_arrays(path: Path, arrays: Mapping[str, Sequence[Array]]) -> None:
    """Write each array, given in pieces that are joined along the first axis; the same arrays give the same bytes.

    The first line says in JSON where each begins, its dtype and shape.
    """
    header: dict[str, tuple[int, str, tuple[int, ...]]] = {}
    end = 0
    for name, pieces in arrays.items():
        first = pieces[0]
        header[name] = (end, first.dtype.str, (sum(map(len, pieces)), *first.shape[1:]))
        end = _aligned(end + sum(piece.nbytes for piece in pieces))
    with path.open("wb") as file:
        line = json.dumps(header).encode() + b"\n"
        file.write(line.rjust(_aligned(len(line))))
        begin = file.tell()
        for (offset, _, _), pieces in zip(header.values(), arrays.values(), strict=True):
            file.write(b"\0" * (begin + offset - file.tell()))
            for piece in pieces:
                file.write(np.ascontiguousarray(piece).data if piece.size else b"")
        file.write(b"\0" * (begin + end - file.tell()))


def read_arrays(path: Path) -> dict[str, Array]:
    """The arrays of a file, read-only. Raises ValueError or OSError where it is none."""
    with path.open("rb") as file:
        line = file.readline()
    header = json.loads(line)
    if not isinstance(header, dict):
        raise ValueError("it does not begin with a list of its arrays")
    # A plain array over the mapping: numpy's memmap class costs more for each slice than the slice itself.
    raw = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))
    found: dict[str, Array] = {}
    for name, (offset, kind, shape) in header.items():
        dtype = np.dtype(kind)
        begin = len(line) + offset
        stretch = raw[begin : begin + prod(shape) * dtype.itemsize]
        found[name] = stretch.view(dtype).reshape(shape)
    return found


def _aligned(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED
