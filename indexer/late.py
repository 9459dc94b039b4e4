"""Late interaction: token vectors in int8 beside the passages, memory-mapped, read for candidates only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

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


class LateStore:
    """Token vectors of n passages. Khattab & Zaharia 2020 (ColBERT), averaged over the query's tokens."""

    def __init__(
        self,
        codes: npt.NDArray[np.int8],
        scales: Floats,
        spans: npt.NDArray[np.int32],
        offsets: Ordinals,
    ) -> None:
        self._codes = codes
        self._scales = scales
        self._spans = spans
        self._offsets = offsets

    @staticmethod
    def build(tokens: Sequence[QuantisedTokens], dimension: int, folder: Path) -> None:
        """Write the token vectors of n passages, width `dimension`, into a new folder."""
        folder.mkdir()
        counts = np.array([len(t.scales) for t in tokens], dtype=np.int64)
        np.save(folder / "offsets.npy", np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))
        none = QuantisedTokens(np.empty((0, dimension), np.int8), np.empty(0, np.float32), np.empty((0, 2), np.int32))
        stored = (*tokens, none)
        np.save(folder / "codes.npy", np.concatenate([t.codes for t in stored]))
        np.save(folder / "scales.npy", np.concatenate([t.scales for t in stored]))
        np.save(folder / "spans.npy", np.concatenate([t.spans for t in stored]))

    @classmethod
    def load(cls, folder: Path) -> LateStore:
        """Map the folder that `build` wrote."""
        codes, scales, spans, offsets = (
            _map(folder / f"{name}.npy") for name in ("codes", "scales", "spans", "offsets")
        )
        return cls(codes, scales, spans, offsets)

    def score(self, query: Query, ordinals: Ordinals) -> Floats:
        """See LateInteraction."""
        return self.scores(query, ordinals).mean

    def scores(self, query: Query, ordinals: Ordinals) -> LateScores:
        """See LateInteraction."""
        mean, weak = np.zeros((2, len(ordinals)), dtype=np.float32)
        starts, stops = self._offsets[ordinals], self._offsets[ordinals + 1]
        lengths = stops - starts
        if len(query.tokens.vectors) == 0 or lengths.sum() == 0:
            return LateScores(mean, weak)
        filled = np.flatnonzero(lengths)
        rows = _gather(starts[filled], lengths[filled])
        similarity = query.tokens.vectors @ self._codes[rows].astype(np.float32).T
        similarity *= self._scales[rows]
        firsts = np.concatenate([[0], np.cumsum(lengths[filled])[:-1]])
        best = np.maximum.reduceat(similarity, firsts, axis=1)
        mean[filled] = best.mean(axis=0)
        best.sort(axis=0)
        weak[filled] = best[: max(1, len(best) // 2)].mean(axis=0)
        return LateScores(mean, weak)

    def align(self, query: Query, ordinal: int) -> Alignment:
        """See LateInteraction."""
        stretch = slice(int(self._offsets[ordinal]), int(self._offsets[ordinal + 1]))
        vectors = self._codes[stretch].astype(np.float32) * self._scales[stretch, np.newaxis]
        return Alignment(np.asarray(self._spans[stretch]), query.tokens.vectors @ vectors.T)


def _map(path: Path) -> Any:  # noqa: ANN401 (four dtypes)
    """A file of np.save mapped read-only; an empty array cannot be mapped and is read."""
    try:
        # A plain array over the mapping: numpy's memmap class costs more for each slice than the slice itself.
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except ValueError:
        return np.load(path, allow_pickle=False)


def _gather(starts: Ordinals, lengths: Ordinals) -> Ordinals:
    """The row numbers of several stretches, one after another."""
    before = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    rows: Ordinals = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
    return rows
