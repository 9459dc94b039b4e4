from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from eval.errors import EvaluationError
from eval.gate import Baseline, accept, must_pass, read_baseline, run_failures, write_baseline
from eval.run import Setup, summarise
from kb.assistant import AssistantSettings
from tests.support.articles import make_article
from tests.support.library import NOW, make_assistant
from tests.support.records import lost_record, make_record

ON = datetime.fromisoformat("2026-11-22T12:00:00+08:00")


def summary(n: int = 100, /, **measures: float | None) -> dict[str, Any]:
    found = summarise((), AssistantSettings(), "g1", Setup("shop", "articles", "shop.jsonl"))
    return {**found, "n": n, "measures": {name.replace("_at_", "@"): value for name, value in measures.items()}}


def accepted(**measures: float) -> Baseline:
    return accept(Baseline(), summary(**measures), "first", ON)


def failures(baseline: Baseline, found: dict[str, Any]) -> list[str]:
    return [str(failure) for failure in run_failures(baseline, found, ())]


def test_a_measure_may_fall_by_its_tolerance_and_no_more() -> None:
    baseline = accepted(success_at_1=0.8, forbidden=0.0)
    assert failures(baseline, summary(success_at_1=0.78, forbidden=0.0)) == []
    assert failures(baseline, summary(success_at_1=0.95, forbidden=0.0)) == []
    assert failures(baseline, summary(success_at_1=0.779, forbidden=0.0)) == [
        "success@1: fell from 0.800 to 0.779, 0.021 with 0.020 allowed"
    ]


def test_where_lower_is_better_a_rise_fails() -> None:
    baseline = accepted(none_false_suggest=0.1)
    assert failures(baseline, summary(none_false_suggest=0.0)) == []
    assert failures(baseline, summary(none_false_suggest=0.2)) == [
        "none_false_suggest: rose from 0.100 to 0.200, 0.100 with 0.030 allowed"
    ]


def test_what_is_no_longer_measured_another_size_and_an_unknown_run_fail() -> None:
    baseline = accepted(success_at_1=0.8)
    assert failures(baseline, summary(success_at_1=None)) == [
        "success@1: 0.800 in the baseline, not measured by this run"
    ]
    assert failures(baseline, summary(99, success_at_1=0.8)) == [
        "shop: 99 questions, 100 in the baseline; accept the new set first"
    ]
    assert failures(Baseline(), summary()) == [
        "shop: the baseline has no run of that name (it has: none); accept it first"
    ]


def test_anything_forbidden_fails_by_the_questions_name() -> None:
    records = (
        make_record("fine", ["a"], {"a": 3}, forbidden=("old",)),
        make_record("bad", ["a", "old"], {"a": 3}, forbidden=("old",)),
        lost_record("lost", {"a": 3}, forbidden=("old",)),
    )
    found = run_failures(accepted(success_at_1=0.8), summary(success_at_1=0.8), records)
    assert [str(failure) for failure in found] == ["bad: suggests old, which is forbidden for it"]


def test_must_pass_by_hand(tmp_path: Path) -> None:
    articles = (
        make_article("return", "退货", "退货的运费 12 元。", must_pass=["退货的运费", "洗衣机"]),
        make_article(
            "washer", "洗衣机", "洗衣机 10 公斤。", "product", products=["QY-W10", "QY-W8"], must_pass=["洗衣机"]
        ),
        make_article("jd", "京东发票", "发票由京东开具。", channels=["jd", "tmall"], must_pass=["发票"]),
        make_article("taobao", "淘宝发票", "发票发票发票。", channels=["taobao"]),
        make_article("later", "优惠", "优惠。", "promotion", effective_from="2027-01-01", must_pass=["优惠"]),
        make_article("over", "旧手环", "手环。", effective_until="2026-01-01", must_pass=["手环"]),
    )
    found = must_pass(make_assistant(articles, tmp_path), articles, NOW)
    assert (found.asked, found.ended) == (5, 1)
    assert [str(failure) for failure in found.failures] == ["洗衣机: must_pass of return, but washer comes first"]


def test_what_overrides_an_article_may_stand_above_it_and_nothing_else_may(tmp_path: Path) -> None:
    articles = (
        make_article("base", "优惠", "优惠券不能叠加。", must_pass=["优惠"]),
        make_article("sale", "周年", "优惠。", overrides=["base"], effective_from="2027-01-01", must_pass=["优惠"]),
        make_article("hour", "整点", "优惠优惠。", overrides=["sale"], effective_from="2027-01-15"),
    )
    assistant = make_assistant(articles, tmp_path)
    assert must_pass(assistant, articles, NOW).failures == ()
    during = datetime.fromisoformat("2027-02-01T00:00:00+08:00")
    assert must_pass(assistant, articles, during).failures == ()
    rival = (*articles, make_article("rival", "优惠", "优惠", questions=["优惠"]))
    found = must_pass(make_assistant(rival, tmp_path), rival, during)
    assert {f.why for f in found.failures} <= {
        "must_pass of base, but rival comes first",
        "must_pass of sale, but rival comes first",
    }
    assert found.failures


def test_a_question_that_finds_nothing_fails(tmp_path: Path) -> None:
    articles = (make_article("a", "发票", "发票。", must_pass=["一" * 3000]),)
    found = must_pass(make_assistant(articles, tmp_path), articles, NOW)
    assert [f.why for f in found.failures] == ["must_pass of a, but nothing comes first"]


def test_accepting_keeps_tolerances_other_runs_and_every_reason(tmp_path: Path) -> None:
    path = tmp_path / "new" / "baseline.json"
    first = accept(read_baseline(path), summary(success_at_1=0.8, none_auroc=None), " first ", ON)
    assert first.runs["shop"].measures == {"success@1": 0.8}
    write_baseline(path, first)
    loose = path.read_text(encoding="utf-8").replace('"success@1": 0.02', '"success@1": 0.5')
    path.write_text(loose, encoding="utf-8")
    second = accept(read_baseline(path), summary(success_at_1=0.7, ndcg_at_10=0.9), "new set", ON)
    write_baseline(path, second)
    read = read_baseline(path)
    assert read == second
    assert read.runs["shop"].tolerances == {"success@1": 0.5, "ndcg@10": 0.02}
    assert [(m.reason, m.before, m.after) for m in read.history] == [
        ("first", {}, {"success@1": 0.8}),
        ("new set", {"success@1": 0.8}, {"success@1": 0.7, "ndcg@10": 0.9}),
    ]
    assert [p.name for p in path.parent.iterdir()] == ["baseline.json"]


def test_a_baseline_needs_a_reason() -> None:
    with pytest.raises(EvaluationError, match="a baseline moves for a reason"):
        accept(Baseline(), summary(), "  ", ON)


@pytest.mark.parametrize(
    ("text", "what"),
    [("{", "is no baseline"), ('{"format": 2}', "has format 2, this program reads 1"), ("[]", "has format None")],
)
def test_a_file_that_is_no_baseline(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EvaluationError, match=what):
        read_baseline(path)
