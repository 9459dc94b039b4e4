"""Token vectors of a large library: those of like meaning in a passage pooled, four bits a number.

As kept for small libraries they take some 30 KB a passage. Pooling after Clavié, Chaffin & Adams 2024; the sixteen
steps are those that lose least of a normal distribution (Lloyd 1982), which the numbers of a token vector nearly have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.arrays import read_arrays, write_arrays
from indexer.late import Codes, QuantisedTokens, TokenStore
from indexer.places import stretches
from kb.encoder import Floats
from kb.leg import Ordinals

VERSION = 1

COMPACT_FROM = 8_000_000
"""A library whose texts have so many characters together (some 80,000 passages) keeps its token vectors this way."""

POOLED = 3
"""So many tokens there are to a vector that is kept."""

# What eight of the sixteen steps stand for, as parts of 127; the others are their negatives.
_STEPS = np.array([6, 18, 31, 44, 58, 75, 96, 127], dtype=np.int8)
_LEVELS = np.concatenate([-_STEPS[::-1], _STEPS]).astype(np.int8)
_EDGES = (_LEVELS[1:].astype(np.float32) + _LEVELS[:-1]) / 2
# The largest step is at so many standard deviations.
_WIDEST = 2.733
# Two numbers to a byte, the first in its lower half.
_PAIRS = np.stack([np.tile(_LEVELS, 16), np.repeat(_LEVELS, 16)], axis=1).reshape(-1).view(np.uint16)
_FARTHEST = np.iinfo(np.uint16).max


@dataclass(frozen=True)
class CompactTokens:
    """One text's token vectors as they are stored in a large library.

    codes: `[v, d / 2] uint8`. scales: `[v] float32`; a vector is its levels · scale. groups: `[t] uint16`, the vector
    of each token. spans: `[t, 2] uint16`.
    """

    codes: npt.NDArray[np.uint8]
    scales: Floats
    groups: npt.NDArray[np.uint16]
    spans: npt.NDArray[np.uint16]


def compacted(tokens: QuantisedTokens, pooled: int = POOLED) -> CompactTokens:
    """Pool a text's token vectors and round each number to one of sixteen steps."""
    vectors = tokens.codes.astype(np.float32) * tokens.scales[:, np.newaxis]
    groups = _groups(vectors, -(-len(vectors) // pooled))
    means = np.zeros((int(groups.max()) + 1 if len(groups) else 0, vectors.shape[1]), dtype=np.float32)
    np.add.at(means, groups, vectors)
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    steps = np.sqrt((means**2).mean(axis=1, keepdims=True)) * (_WIDEST / _LEVELS[-1])
    chosen = np.searchsorted(_EDGES, means / np.maximum(steps, np.finfo(np.float32).tiny)).astype(np.uint8)
    levels = _LEVELS[chosen].astype(np.float32)
    # The scale that leaves least between a vector and what is kept of it.
    scales = (means * levels).sum(axis=1) / np.maximum((levels * levels).sum(axis=1), 1)
    spans = np.minimum(tokens.spans, _FARTHEST).astype(np.uint16)
    return CompactTokens(chosen[:, ::2] | chosen[:, 1::2] << 4, scales.astype(np.float32), groups, spans)


def _groups(vectors: Floats, count: int) -> npt.NDArray[np.uint16]:
    """Which of at most `count` groups each vector is in."""
    if len(vectors) <= max(count, 1):
        return np.arange(len(vectors), dtype=np.uint16)
    # Only a build pools, and of a large library: what serves need not load it.
    from scipy.cluster.hierarchy import fcluster, linkage

    found: npt.NDArray[np.uint16] = (fcluster(linkage(vectors, "ward"), count, "maxclust") - 1).astype(np.uint16)
    return found


@dataclass(frozen=True)
class CompactStore:
    """The token vectors of the n passages of one segment of a large library. See TokenStore.

    offsets: `[n + 1] int64`, where the vectors of each passage begin. begins: `[n + 1] int64`, where its tokens do.
    """

    codes: npt.NDArray[np.uint8]
    scales: Floats
    groups: npt.NDArray[np.uint16]
    spans: npt.NDArray[np.uint16]
    offsets: Ordinals
    begins: Ordinals

    @staticmethod
    def build(tokens: Sequence[CompactTokens], dimension: int, path: Path) -> None:
        """Write the token vectors of n passages, width `dimension`, which is even, to one file."""
        if dimension % 2:
            raise ValueError(f"vectors of {dimension} numbers cannot be kept two numbers to a byte")
        kept = np.array([len(own.scales) for own in tokens], dtype=np.int64)
        counts = np.array([len(own.groups) for own in tokens], dtype=np.int64)
        write_arrays(
            path,
            {
                "offsets": [np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)],
                "begins": [np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)],
                "scales": [np.empty(0, np.float32), *(own.scales for own in tokens)],
                "groups": [np.empty(0, np.uint16), *(own.groups for own in tokens)],
                "spans": [np.empty((0, 2), np.uint16), *(own.spans for own in tokens)],
                "codes": [np.empty((0, dimension // 2), np.uint8), *(own.codes for own in tokens)],
            },
        )

    def __len__(self) -> int:
        """How many passages there are."""
        return len(self.offsets) - 1

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return 2 * int(self.codes.shape[1])

    def of(self, place: int) -> CompactTokens:
        """The token vectors of one passage."""
        own = slice(int(self.offsets[place]), int(self.offsets[place + 1]))
        every = slice(int(self.begins[place]), int(self.begins[place + 1]))
        return CompactTokens(self.codes[own], self.scales[own], self.groups[every], self.spans[every])

    def read(self, places: Ordinals, codes: Codes, scales: Floats) -> None:
        """Write the vectors of these passages, one after another, into `[v, d] int8` and `[v] float32`."""
        rows = stretches(self.offsets[places], self.offsets[places + 1] - self.offsets[places])
        packed = self.codes.take(rows, axis=0)
        _PAIRS.take(packed, out=codes.view(np.uint16), mode="clip")
        self.scales.take(rows, out=scales, mode="clip")

    def tokens(self, place: int) -> tuple[npt.NDArray[np.int32], Floats]:
        """`[t, 2] int32` and `[t, d] float32`: the span of each token and the vector that stands for it."""
        own = self.of(place)
        vectors = _PAIRS.take(own.codes).view(np.int8).astype(np.float32) * own.scales[:, np.newaxis]
        return own.spans.astype(np.int32), vectors[own.groups]


def write_tokens(tokens: Sequence[QuantisedTokens | CompactTokens], dimension: int, path: Path) -> None:
    """Write the token vectors of n passages, width `dimension`, all of one kind, to one file."""
    compact = [own for own in tokens if isinstance(own, CompactTokens)]
    if compact and len(compact) == len(tokens):
        CompactStore.build(compact, dimension, path)
    elif compact:
        raise ValueError("a segment holds token vectors of two kinds")
    else:
        TokenStore.build([own for own in tokens if isinstance(own, QuantisedTokens)], dimension, path)


def load_tokens(path: Path) -> TokenStore | CompactStore:
    """Map the file that `write_tokens` wrote. Raises ValueError, TypeError or OSError where it is none."""
    arrays = read_arrays(path)
    return CompactStore(**arrays) if "groups" in arrays else TokenStore(**arrays)
