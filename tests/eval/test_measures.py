from __future__ import annotations

from math import log2

import ir_measures
import numpy as np
import pytest

from eval.measures import (
    MEANS,
    MEASURES,
    POOLED,
    RANKING,
    measure,
    qrels_of,
    ranking_values,
    run_of,
    sheet_of,
)
from eval.record import Record
from tests.support.records import lost_record, make_record


def only(*records: Record) -> dict[str, float | None]:
    return measure(sheet_of(records))


def ranking(found: dict[str, float | None]) -> list[float | None]:
    return [found[name] for name in ("success@1", "success@3", "success@5", "recall@5", "mrr@10", "ndcg@10")]


def test_every_measure_is_named_once() -> None:
    assert sorted(MEASURES) == sorted({*MEANS, *POOLED})


def test_several_grades_by_hand() -> None:
    found = only(make_record("q", ["x", "part", "full"], {"full": 3, "part": 1, "never": 2}))
    ideal = 3 + 2 / log2(3) + 1 / log2(4)
    ndcg = (1 / log2(3) + 3 / log2(4)) / ideal
    assert ranking(found) == pytest.approx([0, 1, 1, 2 / 3, 1 / 2, ndcg])


def test_ranks_at_the_edges() -> None:
    fifth = make_record("a", ["1", "2", "3", "4", "x"], {"x": 3})
    sixth = make_record("b", ["1", "2", "3", "4", "5", "x"], {"x": 3})
    tenth = make_record("c", [*map(str, range(9)), "x"], {"x": 3})
    assert ranking(only(fifth)) == pytest.approx([0, 0, 1, 1, 1 / 5, 1 / log2(6)])
    assert ranking(only(sixth)) == pytest.approx([0, 0, 0, 0, 1 / 6, 1 / log2(7)])
    assert ranking(only(tenth)) == pytest.approx([0, 0, 0, 0, 1 / 10, 1 / log2(11)])


def test_fewer_than_k_and_no_results() -> None:
    assert ranking(only(make_record("a", ["x"], {"x": 1}))) == [1, 1, 1, 1, 1, 1]
    assert ranking(only(make_record("a", ["y"], {"x": 1}))) == [0, 0, 0, 0, 0, 0]
    assert ranking(only(make_record("a", [], {"x": 1}))) == [0, 0, 0, 0, 0, 0]


def test_a_lost_question_counts_as_zero() -> None:
    found = only(
        make_record("a", ["x"], {"x": 3}, answer_contains=("7天",), reply="7 天"),
        lost_record("b", {"x": 3}, answer_contains=("7天",)),
    )
    assert ranking(found) == [0.5] * 6
    assert (found["answer@1"], found["none_coverage"], found["lost"]) == (0.5, 0.5, 0.5)


def test_no_relevant_article_stays_out_of_ranking_measures_alone() -> None:
    found = only(make_record("a", ["x"], {"x": 3}), make_record("b", ["y"], served=False))
    assert found["success@1"] == 1
    assert found["none_coverage"] == 0.5


def test_unanswerable_only() -> None:
    found = only(
        make_record("a", ["x"], {"x": 1}, answerable=False, served=True, confidence=0.7),
        make_record("b", [], answerable=False, served=False),
    )
    assert ranking(found) == [None] * 6
    assert (found["none_auroc"], found["none_coverage"], found["none_false_suggest"]) == (None, None, 0.5)
    # Confidence 0.7 and, without a suggestion, 0; neither right.
    assert found["ece"] == pytest.approx(0.35)


def test_an_empty_run() -> None:
    assert only() == dict.fromkeys(MEASURES)


def test_answer_forbidden_and_none_by_hand() -> None:
    found = only(
        make_record("a", ["x"], {"x": 3}, answer_contains=("7天", "运费"), reply="7 天内，运费自理"),
        make_record("b", ["x"], {"x": 3}, answer_contains=("7天", "运费"), reply="7 天内"),
        make_record("c", ["x", *"1234567", "old", "9"], {"x": 3}, forbidden=("old",), served=False, confidence=0.3),
        make_record("d", ["x"], {"x": 3}, forbidden=("old",), confidence=0.3),
        make_record("n", ["x"], answerable=False, served=False, confidence=0.3),
    )
    assert (found["answer@1"], found["forbidden"]) == (0.5, 0.5)
    assert (found["none_coverage"], found["none_false_suggest"]) == (0.75, 0.0)
    assert found["none_auroc"] == pytest.approx((1 + 1 + 0.5 + 0.5) / 4)
    assert found["none_coverage_at_10"] == 0.5
    # 0.9 to 1: two, both right, |1.8 - 2|; 0.3 to 0.4: three, two right, |0.9 - 2|.
    assert found["ece"] == pytest.approx((0.2 + 1.1) / 5)


def test_the_run_falls_strictly_with_the_rank() -> None:
    records = [make_record("q", list("abcdefghij"), {"j": 3}), make_record("n", ["a"], answerable=False)]
    run = run_of(records)
    assert list(run) == ["q"]
    assert [article for article, _ in sorted(run["q"].items(), key=lambda item: -item[1])] == list("abcdefghij")
    assert len(set(run["q"].values())) == 10
    assert qrels_of(records) == {"q": {"j": 3}}


def test_equal_to_ir_measures_own_values() -> None:
    random = np.random.default_rng(3)
    articles = [f"a{n}" for n in range(12)]
    qrels: dict[str, dict[str, int]] = {}
    run: dict[str, dict[str, float]] = {}
    for number in range(60):
        drawn = random.permutation(articles)
        qrels[f"q{number}"] = {str(a): int(random.integers(1, 4)) for a in drawn[: 1 + number % 4]}
        # Some questions are missing from the run, some short, some hold nothing relevant.
        if number % 7:
            shown = random.permutation(articles)[: 1 + number % 10]
            run[f"q{number}"] = {str(a): 100.0 - rank for rank, a in enumerate(shown)}
    values = ranking_values(qrels, run)
    whole = ir_measures.calc_aggregate(list(RANKING.values()), qrels, run)
    for name, asked in RANKING.items():
        assert len(values[name]) == 60
        assert np.mean(list(values[name].values())) == pytest.approx(whole[asked], abs=1e-12)
        assert 0 < whole[asked] < 1


def test_slices() -> None:
    sheet = sheet_of(
        [
            make_record("a", ["x"], {"x": 3}, tags=("typo", "sku")),
            make_record("b", ["y"], {"x": 3}, tags=("typo",)),
            make_record("c", ["y"], {"x": 3}),
        ]
    )
    assert sheet.slices == ("sku", "typo")
    assert [measure(sheet.tagged(tag))["success@1"] for tag in sheet.slices] == [1.0, 0.5]
    assert len(sheet.tagged("none")) == 0
    assert measure(sheet.tagged("none")) == dict.fromkeys(MEASURES)
