"""Figures from samples made by hand."""

from __future__ import annotations

import math

import pytest

from eval.bench.figures import Burst, Figures, medians, of_burst, of_cost, of_memory, owed, percentile, ratio, rounded
from eval.bench.process_use import Memory
from eval.bench.traffic import Sample, Traffic


@pytest.mark.parametrize(
    ("at", "expected"),
    [(50, 50), (95, 95), (99, 99), (100, 100), (1, 1)],
)
def test_a_percentile_of_one_to_a_hundred_is_its_own_number(at: float, expected: float) -> None:
    assert percentile(list(range(100, 0, -1)), at) == expected


def test_a_percentile_is_a_value_that_was_seen() -> None:
    assert percentile([10, 20, 30, 40], 50) == 20
    assert percentile([10, 20, 30, 40], 95) == 40
    assert percentile([7], 50) == 7


def test_a_percentile_of_nothing_is_no_number() -> None:
    assert math.isnan(percentile([], 50))


def burst() -> Burst:
    """Ten seconds, two of warm-up: four answers that count, one before, one refused, one that came after the end."""
    samples = [
        Sample(0.5, 1.5, 200),
        Sample(2.0, 2.01, 200),
        Sample(3.0, 3.02, 200),
        Sample(4.0, 4.03, 200),
        Sample(5.0, 5.04, 200),
        Sample(6.0, 6.5, 503),
        Sample(9.5, 10.5, 200),
    ]
    return Burst(Traffic(samples, cpu=0.014), warm_up=2.0, seconds=10.0, server_cpu=0.07)


def test_latency_counts_what_was_due_after_the_warm_up_and_was_answered() -> None:
    assert burst().ms == pytest.approx([10, 20, 30, 40, 1000])


def test_the_rate_counts_answers_between_warm_up_and_end() -> None:
    assert burst().rps == 4 / 8


def test_the_names_of_a_loads_figures() -> None:
    found = of_burst(burst(), "64")
    assert set(found) == {"p50_ms_64", "p95_ms_64", "p99_ms_64", "rps_64"}
    assert found["p50_ms_64"] == pytest.approx(30)
    assert found["p99_ms_64"] == pytest.approx(1000)


def test_costs_are_shared_by_every_request_of_the_loads() -> None:
    found = of_cost([burst(), burst()])
    assert found["cpu_ms_per_request"] == pytest.approx(10)
    assert found["generator_cpu_ms_per_request"] == pytest.approx(2)
    assert (found["errors"], found["errors_503"]) == (2, 2)


def test_no_answer_at_all_is_an_error_too() -> None:
    found = of_cost([Burst(Traffic([Sample(0, 1, 0), Sample(0, 1, 200)], cpu=0), 0, 1)])
    assert (found["errors"], found["errors_0"]) == (1, 1)
    assert found["cpu_ms_per_request"] is None


def test_memory_is_in_millions_of_bytes_and_unknown_of_a_server_found_running() -> None:
    assert of_memory(Memory(rss=400_000_000, pss=250_500_000)) == {"rss_mb": 400, "pss_mb": 250.5}
    assert of_memory(None) == {"rss_mb": None, "pss_mb": None}


def test_the_owed_ratios() -> None:
    found = owed({"p50_ms_1": 10.0, "encoder_ms": 4.0, "rps_64": 200.0, "encoder_best_rps": 500.0})
    assert found == {"p50_over_encoder": 2.5, "rps_64_over_encoder_best": 0.4}
    assert owed({"encoder_ms": 4.0}) == {"p50_over_encoder": None, "rps_64_over_encoder_best": None}


def test_a_ratio_over_nothing_is_none() -> None:
    assert ratio(1.0, 0.0) is None
    assert ratio(0.0, 2.0) == 0


def test_medians_over_rounds_and_errors_added_up() -> None:
    rounds: list[Figures] = [
        {"rps_1": 1.0, "errors": 1.0, "rss_mb": None},
        {"rps_1": 5.0, "errors": 0.0},
        {"rps_1": 2.0, "errors": 2.0},
    ]
    assert medians(rounds) == {"rps_1": 2.0, "errors": 3.0, "rss_mb": None}


def test_a_file_holds_four_digits_and_null_for_what_is_no_number() -> None:
    assert rounded({"a": 1234.56, "b": math.nan, "c": None, "d": 0.00012345}) == {
        "a": 1235,
        "b": None,
        "c": None,
        "d": 0.0001234,
    }
