from __future__ import annotations

import numpy as np
import pytest

from eval.confidence import Doubles, auroc, calibration_error, coverage_at


def row(*values: float) -> Doubles:
    return np.array([values], dtype=np.float64)


def test_auroc_by_hand() -> None:
    # Of six pairs four are won, one is a tie: (4 + 0.5) / 6.
    assert auroc(row(0.9, 0.5, 0.4), row(0.4, 0.45))[0] == pytest.approx(4.5 / 6)
    assert auroc(row(0.5, 0.5), row(0.5))[0] == 0.5
    assert auroc(row(0.1), row(0.9))[0] == 0.0


def test_auroc_of_many_resamples_is_that_of_each() -> None:
    random = np.random.default_rng(1)
    yes, no = random.integers(5, size=(40, 30)) / 5.0, random.integers(5, size=(40, 20)) / 5.0
    for a, u, found in zip(yes, no, auroc(yes, no), strict=True):
        assert found == pytest.approx(np.mean([(x > y) + 0.5 * (x == y) for x in a for y in u]))


def test_coverage_at_a_share_of_false_suggestions_by_hand() -> None:
    unanswerable = row(0.9, *[0.3] * 3, *[0.1] * 6)
    # One in ten may be offered: the threshold lies above 0.3, so 0.3 itself is not covered.
    assert coverage_at(row(0.95, 0.5, 0.3, 0.2), unanswerable)[0] == 0.5
    # Of nine none may: only what is above 0.9.
    assert coverage_at(row(0.95, 0.5, 0.3, 0.2), unanswerable[:, :9])[0] == 0.25
    assert coverage_at(row(0.95, 0.5), row(0.1), false_share=0.0)[0] == 1.0


def test_calibration_error_by_hand() -> None:
    # Bin 0.9–1: confidence 0.95 and 1.0, one right: |1.95 - 1| = 0.95. Bin 0.2–0.3: |0.2 - 1| = 0.8.
    assert calibration_error(row(0.95, 1.0, 0.2), row(1, 0, 1))[0] == pytest.approx((0.95 + 0.8) / 3)
    assert calibration_error(row(0.5, 0.5), row(1, 0))[0] == 0.0


def test_a_side_without_questions_is_not_a_number() -> None:
    none = np.empty((2, 0))
    some = np.ones((2, 3))
    for statistic in (auroc, coverage_at):
        assert np.isnan(statistic(none, some)).all()
        assert np.isnan(statistic(some, none)).all()
    assert np.isnan(calibration_error(none, none)).all()
