from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from eval.compare import Comparison, Difference, compare, pooled_test, randomisation_test
from eval.errors import EvaluationError
from eval.measures import sheet_of
from eval.record import Record
from tests.support.records import lost_record, make_record


def exact(gaps: list[float]) -> float:
    """Two-sided p over all sign flips."""
    sums = [abs(sum(s * g for s, g in zip(signs, gaps, strict=True))) for signs in product((1, -1), repeat=len(gaps))]
    return float(np.mean([s >= abs(sum(gaps)) - 1e-9 for s in sums]))


def p_of(gaps: list[float], flips: int = 10_000) -> float:
    after = np.array(gaps)
    return randomisation_test(np.zeros(len(gaps)), after, np.random.default_rng(7), flips)


def test_randomisation_by_hand() -> None:
    # Five wins, no loss: only ++++ + and ----- are as far, 2 of 32.
    assert exact([1.0] * 5) == 2 / 32
    assert p_of([1.0] * 5) == pytest.approx(2 / 32, abs=0.01)
    assert p_of([1.0] * 12 + [0.0] * 30) == pytest.approx(2 / 4096, abs=5e-4)
    gaps = [0.5, 0.25, -0.1, 0.7, 0.0, -0.3, 0.2, 0.9]
    assert p_of(gaps) == pytest.approx(exact(gaps), abs=0.015)
    assert p_of([-g for g in gaps]) == pytest.approx(exact(gaps), abs=0.015)


def test_randomisation_at_the_edges() -> None:
    assert p_of([]) == 1.0
    assert p_of([0.0, 0.0]) == 1.0
    assert p_of([1.0, -1.0]) == 1.0
    assert p_of([1.0]) == 1.0
    # p is never 0: the flip that was seen is one of them.
    assert p_of([1.0] * 200, flips=100) == pytest.approx(1 / 101)


def run(firsts: str, confidences: list[float] | None = None, tag: str = "even") -> list[Record]:
    """A question a letter; `x` is right, others wrong."""
    return [
        make_record(
            f"q{n}",
            [first],
            {"x": 3},
            tags=(tag,) if n % 2 == 0 else (),
            confidence=confidences[n] if confidences else 0.9,
            reply=f"答{first}",
        )
        for n, first in enumerate(firsts)
    ]


def difference(found: Comparison, measure: str, of: str = "all") -> Difference:
    (one,) = [d for d in found.differences if d.measure == measure and d.slice == of]
    return one


def test_better_worse_and_not_shown() -> None:
    before, after = run("y" * 20), run("x" * 8 + "y" * 12)
    better = difference(compare(before, after), "success@1")
    assert (better.n, better.before, better.after, better.word) == (20, 0.0, 0.4, "better")
    assert better.p == pytest.approx(2 / 256, abs=0.004)
    assert difference(compare(after, before), "success@1").word == "worse"
    # On the slice four wins of ten: p is 2 / 16.
    part = difference(compare(before, after), "success@1", "even")
    assert (part.n, part.after, part.word) == (10, 0.4, "not shown")
    assert part.p == pytest.approx(2 / 16, abs=0.015)
    assert difference(compare(before, before), "success@1").p == 1.0


def test_lower_is_better_where_it_is() -> None:
    clean = [make_record(f"q{n}", ["x"], {"x": 3}, forbidden=("old",)) for n in range(10)]
    dirty = [make_record(f"q{n}", ["x", "old"], {"x": 3}, forbidden=("old",)) for n in range(10)]
    assert difference(compare(clean, dirty), "forbidden").word == "worse"
    assert difference(compare(dirty, clean), "forbidden").word == "better"


def test_won_and_lost_questions_with_both_first_answers() -> None:
    found = compare(run("yxx"), run("xyx"))
    (won,), (lost,) = found.won, found.lost
    assert (won.id, won.before, won.after, won.before_reply, won.after_reply) == ("q0", "y", "x", "答y", "答x")
    assert (lost.id, lost.wanted) == ("q1", ("x",))
    none = compare(
        [make_record("n", ["a"], answerable=False)], [make_record("n", ["a"], answerable=False, served=False)]
    )
    assert (none.won[0].wanted, none.won[0].before, none.won[0].after) == (("none",), "a", "(a)")
    assert compare(run("x"), [lost_record("q0", {"x": 3})]).lost[0].after == "lost"


def test_only_questions_of_both_runs_are_compared() -> None:
    found = compare(run("xyx"), run("xy"))
    assert (found.n, found.only_before, found.only_after) == (2, 1, 0)
    assert difference(found, "success@1").before == 0.5


def test_runs_of_different_sets_are_refused() -> None:
    with pytest.raises(EvaluationError, match="share no question"):
        compare(run("x"), [make_record("other", ["x"], {"x": 3})])
    with pytest.raises(EvaluationError, match=r"1 question.s. are labelled otherwise in the two runs, q0 first"):
        compare(run("x"), [make_record("q0", ["x"], {"z": 3})])


def none_run(yes: list[float], no: list[float]) -> list[Record]:
    found = [make_record(f"y{n}", ["x"], {"x": 3}, confidence=c) for n, c in enumerate(yes)]
    return found + [make_record(f"n{n}", ["x"], answerable=False, confidence=c) for n, c in enumerate(no)]


def test_pooled_measures_are_tested_by_swapping_answers() -> None:
    random = np.random.default_rng(5)
    labels = [1.0] * 30 + [0.0] * 30
    blind = random.random(60)
    sharp = [0.5 * v + 0.5 * label for v, label in zip(blind, labels, strict=True)]
    before, after = none_run(list(blind[:30]), list(blind[30:])), none_run(sharp[:30], sharp[30:])
    found = compare(before, after, flips=500)
    assert difference(found, "none_auroc").word == "better"
    assert difference(compare(after, before, flips=500), "none_auroc").word == "worse"
    shuffled = none_run(list(random.random(30)), list(random.random(30)))
    assert difference(compare(before, shuffled, flips=500), "none_auroc").word == "not shown"


def test_auroc_is_compared_by_order_not_by_scale() -> None:
    yes, no = [0.9, 0.8, 0.7, 0.3], [0.6, 0.5, 0.2]
    one = sheet_of(none_run(yes, no))
    other = sheet_of(none_run([c / 10 for c in yes], [c / 10 for c in no]))
    assert pooled_test("none_auroc", one, other, np.random.default_rng(1)) == 1.0
    assert pooled_test("ece", one, other, np.random.default_rng(1), flips=200) < 1.0
