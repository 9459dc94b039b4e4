from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eval.add import add
from eval.errors import QuestionSetError
from eval.question_set import LabelledQuestion, read_question_set
from kb.errors import Problem
from tests.support.articles import ZONE
from tests.support.library import NOW, small_library

ARTICLES = small_library()


def added(path: Path, **fields: object) -> tuple[LabelledQuestion, tuple[Problem, ...]]:
    asked = {"question": "运费谁出", "relevant": [{"article": "return-new"}], **fields}
    return add(path, json.dumps(asked, ensure_ascii=False, indent=1), ARTICLES, NOW, ZONE)


def test_a_set_is_begun_and_grows(tmp_path: Path) -> None:
    path = tmp_path / "sets" / "day.jsonl"
    first, doubts = added(path)
    assert (first.id, first.line, doubts) == ("q-1", 1, ())
    second, _ = added(path, id="mine", question="怎么退")
    third, _ = added(path, id=None, question="退货贵吗")
    assert (second.id, second.line, third.id) == ("mine", 2, "q-3")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[1] == '{"question": "怎么退", "relevant": [{"article": "return-new"}], "id": "mine"}'
    assert [q.id for q in read_question_set(path, ZONE)] == ["q-1", "mine", "q-3"]


def test_a_last_line_without_an_end_gets_one(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"id": "q-2", "question": "?", "answerable": false}', encoding="utf-8")
    assert added(path)[0].id == "q-3"
    assert len(read_question_set(path, ZONE)) == 2


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"relevant": [{"article": "gone"}]}, "no article is called gone"),
        ({"relevant": [{"article": "return-old"}]}, "return-old is not in force"),
        ({"relevent": []}, "`relevent`: Extra inputs"),
        ({"id": "known"}, "`id`: known stands on line 1 already"),
        ({"question": "已有？"}, "asks what known asks"),
        ({"answer_contains": ["99元"]}, "99元 does not stand in return-new"),
    ],
)
def test_a_question_with_problems_changes_nothing(tmp_path: Path, fields: dict[str, object], what: str) -> None:
    path = tmp_path / "set.jsonl"
    before = '{"id": "known", "question": "已有", "relevant": [{"article": "gone-long-ago"}]}\n'
    path.write_text(before, encoding="utf-8")
    with pytest.raises(QuestionSetError, match=what):
        added(path, **fields)
    assert path.read_text(encoding="utf-8") == before
    assert [p.name for p in tmp_path.iterdir()] == ["set.jsonl"]


@pytest.mark.parametrize("written", ["", "{", "[]", '"x"', "{\n}\n{"])
def test_what_is_no_json_object_is_refused(tmp_path: Path, written: str) -> None:
    with pytest.raises(QuestionSetError, match=r"set.jsonl:1: not"):
        add(tmp_path / "set.jsonl", written, ARTICLES, NOW, ZONE)
    assert list(tmp_path.iterdir()) == []


def test_a_set_with_bad_lines_is_not_added_to(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text("{\n", encoding="utf-8")
    with pytest.raises(QuestionSetError, match=r"set.jsonl:1: not JSON"):
        added(path)


def test_doubts_are_told_and_do_not_stop(tmp_path: Path) -> None:
    _, doubts = added(tmp_path / "set.jsonl", answer_contains=["25元"])
    assert doubts == ()
    both = [{"article": "return-new"}, {"article": "coupon"}]
    _, doubts = added(tmp_path / "other.jsonl", relevant=both, answer_contains=["25元"])
    assert doubts == ()


def test_several_may_add_at_once(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: added(path, question=f"运费第{number}次"), range(12)))
    found = read_question_set(path, ZONE)
    assert sorted(q.text for q in found) == sorted(f"运费第{number}次" for number in range(12))
    assert {q.id for q in found} == {f"q-{number}" for number in range(1, 13)}
