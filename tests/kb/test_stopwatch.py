from __future__ import annotations

from types import SimpleNamespace

import pytest

from kb.stopwatch import Stopwatch


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock says at each look, in turn."""
    times: list[float] = []
    monkeypatch.setattr("kb.stopwatch.time", SimpleNamespace(perf_counter=lambda: times.pop(0)))
    return times


def test_a_lap_is_the_time_since_the_one_before(seconds: list[float]) -> None:
    seconds += [10.0, 10.002, 10.0025004, 10.5]
    watch = Stopwatch()
    watch.lap("encode")
    watch.lap("rank")
    laps = watch.laps()
    assert laps == {"encode": 2.0, "rank": 0.5, "total": pytest.approx(500)}
    assert list(laps) == ["encode", "rank", "total"]


def test_without_a_lap_there_is_the_total(seconds: list[float]) -> None:
    seconds += [1.0, 1.25]
    assert Stopwatch().laps() == {"total": 250.0}


def test_it_runs_on_after_it_was_read(seconds: list[float]) -> None:
    seconds += [0.0, 1.0, 3.0, 4.0]
    watch = Stopwatch()
    assert watch.laps() == {"total": 1000.0}
    watch.lap("reply")
    assert watch.laps() == {"reply": 3000.0, "total": 4000.0}


def test_by_the_real_clock() -> None:
    watch = Stopwatch()
    watch.lap("first")
    watch.lap("second")
    laps = watch.laps()
    assert min(laps.values()) >= 0
    assert laps["total"] >= laps["first"] + laps["second"] - 0.001
