from __future__ import annotations

import pytest

from eval.failure import Loser, best_expected, kinds_of, losers
from eval.leg_order import leg_rows
from eval.record import Record
from tests.support.records import lost_record, make_record


def test_kinds_of_failure() -> None:
    assert kinds_of(make_record("ok", ["x"], {"x": 3})) == ()
    assert kinds_of(make_record("wrong", ["y", "x"], {"x": 3})) == ("wrong_first",)
    lacking = make_record("lack", ["x"], {"x": 3}, answer_contains=("7 天",), reply="15 天")
    assert kinds_of(lacking) == ("missing",)
    assert kinds_of(make_record("old", ["x", "old"], {"x": 3}, forbidden=("old",))) == ("forbidden",)
    assert kinds_of(make_record("shy", ["x"], {"x": 3}, served=False)) == ("silent",)
    assert kinds_of(make_record("bold", ["x"], answerable=False)) == ("offered",)
    assert kinds_of(make_record("none", ["x"], answerable=False, served=False)) == ()
    assert kinds_of(make_record("nothing", [], {"x": 3})) == ("wrong_first", "silent")
    assert kinds_of(lost_record("gone", {"x": 3}, answer_contains=("7",))) == ("lost",)


def test_losers_by_hand() -> None:
    found = losers(
        [
            make_record("a", ["y", "x"], {"x": 3}),
            make_record("b", ["y"], {"x": 3}),
            make_record("c", ["z"], {"x": 3}),
            make_record("d", ["z"], answerable=False),
            make_record("e", ["z"], answerable=False, served=False),
            make_record("f", ["x"], {"x": 3}),
        ]
    )
    # x is missed three times, twice for y; z is first once wrongly and once offered where there is no answer.
    assert found == (
        Loser("x", "x", 3, 0, ("y", 2)),
        Loser("y", "y", 0, 2, ("x", 2)),
        Loser("z", "z", 0, 2, ("x", 1)),
    )
    assert losers([]) == ()


def test_a_lost_question_misses_its_article_and_blames_nobody() -> None:
    assert losers([lost_record("q", {"x": 3})]) == (Loser("x", "", 1, 0, None),)


def test_best_expected_is_the_best_grade_then_the_best_rank() -> None:
    assert best_expected(make_record("q", ["b", "a"], {"a": 3, "b": 2})) == "a"
    assert best_expected(make_record("q", ["c", "b", "a"], {"a": 3, "b": 3})) == "b"
    with pytest.raises(ValueError, match="empty"):
        best_expected(make_record("q", ["a"]))


def scored(id: str, scores: dict[str, dict[str, float]], relevant: str) -> Record:  # noqa: A002
    """Articles in the order given, with a score a leg."""
    record = make_record(id, list(scores), {relevant: 3})
    ranking = tuple(item.model_copy(update={"scores": scores[item.article]}) for item in record.ranking)
    return record.model_copy(update={"ranking": ranking})


def test_each_legs_own_order_by_hand() -> None:
    rows = leg_rows(
        [
            scored("a", {"y": {"dense": 0.2, "late": 0.9}, "x": {"dense": 0.8, "late": 0.1}}, "x"),
            # Equal scores keep the served order; an article without the score comes last.
            scored("b", {"x": {"dense": 0.5, "late": 0.5}, "y": {"dense": 0.5}}, "x"),
        ]
    )
    found = {row.name: row.measures for row in rows}
    assert list(found) == ["dense", "late", "all"]
    assert found["dense"] == {"success@1": 1.0, "ndcg@10": 1.0}
    assert found["late"]["success@1"] == 0.5
    assert found["late"]["ndcg@10"] == pytest.approx((1 + 0.63093) / 2, abs=1e-4)
    assert found["all"]["success@1"] == 0.5
    assert leg_rows([make_record("n", ["x"], answerable=False)]) == ()
