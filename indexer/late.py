"""Late interaction: token vectors in int8 beside the passages, memory-mapped, read for candidates only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.arrays import read_arrays, write_arrays
from indexer.places import Layout, stretches
from kb.encoder import Floats, TokenVectors
from kb.leg import Alignment, LateScores, Ordinals, Query

VERSION = 1

_STEPS = 127


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

    def of(self, place: int) -> QuantisedTokens:
        """The token vectors of one passage."""
        stretch = slice(int(self.offsets[place]), int(self.offsets[place + 1]))
        return QuantisedTokens(self.codes[stretch], self.scales[stretch], self.spans[stretch])


class LateStore:
    """Token vectors of a generation. Khattab & Zaharia 2020 (ColBERT), averaged over the query's tokens."""

    def __init__(self, segments: Sequence[TokenStore], layout: Layout) -> None:
        self._segments = tuple(segments)
        self._layout = layout

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
        codes, scales = self._gathered(ordinals[filled], lengths[filled])
        similarity = query.tokens.vectors @ codes.T
        similarity *= scales
        firsts = np.concatenate([[0], np.cumsum(lengths[filled])[:-1]])
        best = np.maximum.reduceat(similarity, firsts, axis=1)
        mean[filled] = best.mean(axis=0)
        best.sort(axis=0)
        weak[filled] = best[: max(1, len(best) // 2)].mean(axis=0)
        return LateScores(mean, weak)

    def align(self, query: Query, ordinal: int) -> Alignment:
        """See LateInteraction."""
        ((number, _, places),) = self._layout.found(np.array([ordinal]))
        tokens = self._segments[number].of(int(places[0]))
        vectors = tokens.codes.astype(np.float32) * tokens.scales[:, np.newaxis]
        return Alignment(np.asarray(tokens.spans), query.tokens.vectors @ vectors.T)

    def _lengths(self, ordinals: Ordinals) -> Ordinals:
        """`[m] int64`: how many tokens each passage has."""
        lengths = np.zeros(len(ordinals), dtype=np.int64)
        for number, inside, places in self._layout.found(ordinals):
            offsets = self._segments[number].offsets
            lengths[inside] = offsets[places + 1] - offsets[places]
        return lengths

    def _gathered(self, ordinals: Ordinals, lengths: Ordinals) -> tuple[Floats, Floats]:
        """The codes and scales of some passages in their order, as if they were kept together."""
        if self._layout.is_whole:
            tokens = self._segments[0]
            rows = stretches(tokens.offsets[ordinals], lengths)
            return tokens.codes[rows].astype(np.float32), tokens.scales[rows]
        total = int(lengths.sum())
        codes = np.empty((total, self._segments[0].codes.shape[1]), dtype=np.float32)
        scales = np.empty(total, dtype=np.float32)
        begins = np.cumsum(lengths) - lengths
        for number, inside, places in self._layout.found(ordinals):
            tokens = self._segments[number]
            rows = stretches(tokens.offsets[places], lengths[inside])
            to = stretches(begins[inside], lengths[inside])
            codes[to], scales[to] = tokens.codes[rows], tokens.scales[rows]
        return codes, scales
