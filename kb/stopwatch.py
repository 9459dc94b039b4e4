"""Milliseconds by stage, for the answer's `took_ms`."""

from __future__ import annotations

import time


class Stopwatch:
    """Counts from when it is made; each lap is the time since the one before."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """End a stage."""
        now = time.perf_counter()
        self._laps[stage] = round((now - self._last) * 1000, 3)
        self._last = now

    def laps(self) -> dict[str, float]:
        """Milliseconds of each stage so far, and `total`."""
        return {**self._laps, "total": round((time.perf_counter() - self._start) * 1000, 3)}
