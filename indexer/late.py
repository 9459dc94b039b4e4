"""Late interaction: token vectors in int8 beside the passages, memory-mapped, read for candidates only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from indexer.arrays import read_arrays, write_arrays
from indexer.places import Layout, stretches
from indexer.scratch import Scratch, Space
from kb.encoder import Floats, TokenVectors
from kb.leg import Alignment, LateScores, Ordinals, Query

VERSION = 1

_STEPS = 127
# So many token vectors are converted and multiplied at once: 98 KB of them at 384 numbers each.
_BLOCK = 64

Codes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class QuantisedTokens:
    """One text's token vectors as they are stored.

    codes: `[t, d] int8`. scales: `[t] float32`; a vector is codes · scale. spans: `[t, 2] int32`.
    """

    codes: npt.NDArray[np.int8]
    scales: Floats
    spans: npt.NDArray[np.int32]


def quantise(tokens: TokenVectors) -> QuantisedTokens:
    """Round each vector to int8 with a scale of its own, so that its largest component is ±127."""
    largest = np.abs(tokens.vectors).max(axis=1, initial=0.0) if len(tokens.vectors) else np.empty(0)
    scales = (np.maximum(largest, np.finfo(np.float32).tiny) / _STEPS).astype(np.float32)
    codes = np.rint(tokens.vectors / scales[:, np.newaxis]).astype(np.int8)
    return QuantisedTokens(codes, scales, tokens.spans.astype(np.int32))


@dataclass(frozen=True)
class TokenStore:
    """The token vectors of the n passages of one segment.

    codes, scales, spans: as in QuantisedTokens, one passage's after another's. offsets: `[n + 1] int64`, where those
    of each passage begin.
    """

    codes: npt.NDArray[np.int8]
    scales: Floats
    spans: npt.NDArray[np.int32]
    offsets: Ordinals

    @staticmethod
    def build(tokens: Sequence[QuantisedTokens], dimension: int, path: Path) -> None:
        """Write the token vectors of n passages, width `dimension`, to one file."""
        none = QuantisedTokens(np.empty((0, dimension), np.int8), np.empty(0, np.float32), np.empty((0, 2), np.int32))
        counts = np.array([len(t.scales) for t in tokens], dtype=np.int64)
        write_arrays(
            path,
            {
                "offsets": [np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)],
                "scales": [none.scales, *(t.scales for t in tokens)],
                "spans": [none.spans, *(t.spans for t in tokens)],
                "codes": [none.codes, *(t.codes for t in tokens)],
            },
        )

    @classmethod
    def load(cls, path: Path) -> TokenStore:
        """Map the file that `build` wrote. Raises ValueError or OSError where it is none."""
        return cls(**read_arrays(path))

    def __len__(self) -> int:
        """How many passages there are."""
        return len(self.offsets) - 1

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return int(self.codes.shape[1])

    def of(self, place: int) -> QuantisedTokens:
        """The token vectors of one passage."""
        stretch = slice(int(self.offsets[place]), int(self.offsets[place + 1]))
        return QuantisedTokens(self.codes[stretch], self.scales[stretch], self.spans[stretch])

    def read(self, places: Ordinals, codes: Codes, scales: Floats) -> None:
        """Write the vectors of these passages, one after another, into `[t, d] int8` and `[t] float32`."""
        rows = stretches(self.offsets[places], self.offsets[places + 1] - self.offsets[places])
        # To "raise" on a wrong row numpy would make a copy first.
        self.codes.take(rows, axis=0, out=codes, mode="clip")
        self.scales.take(rows, out=scales, mode="clip")

    def tokens(self, place: int) -> tuple[npt.NDArray[np.int32], Floats]:
        """`[t, 2] int32` and `[t, d] float32`: the span of each token of a passage and its vector."""
        own = self.of(place)
        return np.asarray(own.spans), own.codes.astype(np.float32) * own.scales[:, np.newaxis]


class StoredTokens(Protocol):
    """The token vectors of one segment, however they are kept: see TokenStore and `indexer.compact`.

    offsets: `[n + 1] int64`, where the vectors of each passage begin.
    """

    @property
    def offsets(self) -> Ordinals:
        """See above."""
        ...

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        ...

    def read(self, places: Ordinals, codes: Codes, scales: Floats) -> None:
        """Write the vectors of these passages, one after another, into `[v, d] int8` and `[v] float32`."""
        ...

    def tokens(self, place: int) -> tuple[npt.NDArray[np.int32], Floats]:
        """`[t, 2] int32` and `[t, d] float32`: the span of each token of a passage and its vector."""
        ...


class LateStore:
    """Token vectors of a generation. Khattab & Zaharia 2020 (ColBERT), averaged over the query's tokens."""

    def __init__(self, segments: Sequence[StoredTokens], layout: Layout) -> None:
        self._segments = tuple(segments)
        self._layout = layout
        self._scratch = Scratch()

    @staticmethod
    def build(tokens: Sequence[QuantisedTokens], dimension: int, path: Path) -> None:
        """Write the token vectors of n passages, width `dimension`, to one file."""
        TokenStore.build(tokens, dimension, path)

    @classmethod
    def load(cls, path: Path) -> LateStore:
        """Map the file that `build` wrote, for a generation of its own."""
        tokens = TokenStore.load(path)
        return cls((tokens,), Layout.whole(len(tokens)))

    def score(self, query: Query, ordinals: Ordinals) -> Floats:
        """See LateInteraction."""
        return self.scores(query, ordinals).mean

    def scores(self, query: Query, ordinals: Ordinals) -> LateScores:
        """See LateInteraction."""
        mean, weak = np.zeros((2, len(ordinals)), dtype=np.float32)
        lengths = self._lengths(ordinals)
        if len(query.tokens.vectors) == 0 or lengths.sum() == 0:
            return LateScores(mean, weak)
        filled = np.flatnonzero(lengths)
        with self._scratch.lent() as space:
            codes, scales = self._gathered(space, ordinals[filled], lengths[filled])
            similarity = _products(space, query.tokens.vectors, codes)
            similarity *= scales[:, np.newaxis]
            firsts = np.cumsum(lengths[filled]) - lengths[filled]
            best = np.maximum.reduceat(similarity, firsts, axis=0).T
        mean[filled] = best.mean(axis=0)
        best.sort(axis=0)
        weak[filled] = best[: max(1, len(best) // 2)].mean(axis=0)
        return LateScores(mean, weak)

    def align(self, query: Query, ordinal: int) -> Alignment:
        """See LateInteraction."""
        ((number, _, places),) = self._layout.found(np.array([ordinal]))
        spans, vectors = self._segments[number].tokens(int(places[0]))
        return Alignment(spans, query.tokens.vectors @ vectors.T)

    def _lengths(self, ordinals: Ordinals) -> Ordinals:
        """`[m] int64`: how many tokens each passage has."""
        lengths = np.zeros(len(ordinals), dtype=np.int64)
        for number, inside, places in self._layout.found(ordinals):
            offsets = self._segments[number].offsets
            lengths[inside] = offsets[places + 1] - offsets[places]
        return lengths

    def _gathered(self, space: Space, ordinals: Ordinals, lengths: Ordinals) -> tuple[Codes, Floats]:
        """The codes and scales of some passages in their order, as if they were kept together."""
        total, dimension = int(lengths.sum()), self._segments[0].dimension
        codes = space.codes("codes", (total, dimension))
        scales = space.floats("scales", (total,))
        begins = np.cumsum(lengths) - lengths
        for number, inside, places in self._layout.found(ordinals):
            own = int(lengths[inside].sum())
            if own == total:
                self._segments[number].read(places, codes, scales)
            else:
                to = stretches(begins[inside], lengths[inside])
                some, of = space.codes("some", (own, dimension)), space.floats("of", (own,))
                self._segments[number].read(places, some, of)
                codes[to], scales[to] = some, of
        return codes, scales


def _products(space: Space, asked: Floats, codes: Codes) -> Floats:
    """`[t, q] float32`: the inner product of each token's codes with each of the question's tokens.

    In blocks that stay in the processor's cache, each converted and multiplied while it is there, and small enough
    for the kernel of small products, which packs nothing. They are cut from the table of candidates, so sums are
    rounded alike in any layout.
    """
    across = np.ascontiguousarray(asked.T)
    block = space.floats("block", (_BLOCK, codes.shape[1]))
    similarity = space.floats("similarity", (len(codes), len(asked)))
    for start in range(0, len(codes), _BLOCK):
        some = codes[start : start + _BLOCK]
        converted = block[: len(some)]
        np.copyto(converted, some)
        np.matmul(converted, across, out=similarity[start : start + len(some)])
    return similarity
