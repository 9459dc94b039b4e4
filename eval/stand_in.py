"""An encoder for measuring how fast libraries are published that would take hours to encode: drawn vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from kb.encoder import Encoded, Encoder, TokenVectors

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
        vectors, tokens = [], []
        for text in texts:
            number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
            draw = np.random.default_rng(number)
            near = number % len(self._sample.tokens)
            noise = draw.normal(size=self.dimension).astype(np.float32)
            vectors.append(self._sample.vectors[near] + _SPREAD * noise / np.linalg.norm(noise))
            tokens.append(_of_length(self._sample.tokens[near], max(1, round(len(text) * 0.8))))
        table = np.array(vectors, dtype=np.float32).reshape(-1, self.dimension)
        return Encoded(table / np.linalg.norm(table, axis=1, keepdims=True), tuple(tokens))


def _of_length(tokens: TokenVectors, count: int) -> TokenVectors:
    """So many tokens: repeated or cut."""
    rows = np.arange(count) % max(1, len(tokens.vectors))
    spans = np.stack([np.arange(count), np.arange(1, count + 1)], axis=1).astype(np.int32)
    return TokenVectors(tokens.vectors[rows], spans)
