from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.errors import QuestionSetError
from eval.question_set import Relevant, parse_question_set, read_question_set
from kb.question import MAX_QUESTION, Context, Role, Stage, Turn
from tests.support.articles import ZONE

WHOLE = {
    "id": "q1",
    "question": " 这个能退吗 ",
    "history": [{"role": "customer", "text": "羽绒服"}, {"role": "agent", "text": "在的"}],
    "context": {"product": "QY-W10", "channel": "jd", "stage": "after-sale", "at": "2026-11-22", "as_of": None},
    "relevant": [{"article": "return", "heading": "运费", "grade": 2}, {"article": "freight"}],
    "answer_contains": ["7天"],
    "forbidden": ["old"],
    "tags": ["twins", "typo", "twins"],
}


def problems_of(*lines: object) -> list[str]:
    raw = b"\n".join(x if isinstance(x, bytes) else json.dumps(x).encode() for x in lines)
    return [str(problem) for problem in parse_question_set(raw, "set.jsonl", ZONE)[1]]


def test_every_field_is_read() -> None:
    raw = json.dumps(WHOLE, ensure_ascii=False).encode()
    (question,), problems = parse_question_set(b"\xef\xbb\xbf\n" + raw + b"\r\n\n", "set.jsonl", ZONE)
    assert problems == ()
    assert (question.id, question.text, question.line) == ("q1", "这个能退吗", 2)
    assert question.history == (Turn(Role.CUSTOMER, "羽绒服"), Turn(Role.AGENT, "在的"))
    context = question.context
    assert (context.product, context.channel, context.stage) == ("QY-W10", "jd", Stage.AFTER_SALE)
    assert context.at is not None
    assert context.at.isoformat() == "2026-11-22T00:00:00+08:00"
    assert context.as_of is None
    assert question.relevant == (Relevant("return", "运费", 2), Relevant("freight", None, 3))
    assert (question.answer_contains, question.forbidden) == (("7天",), ("old",))
    assert (question.answerable, question.tags) == (True, ("twins", "typo"))
    assert (question.asked().limit, question.asked().explain) == (10, True)


def test_only_id_and_question_are_needed() -> None:
    (question,), _ = parse_question_set(b'{"id": "q", "question": "?", "answerable": false}', "s", ZONE)
    assert (question.context, question.grades, question.answerable) == (Context(), {}, False)


def test_the_best_grade_counts_and_an_unanswerable_question_has_none() -> None:
    twice = [{"article": "a", "heading": "x", "grade": 1}, {"article": "a", "heading": "y", "grade": 2}]
    lines = [json.dumps({"id": i, "question": "?", "relevant": twice, "answerable": i == "q"}) for i in ("q", "n")]
    (yes, no), problems = parse_question_set("\n".join(lines).encode(), "s", ZONE)
    assert problems == ()
    assert (yes.grades, no.grades) == ({"a": 2}, {})


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b'{"id": "q"', "not JSON"),
        (b'{"id": "q", "question": "\xff"}', "not UTF-8: byte 26 of the line is 0xFF"),
        (b"[" * 100_000, "nested too deep"),
        (b"[]", "not a JSON object"),
        (b'{"id": "q", "id": "r", "question": "?"}', "`id`: is said twice"),
        ({"id": "q"}, "`question`: Field required"),
        ({"id": "q", "question": "  "}, "`question`: String should have at least 1 character"),
        ({"id": 7, "question": "?"}, "`id`: Input should be a valid string"),
        ({"id": "q", "question": "\ud800"}, "`question`: Input should be a valid string"),
        ({"id": "q", "question": "?", "answer": "x"}, "`answer`: Extra inputs are not permitted"),
        ({"id": "q", "question": "?", "answerable": "yes"}, "`answerable`: Input should be a valid boolean"),
        ({"id": "q", "question": "?", "tags": "typo"}, "`tags`: Input should be a valid list"),
        ({"id": "q", "question": "?", "relevant": [{"article": "a", "grade": 4}]}, "`relevant[0].grade`: Input"),
        ({"id": "q", "question": "?", "relevant": [{"article": "a", "grade": "3"}]}, "`relevant[0].grade`: Input"),
        ({"id": "q", "question": "?", "relevant": [{"heading": "a"}]}, "`relevant[0].article`: Field required"),
        ({"id": "q", "question": "?", "relevant": [{"article": "a", "rank": 1}]}, "`relevant[0].rank`: Extra"),
        ({"id": "q", "question": "?", "context": {"shop": "x"}}, "`context.shop`: Extra inputs"),
        ({"id": "q", "question": "?", "context": {"stage": "never"}}, "`context.stage`: Input should be 'pre-sale'"),
        ({"id": "q", "question": "?", "context": {"at": "2026-11-22T10:00:00"}}, "`context.at`: .* has no offset"),
        ({"id": "q", "question": "?", "context": {"as_of": "gestern"}}, "`context.as_of`: gestern is not a time"),
        ({"id": "q", "question": "?", "history": [{"role": "bot", "text": "x"}]}, "`history[0].role`: Input"),
        ({"id": "q", "question": "?" * (MAX_QUESTION + 1)}, "`question`: has 2001 characters; at most 2000"),
        ({"id": "q", "question": "?", "relevant": [{"article": "a"}], "forbidden": ["a"]}, "a cannot be relevant and"),
    ],
)
def test_a_bad_line_is_reported_with_its_field(line: object, what: str) -> None:
    found = problems_of({"id": "good", "question": "?"}, line)
    assert len(found) == 1
    assert found[0].startswith("set.jsonl:2: ")
    head, _, tail = what.partition(" .* ")
    assert head in found[0]
    assert tail in found[0]


def test_all_bad_lines_are_reported_at_once(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    lines = [{"id": "q", "question": ""}, {"id": "r", "question": "?"}, {"id": "r", "question": "!", "x": 1, "y": 2}]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with pytest.raises(QuestionSetError, match=r"^3 problem") as caught:
        read_question_set(path, ZONE)
    assert [(p.line, p.what.split(":")[0]) for p in caught.value.problems] == [
        (1, "`question`"),
        (3, "`x`"),
        (3, "`y`"),
    ]


def test_an_id_said_twice_is_refused() -> None:
    found = problems_of({"id": "q", "question": "1"}, {"id": "q", "question": "2"})
    assert found == ["set.jsonl:2: `id`: q stands on line 1 already — give each question its own id"]


@pytest.mark.parametrize(("text", "what"), [(None, "cannot be read: No such file"), ("\n\n", "holds no questions")])
def test_no_set_at_all(tmp_path: Path, text: str | None, what: str) -> None:
    path = tmp_path / "set.jsonl"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(QuestionSetError, match=what):
        read_question_set(path, ZONE)
