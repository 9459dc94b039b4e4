"""Concurrent questions share one call of the encoder, and none waits while the encoder is idle.

Whoever finds the encoder idle calls it at once. Whoever comes while it is busy waits, and all who wait leave together
in the next call, which the first of them makes: the busier the server, the larger its batches, with no clock in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock

from kb.encoder import Encoded, Encoder
from kb.errors import GoneError

MOST_TEXTS = 32
"""Texts of one call; larger batches take longer and are hardly quicker a text."""
MOST_CHARACTERS = 4096
"""Characters of one call, so that a few long texts do not hold up short ones. One question is never divided."""


@dataclass(eq=False)
class _Call:
    """One question's texts on their way. gate: shut until it is encoded, has failed, or shall call itself."""

    texts: tuple[str, ...]
    wanted: Callable[[], bool]
    gate: Lock = field(default_factory=Lock)
    leads: bool = False
    encoded: Encoded | None = None
    error: Exception | None = None

    @property
    def characters(self) -> int:
        return sum(map(len, self.texts))


class Batcher:
    """Joins calls of `encode_queries` of several threads into one; each gets what it would have had alone."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._calls: list[_Call] = []
        self._is_busy = False
        self._lock = Lock()

    def encode_queries(self, texts: Sequence[str], wanted: Callable[[], bool] = lambda: True) -> Encoded:
        """Encode questions together with those of other threads.

        wanted: asked before the encoder is called. Raises GoneError where it says no, and what the encoder raises.
        """
        mine = _Call(tuple(texts), wanted)
        mine.gate.acquire()
        with self._lock:
            mine.leads, self._is_busy = not self._is_busy, True
            self._calls.append(mine)
        if not mine.leads:
            mine.gate.acquire()
        if mine.leads:
            self._lead()
        if mine.error is not None:
            raise mine.error
        if mine.encoded is None:
            raise RuntimeError("a question was left behind by its batch")
        return mine.encoded

    def _lead(self) -> None:
        """Make one call for the first who wait, the caller among them, and hand the next one over."""
        with self._lock:
            batch = self._taken()
        try:
            self._encode([call for call in batch if _is_wanted(call)])
        finally:
            with self._lock:
                heir = self._calls[0] if self._calls else None
                self._is_busy = heir is not None
            if heir is not None:
                heir.leads = True
                heir.gate.release()
            for call in batch[1:]:
                call.gate.release()

    def _taken(self) -> list[_Call]:
        number, texts, characters = 0, 0, 0
        for call in self._calls:
            texts += len(call.texts)
            characters += call.characters
            if number and (texts > MOST_TEXTS or characters > MOST_CHARACTERS):
                break
            number += 1
        batch, self._calls = self._calls[:number], self._calls[number:]
        return batch

    def _encode(self, calls: list[_Call]) -> None:
        if not calls:
            return
        texts = dict.fromkeys(text for call in calls for text in call.texts)
        places = {text: place for place, text in enumerate(texts)}
        try:
            encoded = self.encoder.encode_queries(list(texts))
        except Exception as error:
            if len(calls) == 1:
                calls[0].error = error
                return
            # One of them is to blame, and the others shall not pay for it.
            for call in calls:
                self._encode([call])
            return
        for call in calls:
            rows = [places[text] for text in call.texts]
            call.encoded = Encoded(encoded.vectors[rows], tuple(encoded.tokens[row] for row in rows))


def _is_wanted(call: _Call) -> bool:
    if call.wanted():
        return True
    call.error = GoneError()
    return False
