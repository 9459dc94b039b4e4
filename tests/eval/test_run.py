from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import ir_measures
import pytest

from eval.errors import EvaluationError
from eval.question_set import LabelledQuestion
from eval.record import Record, read_records
from eval.run import (
    Setup,
    answer_all,
    prepare_out,
    qrels_trec,
    read_summary,
    run_trec,
    summarise,
    trec_name,
    write_run,
)
from kb.assistant import Assistant, AssistantSettings
from kb.moment import parse_moment
from kb.question import Context
from tests.support.articles import ZONE
from tests.support.library import make_assistant, small_library
from tests.support.records import make_question, make_record

AUGUST = Context(at=parse_moment("2026-08-01", ZONE))
QUESTIONS = (
    make_question("now", {"return-new": 3}, text="退货的运费", forbidden=("return-old",), answer_contains=("25元",)),
    make_question(
        "august", {"return-old": 3}, text="退货的运费", context=AUGUST, answer_contains=("12元",), tags=("as-of",)
    ),
    make_question("wrong", {"washer": 3}, text="发票", tags=("as-of",)),
    make_question("none", text="电饭煲", answerable=False),
)
SETUP = Setup("toy run", "articles", "set.jsonl", "all", None, datetime.fromisoformat("2026-11-22T00:00:00+08:00"))


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return make_assistant(small_library(), tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def records(assistant: Assistant) -> tuple[Record, ...]:
    return answer_all(assistant, QUESTIONS)


def summary_of(records: tuple[Record, ...]) -> dict[str, Any]:
    return summarise(records, AssistantSettings(), "g1", SETUP)


def test_every_question_goes_through_the_assistant(records: tuple[Record, ...]) -> None:
    now, august, wrong, none = records
    assert now.ranking[0].article == "return-new"
    assert "return-old" not in {item.article for item in now.ranking}
    assert (now.verdicts.right, now.verdicts.forbidden, now.verdicts.missing) == (True, (), ())
    assert august.ranking[0].article == "return-old"
    assert august.context == {"at": "2026-08-01T00:00:00+08:00"}
    assert {"dense", "chars", "words", "late", "sum"} <= set(now.ranking[0].scores)
    assert wrong.ranking[0].article == "invoice-jd"
    assert wrong.verdicts.success_at_1 is False
    assert set(now.took_ms) == {"understand", "encode", "retrieve", "features", "rank", "reply", "total"}
    assert not none.answerable


def test_a_question_that_raises_is_lost_and_the_run_goes_on(assistant: Assistant) -> None:
    class Broken:
        def suggest(self, question: object) -> object:
            raise ValueError("broken" if question else "nothing was asked")

    lost, empty = answer_all(Broken(), (QUESTIONS[0], make_question("n", answerable=False)))  # type: ignore[arg-type]
    assert (lost.error, lost.verdicts.success_at_1, lost.served) == ("ValueError: broken", False, False)
    assert empty.error == "ValueError: broken"
    too_long = make_question("long", {"washer": 3}, text="洗" * 3000)
    (found,) = answer_all(assistant, (too_long,))
    assert found.error is not None
    assert found.error.startswith("QuestionError: question: has 3000 characters")


def test_progress_counts_every_question(assistant: Assistant) -> None:
    seen: list[tuple[str, int, int]] = []
    answer_all(assistant, QUESTIONS[:2], lambda *now: seen.append(now))
    assert seen == [("answering", 1, 2), ("answering", 2, 2)]


def test_the_summary(records: tuple[Record, ...]) -> None:
    found = summary_of(records)
    assert list(found) == ["n", "measures", "intervals", "slices", "latency_ms", "config", "generation", "commit"]
    assert found["n"] == 4
    assert found["measures"]["success@1"] == pytest.approx(2 / 3, abs=1e-6)
    assert (found["measures"]["answer@1"], found["measures"]["forbidden"]) == (1.0, 0.0)
    low, high = found["intervals"]["success@1"]
    assert 0 <= low < 2 / 3 < high <= 1
    assert found["slices"] == {"as-of": {"n": 2, "measures": found["slices"]["as-of"]["measures"]}}
    assert found["slices"]["as-of"]["measures"]["success@1"] == 0.5
    took = found["latency_ms"]
    assert 0 < took["p50"] <= took["p95"]
    assert set(took["by_stage"]) == {"understand", "encode", "retrieve", "features", "rank", "reply"}
    assert found["config"]["assistant"] == AssistantSettings().config
    assert found["config"]["weights"] == {"dense": 0.5, "late": 1.0, "chars": 0.7}
    assert (found["config"]["generation"], found["config"]["at"]) == ("g1", "2026-11-22T00:00:00+08:00")
    assert json.loads(json.dumps(found)) == found


def test_the_summary_of_an_empty_run() -> None:
    found = summary_of(())
    assert found["n"] == 0
    assert set(found["measures"].values()) == set(found["intervals"].values()) == {None}
    assert found["latency_ms"] == {"p50": None, "p95": None, "by_stage": {}}


def test_any_trec_tool_recomputes_the_measures(records: tuple[Record, ...], tmp_path: Path) -> None:
    summary = summary_of(records)
    write_run(tmp_path, records, summary)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["qrels.trec", "run.jsonl", "run.trec", "summary.json"]
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "qrels.trec")))  # type: ignore[no-untyped-call]
    run = list(ir_measures.read_trec_run(str(tmp_path / "run.trec")))  # type: ignore[no-untyped-call]
    asked = {"success@1": "Success@1", "recall@5": "R@5", "mrr@10": "RR@10", "ndcg@10": "nDCG@10"}
    for name, written in asked.items():
        measure = ir_measures.parse_measure(written)
        value = ir_measures.calc_aggregate([measure], qrels, run)[measure]
        assert value == pytest.approx(summary["measures"][name], abs=1e-6)
    assert {line.query_id for line in qrels} == {"now", "august", "wrong"}
    assert (tmp_path / "run.trec").read_text(encoding="utf-8").startswith("now Q0 return-new 1 999 toy-run\n")
    assert read_records(tmp_path) == records
    assert read_summary(tmp_path) == summary


def test_names_that_would_part_a_trec_line() -> None:
    assert trec_name("a b%\u3000c") == "a%20b%25%E3%80%80c"
    record = make_record("q 1", ["doc 1", "d2"], {"doc 1": 2})
    assert qrels_trec([record]) == "q%201 0 doc%201 2\n"
    assert run_trec([record], " ") == "q%201 Q0 doc%201 1 999 kb\nq%201 Q0 d2 2 998 kb\n"


class Interrupted(tuple[Record, ...]):
    """Records that the user interrupts while they are written."""

    def __iter__(self) -> Iterator[Record]:
        yield from ()
        raise KeyboardInterrupt


def test_an_interrupted_run_leaves_nothing_new(records: tuple[Record, ...], tmp_path: Path) -> None:
    first = summary_of(records)
    write_run(tmp_path, records, first)
    with pytest.raises(KeyboardInterrupt):
        write_run(tmp_path, Interrupted(records), replace_name(first, "other"))
    assert read_summary(tmp_path) == first
    assert read_records(tmp_path) == records
    assert len(list(tmp_path.iterdir())) == 4


def test_a_summary_never_stands_beside_files_of_another_run(
    records: tuple[Record, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = summary_of(records)
    write_run(tmp_path, records, summary)
    replaced: list[str] = []

    def fail(self: Path, target: Path) -> Path:
        replaced.append(target.name)
        if len(replaced) == 2:
            raise KeyboardInterrupt
        return self.rename(target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        write_run(tmp_path, records[:1], summary)
    assert not (tmp_path / "summary.json").exists()


def test_an_earlier_run_is_replaced_and_other_files_stay(records: tuple[Record, ...], tmp_path: Path) -> None:
    write_run(tmp_path, records, summary_of(records))
    (tmp_path / "report.html").write_text("x", encoding="utf-8")
    write_run(tmp_path, records[:1], summary_of(records[:1]))
    assert (read_summary(tmp_path)["n"], len(read_records(tmp_path))) == (1, 1)
    assert (tmp_path / "report.html").exists()


def test_a_folder_that_cannot_be_made_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"--out .*file/run: Not a directory"):
        prepare_out(tmp_path / "file" / "run")


@pytest.mark.parametrize(("text", "what"), [(None, "holds no summary.json"), ("{", "cannot be read"), ("[]", "cannot")])
def test_a_summary_that_cannot_be_read(tmp_path: Path, text: str | None, what: str) -> None:
    if text is not None:
        (tmp_path / "summary.json").write_text(text, encoding="utf-8")
    with pytest.raises(EvaluationError, match=what):
        read_summary(tmp_path)


def replace_name(summary: dict[str, Any], name: str) -> dict[str, Any]:
    return {**summary, "config": {**summary["config"], "name": name}}


def test_the_question_is_asked_with_its_talk_and_context() -> None:
    asked: list[Any] = []

    class Listening:
        def suggest(self, question: object) -> object:
            asked.append(question)
            raise ValueError("enough")

    question = replace(QUESTIONS[1], context=Context(product="QY-W10", channel="jd", at=AUGUST.at))
    answer_all(Listening(), (question,))  # type: ignore[arg-type]
    assert asked == [LabelledQuestion.asked(question)]
    assert (asked[0].context, asked[0].limit, asked[0].explain) == (question.context, 10, True)
