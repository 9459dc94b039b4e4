from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from eval.feedback_labels import feedback_labels, labelled, weight, write_labels
from eval.question_set import read_question_set
from eval.split import half
from kb.feedback import FeedbackEvent, FeedbackKind, Reason

AT = datetime(2026, 11, 20, tzinfo=UTC)


def named(wanted: str) -> str:
    """An article's id whose questions belong to this half."""
    from eval.question_set import LabelledQuestion, Relevant

    ids = (f"a{n}" for n in range(99))
    return next(i for i in ids if half(LabelledQuestion(id="q", text="x", relevant=(Relevant(i),))) == wanted)


def used(
    article: str, agents: int, kind: FeedbackKind = FeedbackKind.INSERTED, rank: int = 1, **more: object
) -> list[FeedbackEvent]:
    said = {"revision": 2, "text": "运费谁出", "reason": Reason.NONE, "distance": None, "start": 0} | more
    start = int(str(said.pop("start")))
    return [
        FeedbackEvent(
            f"e{n}{kind}{article}",
            kind,
            AT,
            f"c{n}",
            f"q{n}{kind}",
            rank,
            article,
            agent=f"agent {n}",
            **said,  # type: ignore[arg-type]
        )
        for n in range(start, start + agents)
    ]


def test_weights_are_bounded_and_1_for_the_first() -> None:
    assert [weight(rank) for rank in (None, 1, 2, 5, 50)] == [1, 1, 2, 5, 8]


def test_five_agents_and_the_published_revision() -> None:
    article = named("learn")
    assert feedback_labels(used(article, 4), {article: 2}) == []
    assert feedback_labels(used(article, 5), {article: 3}) == []
    (label,) = feedback_labels(used(article, 5), {article: 2})
    assert (label.question, label.used, label.reported, label.agents) == ("运费谁出", 5, 0, 5)


def test_nothing_of_the_test_half() -> None:
    learn, test = named("learn"), named("test")
    events = [*used(learn, 5), *used(test, 5, FeedbackKind.COPIED)]
    assert [label.article for label in feedback_labels(events, {learn: 2, test: 2})] == [learn]
    assert feedback_labels(events, {learn: 2, test: 2}, ["运费谁出"]) == []
    assert feedback_labels(events, {learn: 2}, ["運費 谁出"[:2] + "谁出"]) == []


def test_a_use_far_down_counts_more_and_reports_count_against() -> None:
    article = named("learn")
    (label,) = feedback_labels(used(article, 5, rank=3), {article: 2})
    assert label.used == 15
    reports = used(article, 6, FeedbackKind.REPORTED, reason=Reason.WRONG)
    assert feedback_labels([*used(article, 5), *reports], {article: 2}) == []
    incomplete = used(article, 6, FeedbackKind.REPORTED, reason=Reason.INCOMPLETE)
    assert len(feedback_labels([*used(article, 5), *incomplete], {article: 2})) == 1


def test_a_reply_written_anew_was_not_used() -> None:
    article = named("learn")
    assert feedback_labels(used(article, 5, FeedbackKind.EDITED, distance=200), {article: 2}) == []
    assert len(feedback_labels(used(article, 5, FeedbackKind.EDITED, distance=10), {article: 2})) == 1


@pytest.mark.parametrize("text", ["我电话[手机号]打不通", ""])
def test_what_was_masked_is_no_lesson(text: str) -> None:
    article = named("learn")
    assert feedback_labels(used(article, 5, text=text), {article: 2}) == []


def test_labels_are_a_question_set(tmp_path: Path) -> None:
    article = named("learn")
    path = tmp_path / "labels.jsonl"
    write_labels(path, feedback_labels(used(article, 5), {article: 2}))
    (question,) = read_question_set(path, ZoneInfo("Asia/Shanghai"))
    assert (question.text, question.grades) == ("运费谁出", {article: 3})
    assert labelled(feedback_labels(used(article, 5), {article: 2})[0]).grades == {article: 3}
