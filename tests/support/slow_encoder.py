"""A ToyEncoder that answers questions only when it may, and keeps what each call was given."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from kb.encoder import Encoded
from tests.support.toy_encoder import ToyEncoder

PATIENCE = 120.0
"""Seconds that a test waits for what is to happen, on a machine that has much else to do."""


class SlowEncoder(ToyEncoder):
    """refused: a text that makes a call fail."""

    def __init__(self, refused: str = "") -> None:
        super().__init__()
        self.refused = refused
        self.calls: list[list[str]] = []
        self.entered = threading.Semaphore(0)
        self.open = threading.Event()

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        self.calls.append(list(texts))
        self.entered.release()
        assert self.open.wait(PATIENCE), "nobody opened the encoder"
        if self.refused and self.refused in texts:
            raise ValueError(f"{self.refused} cannot be encoded")
        return super().encode_queries(texts)

    @staticmethod
    def wait_for(happened: Callable[[], bool]) -> None:
        """Look until it has happened; fails when patience ends."""
        until = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < until, "it did not happen"
            time.sleep(0.001)
