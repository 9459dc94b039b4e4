from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kb.errors import QuestionError
from kb.question import Context, Question, Role, Turn


def turn(text: str = "在吗") -> Turn:
    return Turn(Role.CUSTOMER, text)


def test_at_every_bound() -> None:
    Question("退" * 2000, history=(turn("货" * 4000),) * 50, limit=10)
    Question("退", limit=1, context=Context(product="a" * 200, channel="b" * 200, at=datetime.now(UTC)))


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u3000"])
def test_an_empty_question(text: str) -> None:
    with pytest.raises(QuestionError, match="question: is empty"):
        Question(text)


@pytest.mark.parametrize("limit", [0, -1, 11])
def test_limits(limit: int) -> None:
    with pytest.raises(QuestionError, match=f"limit: is {limit}; from 1 to 10") as caught:
        Question("退货", limit=limit)
    assert caught.value.field == "limit"


def test_too_long() -> None:
    with pytest.raises(QuestionError, match="question: has 2001 characters; at most 2000"):
        Question("退" * 2001)
    with pytest.raises(QuestionError, match="history: has 51 turns; at most 50"):
        Question("退", history=(turn(),) * 51)
    with pytest.raises(QuestionError, match=r"history\[2\]\.text: has 4001 characters; at most 4000"):
        Question("退", history=(turn(), turn(), turn("货" * 4001)))
    with pytest.raises(QuestionError, match=r"context\.product: has 201 characters; at most 200"):
        Question("退", context=Context(product="a" * 201))


@pytest.mark.parametrize("year", [1, 1969, 3000, 9999])
def test_times_are_in_the_calendar_that_days_are_counted_in(year: int) -> None:
    with pytest.raises(QuestionError, match=rf"context\.as_of: is in {year}; from 1970 to 2999"):
        Question("退", context=Context(as_of=datetime(year, 6, 1, tzinfo=UTC)))


def test_times_have_an_offset() -> None:
    naive = datetime(2026, 11, 22)
    with pytest.raises(QuestionError, match=r"context\.at: has no offset"):
        Question("退", context=Context(at=naive))
    with pytest.raises(QuestionError, match=r"context\.as_of: has no offset"):
        Question("退", context=Context(as_of=naive))


@pytest.mark.parametrize(
    ("field", "question"),
    [
        ("question", {"text": "退\ud800"}),
        (r"history\[0\]\.text", {"text": "退", "history": (turn("\udcff"),)}),
        (r"context\.channel", {"text": "退", "context": Context(channel="\ud83d")}),
    ],
)
def test_half_characters_are_refused(field: str, question: dict[str, object]) -> None:
    with pytest.raises(QuestionError, match=f"{field}: holds half of a surrogate pair"):
        Question(**question)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("slots", "message"),
    [
        ({str(n): "" for n in range(51)}, "context.slots: has 51 entries; at most 50"),
        ({"名": "x" * 201}, r"context\.slots\.名: has 201 characters; at most 200"),
        ({"a": "", "名" * 41: "x"}, "context.slots, name 2: has 41 characters; at most 40"),
        ({" ": "x"}, "context.slots: has an empty name, the 1."),
        ({"名": "\ud800"}, r"context\.slots\.名: holds half of a surrogate pair"),
    ],
)
def test_slots_are_bounded(slots: dict[str, str], message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        Question("退", context=Context(slots=slots))


def test_slots_are_at_every_bound_and_never_printed() -> None:
    question = Question("退", context=Context(slots={f"{n:040}": "王" * 200 for n in range(50)}))
    assert "王" not in repr(question)
    assert hash(question.context) == hash(Context())
