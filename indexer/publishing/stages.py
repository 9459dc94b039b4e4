"""How long each stage of a publication took."""

from __future__ import annotations

import time


class Stages:
    """A clock that only runs forward, whatever happens to the wall's."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """A stage ended."""
        now = time.perf_counter()
        self._laps[name] = round(self._laps.get(name, 0.0) + (now - self._last) * 1000, 3)
        self._last = now

    def laps(self) -> dict[str, float]:
        """Milliseconds by stage, and `total`."""
        return {**self._laps, "total": round((time.perf_counter() - self._start) * 1000, 3)}
