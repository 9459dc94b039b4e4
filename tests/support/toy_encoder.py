"""An encoder whose vectors can be computed by hand: one dimension for each of a few words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kb.encoder import Encoded, TokenVectors

WORDS = ("退货", "运费", "洗衣机", "电饭煲", "发票", "优惠", "手环", "快递")


@dataclass
class ToyEncoder:
    """A text's vector counts the WORDS it holds, over a constant last component of 1, at unit length.

    Each occurrence of a word is one token, with its one-hot vector.
    """

    words: tuple[str, ...] = WORDS
    name: str = "toy"
    encoded: list[str] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(" ".join(self.words).encode()).hexdigest()

    @property
    def dimension(self) -> int:
        return len(self.words) + 1

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Encoded:
        self.encoded.extend(texts)
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Encoded:
        vectors = np.array([[*(t.count(w) for w in self.words), 1] for t in texts], dtype=np.float32)
        vectors = vectors.reshape(-1, self.dimension)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return Encoded(vectors, tuple(self._tokens(text) for text in texts))

    def _tokens(self, text: str) -> TokenVectors:
        found = sorted(
            (start, word) for word in self.words for start in range(len(text)) if text.startswith(word, start)
        )
        rows = [np.eye(self.dimension, dtype=np.float32)[self.words.index(word)] for _, word in found]
        spans = [(start, start + len(word)) for start, word in found]
        return TokenVectors(
            np.array(rows, dtype=np.float32).reshape(-1, self.dimension),
            np.array(spans, dtype=np.int32).reshape(-1, 2),
        )
