from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from api.heartbeat import BEAT, KEPT, Heartbeat, LoopLag


class Loop:
    """A clock, and the one timer that was set."""

    def __init__(self) -> None:
        self.now = 100.0
        self.set: tuple[float, Callable[..., None], tuple[Any, ...]] | None = None

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, call: Callable[..., None], *arguments: object) -> asyncio.TimerHandle | None:
        self.set = seconds, call, arguments
        return None

    def beat(self, late: float) -> None:
        assert self.set is not None
        seconds, call, arguments = self.set
        self.now += seconds + late
        call(*arguments)


def test_how_late_each_beat_came(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, heartbeat = Loop(), Heartbeat()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    heartbeat.start()
    assert heartbeat.lag() is None
    for late in (0.001, 0.25, 0.002):
        loop.beat(late)
    assert heartbeat.lag() == LoopLag(beats=3, median_ms=2, p99_ms=250, worst_ms=250)
    assert loop.set is not None
    assert loop.set[0] == BEAT
    for _ in range(KEPT):
        loop.beat(0)
    assert heartbeat.lag() == LoopLag(beats=KEPT, median_ms=0, p99_ms=0, worst_ms=0)
