"""The port to a text encoder. A toy with hand-checkable vectors fits it as well as a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class TokenVectors:
    """The last layer's vectors of one text, without the prompt's tokens and the markers.

    vectors: `[t, d] float32`, unit length; t may be 0 for an empty text.
    spans: `[t, 2] int32`, the character range `[start, end)` of each token in the text as given.
    """

    vectors: Floats
    spans: Ints


@dataclass(frozen=True)
class Encoded:
    """What one forward pass gives for n texts.

    vectors: `[n, d] float32`, unit length.
    tokens: one TokenVectors a text, in the same order.
    """

    vectors: Floats
    tokens: tuple[TokenVectors, ...]


class Encoder(Protocol):
    """Text to unit vectors, for queries and for passages (their prompts may differ)."""

    @property
    def name(self) -> str:
        """The model's name, for people."""
        ...

    @property
    def fingerprint(self) -> str:
        """A hash over everything that decides the vectors: weights, tokenizer, prompts, precision, length."""
        ...

    @property
    def dimension(self) -> int:
        """The width d of the vectors."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """Encode questions. No texts: `[0, d]` and no token vectors."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Encoded:
        """Encode passages, cut at the model's length. No texts: `[0, d]` and no token vectors."""
        ...
