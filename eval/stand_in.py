"""An encoder for measuring how fast libraries are published that would take hours to encode: drawn vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from kb.encoder import Encoded, Encoder, Floats, TokenVectors

_SPREAD = 0.6


class StandIn:
    """Draws the vectors of passages near those of a sample that the real encoder made, until it is told to encode.

    Their spread, the number of tokens and their spans are like real ones; what they mean is not. Questions are always
    encoded.
    """

    def __init__(self, encoder: Encoder, sample: Sequence[str]) -> None:
        self._encoder = encoder
        self._sample = encoder.encode_passages(sample)
        self.is_real = False
        """Whether passages are encoded from now on."""

    @property
    def name(self) -> str:
        """See Encoder."""
        return f"{self._encoder.name} (drawn)"

    @property
    def fingerprint(self) -> str:
        """See Encoder."""
        return hashlib.sha256(f"drawn {self._encoder.fingerprint}".encode()).hexdigest()

    @property
    def dimension(self) -> int:
        """See Encoder."""
        return self._encoder.dimension

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """See Encoder."""
        return self._encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Encoded:
        """See Encoder."""
        if self.is_real:
            return self._encoder.encode_passages(texts)
        tokens = [_of_length(self._near(text), max(1, round(len(text) * 0.8))) for text in texts]
        return Encoded(self.drawn(texts), tuple(tokens))

    def drawn(self, texts: Sequence[str]) -> Floats:
        """`[n, d] float32`, unit length: the vectors of passages, the same ones whenever they are drawn."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            number = _number(text)
            noise = np.random.default_rng(number).normal(size=self.dimension).astype(np.float32)
            vectors[row] = self._sample.vectors[number % len(self._sample.tokens)]
            vectors[row] += _SPREAD * noise / np.linalg.norm(noise)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def _near(self, text: str) -> TokenVectors:
        return self._sample.tokens[_number(text) % len(self._sample.tokens)]


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _of_length(tokens: TokenVectors, count: int) -> TokenVectors:
    """So many tokens, repeated or cut; none where there are none to repeat."""
    if len(tokens.vectors) == 0:
        return tokens
    rows = np.arange(count) % len(tokens.vectors)
    spans = np.stack([np.arange(count), np.arange(1, count + 1)], axis=1).astype(np.int32)
    return TokenVectors(tokens.vectors[rows], spans)
