from __future__ import annotations

from math import sqrt

import pytest

from eval.bootstrap import intervals
from eval.measures import MEASURES, sheet_of
from tests.support.records import make_record


def test_the_interval_of_a_share_is_about_that_of_the_normal_distribution() -> None:
    records = [make_record(f"q{n}", ["x" if n < 120 else "y"], {"x": 3}) for n in range(200)]
    found = intervals(sheet_of(records))["success@1"]
    swing = 1.96 * sqrt(0.6 * 0.4 / 200)
    assert found == pytest.approx((0.6 - swing, 0.6 + swing), abs=0.012)


def test_the_same_questions_give_the_same_intervals() -> None:
    records = [make_record(f"q{n}", ["x" if n % 3 else "y"], {"x": 3}, confidence=n / 40) for n in range(40)]
    records += [make_record(f"n{n}", ["x"], answerable=False, confidence=n / 20) for n in range(10)]
    first = intervals(sheet_of(records))
    assert first == intervals(sheet_of(records))
    for name in ("none_auroc", "none_coverage_at_10", "ece"):
        low, high = first[name] or (1, 0)
        assert 0 <= low < high <= 1


def test_what_never_varies_has_no_width_and_what_is_absent_no_interval() -> None:
    found = intervals(sheet_of([make_record(f"q{n}", ["x"], {"x": 3}) for n in range(5)]))
    assert (found["success@1"], found["lost"]) == ((1.0, 1.0), (0.0, 0.0))
    assert found["none_auroc"] is found["none_false_suggest"] is found["answer@1"] is None
    assert intervals(sheet_of([])) == dict.fromkeys(MEASURES)
    alone = intervals(sheet_of([make_record("n", ["x"], answerable=False, confidence=0.25)]))
    assert alone["ece"] == (0.25, 0.25)
    assert alone["none_coverage_at_10"] is None
