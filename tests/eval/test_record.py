from __future__ import annotations

from pathlib import Path

import pytest

from eval.errors import EvaluationError
from eval.question_set import Relevant
from eval.record import RUN, Record, read_records, record_of, same_heading
from kb.moment import parse_moment
from kb.question import Context, Role, Stage, Turn
from tests.support.articles import ZONE
from tests.support.records import lost_record, make_answer, make_question, make_record


def test_ranks_and_headings_of_the_relevant() -> None:
    wanted = (Relevant("b", "节", 3), Relevant("b", "别处", 2), Relevant("c", "节", 1), Relevant("a"))
    question = make_question("q")
    record = record_of(type(question)("q", "?", relevant=wanted), make_answer(["a", "b"]))
    assert [(w.article, w.rank, w.under_heading) for w in record.relevant] == [
        ("b", 2, True),
        ("b", 2, False),
        ("c", None, None),
        ("a", 1, None),
    ]
    assert record.verdicts.success_at_1
    assert [item.article for item in record.ranking] == ["a", "b"]
    assert record.ranking[0].scores == {"late": 0.9}


def test_a_decisive_string_may_stand_in_reply_or_snippet() -> None:
    question = make_question("q", {"a": 3}, answer_contains=("7天", "运费", "发票"))
    record = record_of(question, make_answer(["a", "b"], reply="7 天", snippet="运费"))
    assert (record.verdicts.missing, record.verdicts.answer_at_1) == (("发票",), False)
    assert not record.verdicts.right
    nothing = record_of(question, make_answer([]))
    assert nothing.verdicts.missing == ("7天", "运费", "发票")
    assert (nothing.served, nothing.confidence) == (False, 0.0)


@pytest.mark.parametrize(
    ("record", "right"),
    [
        (make_record("q", ["a"], {"a": 3}), True),
        (make_record("q", ["a"], {"a": 3}, served=False), True),
        (make_record("q", ["b"], {"a": 3}), False),
        (make_record("q", ["a"], {"a": 3}, answer_contains=("x",)), False),
        (make_record("q", ["a"], answerable=False, served=False), True),
        (make_record("q", ["a"], answerable=False), False),
        (lost_record("q", answerable=False), False),
        (lost_record("q", {"a": 3}), False),
    ],
)
def test_right(record: Record, right: bool) -> None:
    assert record.verdicts.right is right


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    at = parse_moment("2026-11-22", ZONE)
    question = make_question(
        "q",
        {"a": 3},
        history=(Turn(Role.CUSTOMER, "在吗"),),
        context=Context("QY-W10", "jd", Stage.PRE_SALE, at),
        tags=("typo",),
    )
    records = (record_of(question, make_answer(["a\u2028", "b"], reply="一\n二")), lost_record("r", {"a": 3}))
    assert records[0].context == {
        "product": "QY-W10",
        "channel": "jd",
        "stage": "pre-sale",
        "at": "2026-11-22T00:00:00+08:00",
    }
    assert records[1].error == "ValueError: broken"
    lines = [record.model_dump_json(by_alias=True) for record in records]
    assert '"success@1":false' in lines[0]
    (tmp_path / RUN).write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert read_records(tmp_path) == records


def test_a_run_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"run.jsonl cannot be read"):
        read_records(tmp_path)
    (tmp_path / RUN).write_text('{"id": "q"}\n', encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"run.jsonl:1: \('question',\): Field required"):
        read_records(tmp_path)


def test_headings_are_compared_without_spaces_and_case() -> None:
    assert same_heading(" 退货  规则", ("退货 规则", "运费"))
    assert same_heading("FAQ", ("faq",))
    assert not same_heading("退货", ("退货规则",))
