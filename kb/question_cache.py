"""Questions that were encoded lately, in memory alone: the encoder's work for a question that is asked again.

It holds what the encoder gave for exactly this text and nothing else, so that neither time nor a publication makes it
stale. Texts themselves are not kept, and nothing is written.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock

from kb.encoder import Floats, TokenVectors

_ENTRY = 600
"""Bytes of an entry beside its arrays' numbers: three array objects, the key, the place in the table."""


@dataclass(frozen=True)
class EncodedQuestion:
    """What the encoder gave for one text, not to be written to. vector: `[d] float32`."""

    vector: Floats
    tokens: TokenVectors

    @property
    def size(self) -> int:
        """Bytes, about."""
        return self.vector.nbytes + self.tokens.vectors.nbytes + self.tokens.spans.nbytes + _ENTRY


class QuestionCache:
    """The latest encoded questions within a budget of bytes; those not asked for longest go first. Thread-safe."""

    def __init__(self, most_bytes: int) -> None:
        """most_bytes: 0 keeps nothing."""
        self._most = most_bytes
        self._kept: OrderedDict[bytes, EncodedQuestion] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes(self) -> int:
        """What is kept, in bytes, about."""
        return self._bytes

    def get(self, fingerprint: str, text: str) -> EncodedQuestion | None:
        """What the encoder of that fingerprint gave for exactly this text, or None."""
        if not self._kept:
            return None
        key = _key(fingerprint, text)
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, fingerprint: str, text: str, encoded: EncodedQuestion) -> None:
        """Keep it from now on, its arrays shut against writing. One larger than the budget is not kept."""
        size = encoded.size
        if size > self._most:
            return
        # Several answers read the same arrays.
        for array in (encoded.vector, encoded.tokens.vectors, encoded.tokens.spans):
            array.setflags(write=False)
        key = _key(fingerprint, text)
        with self._lock:
            before = self._kept.pop(key, None)
            self._bytes += size - (before.size if before is not None else 0)
            self._kept[key] = encoded
            while self._bytes > self._most:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= oldest.size


def _key(fingerprint: str, text: str) -> bytes:
    """A hash: customers' words are not kept longer than their answer takes."""
    # A lone surrogate is a text too.
    return blake2b(f"{fingerprint}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
