"""How late the event loop is: a beat that should come every twentieth of a second, and how much later it came."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

BEAT = 0.05
KEPT = 1200
"""Beats that are looked at: those of the last minute."""


@dataclass(frozen=True)
class LoopLag:
    """Milliseconds that the event loop let its work wait in the last minute, seen by `beats` looks."""

    beats: int
    median_ms: float
    p99_ms: float
    worst_ms: float


class Heartbeat:
    """Runs on the event loop that it measures; what it costs is a timer."""

    def __init__(self) -> None:
        self._late: deque[float] = deque(maxlen=KEPT)
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Beat on the running loop from now on."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(BEAT, self._beat, loop, loop.time() + BEAT)

    def stop(self) -> None:
        """Beat no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def lag(self) -> LoopLag | None:
        """What was seen; None before the first beat. May be asked from any thread."""
        seen = sorted(self._late.copy())
        if not seen:
            return None
        half, most = seen[len(seen) // 2], seen[min(len(seen) - 1, len(seen) * 99 // 100)]
        return LoopLag(len(seen), *(round(1000 * late, 2) for late in (half, most, seen[-1])))

    def _beat(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = loop.time()
        self._late.append(max(0.0, now - due))
        self._timer = loop.call_later(BEAT, self._beat, loop, now + BEAT)
