"""Loads and samples; the open loop by a clock that a test turns."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.bench.traffic import Load, Request, Sample, Traffic, arrivals


class Clock:
    """Time that passes only when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_requests_of_an_open_loop_are_due_at_a_constant_rate() -> None:
    clock = Clock()
    assert list(arrivals(4, 1.5, clock, clock.sleep)) == [0, 0.25, 0.5, 0.75, 1.0, 1.25]
    assert sum(clock.slept) == 1.25


def test_a_stall_delays_no_due_moment_and_its_waiting_counts() -> None:
    clock = Clock()
    samples = []
    for number, due in enumerate(arrivals(10, 0.5, clock, clock.sleep)):
        # The second request holds everything up for 0.3 s; each of the others takes 0.01 s.
        clock.now += 0.3 if number == 1 else 0.01
        samples.append(Sample(due, clock.now - 100, 200))
    assert [sample.intended for sample in samples] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    # Counted from when they were sent, all but the second would have taken 10 ms.
    assert [sample.ms for sample in samples] == pytest.approx([10, 300, 210, 120, 30])


def test_a_load_is_read_as_it_was_written(tmp_path: Path) -> None:
    load = Load(
        "http://127.0.0.1:1", "kb_x", [Request("/v1/suggestions", '{"question": "退货"}'), Request("/q")], 16, 10.0, 2.5
    )
    load.write(tmp_path / "load.json")
    assert Load.read(tmp_path / "load.json") == load


def test_traffic_is_read_as_it_was_written(tmp_path: Path) -> None:
    traffic = Traffic([Sample(0.5, 0.75, 200), Sample(1.0, 1.5, 0)], cpu=0.125, ran_out=True)
    traffic.write(tmp_path / "traffic.json")
    assert Traffic.read(tmp_path / "traffic.json") == traffic
