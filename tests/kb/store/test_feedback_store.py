from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select, text

from kb.errors import StoreError, UnknownGapError
from kb.feedback import FeedbackError, FeedbackEvent, FeedbackKind, Outcome, Reason, hashed
from kb.store import trail
from kb.store.database import Database
from kb.store.feedback_store import FeedbackStore, Forgotten, Recorded
from kb.store.gap_store import GapState, GapStore, Sorted
from kb.store.tables import audit

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def event(number: int = 1, kind: FeedbackKind = FeedbackKind.SHOWN, **more: object) -> FeedbackEvent:
    base = FeedbackEvent(
        id=f"00000000-0000-4000-8000-{number:012}",
        kind=kind,
        at=AT,
        conversation="talk 1",
        question_id="q1",
        rank=1,
        article="return-rule",
        text="我电话13812345678，退货运费谁出",
    )
    return replace(base, **more)  # type: ignore[arg-type]


@pytest.fixture
def feedback(database: Database) -> FeedbackStore:
    return FeedbackStore(database)


@pytest.fixture
def gaps(database: Database) -> GapStore:
    return GapStore(database)


def everything(store: FeedbackStore) -> list[FeedbackEvent]:
    return store.events(AT - timedelta(days=1), AT + timedelta(days=1))


def test_personal_data_never_reaches_the_database(feedback: FeedbackStore, database: Database) -> None:
    feedback.record([event(conversation="13999998888")])
    (kept,) = everything(feedback)
    assert kept.text == "我电话[手机号]，退货运费谁出"
    assert kept.conversation == hashed("13999998888") != "13999998888"
    with database.read() as connection:
        for table in ("feedback_events", "questions_asked"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608
            assert "13812345678" not in str(rows)
            assert "13999998888" not in str(rows)


def test_an_event_counts_once_however_often_it_is_sent(feedback: FeedbackStore) -> None:
    assert feedback.record([event(1), event(1), event(2, FeedbackKind.INSERTED)]) == Recorded(2, 1)
    assert feedback.record([event(2, FeedbackKind.REPORTED), event(3)]) == Recorded(1, 1)
    assert [e.kind for e in everything(feedback)] == [FeedbackKind.SHOWN, FeedbackKind.INSERTED, FeedbackKind.SHOWN]
    assert feedback.record([]) == Recorded(0, 0)


def test_events_come_back_as_they_were_kept(feedback: FeedbackStore) -> None:
    sent = event(
        kind=FeedbackKind.REPORTED, reason=Reason.OUTDATED, revision=3, generation="g1", distance=4, agent="小王"
    )
    feedback.record([sent])
    assert everything(feedback) == [replace(sent.masked(), product="", channel="")]


@pytest.mark.parametrize("backwards", [False, True])
def test_a_question_s_outcome_does_not_depend_on_the_order_of_arrival(feedback: FeedbackStore, backwards: bool) -> None:
    events = [
        event(1),
        event(2, FeedbackKind.DISMISSED, at=AT + timedelta(seconds=3), text=""),
        event(3, FeedbackKind.INSERTED, at=AT + timedelta(seconds=5), text="", article="other"),
    ]
    for one in events[::-1] if backwards else events:
        feedback.record([one])
    (asked,) = feedback.questions(AT - timedelta(hours=1), AT + timedelta(hours=1))
    assert (asked.outcome, asked.asked_at) == (Outcome.USED, AT)
    assert asked.text == "我电话[手机号]，退货运费谁出"
    assert asked.article == "other"


def test_a_clock_that_is_ahead_is_not_believed(feedback: FeedbackStore) -> None:
    feedback.record([event(at=AT + timedelta(days=400))], received=AT)
    assert everything(feedback)[0].at == AT


def test_events_outlive_the_process_and_are_never_changed(
    feedback: FeedbackStore, database: Database, address: str
) -> None:
    feedback.record([event()])
    database.close()
    again = Database.at(address)
    try:
        assert len(everything(FeedbackStore(again))) == 1
        with pytest.raises(StoreError, match="never changed"), again.write() as connection:
            connection.execute(text("UPDATE feedback_events SET kind = 'inserted'"))
    finally:
        again.close()


def test_what_no_database_takes_is_kept_as_a_sign(feedback: FeedbackStore) -> None:
    feedback.record([event(text="运费\x00谁出\ud800")])
    assert everything(feedback)[0].text == "运费\ufffd谁出\ufffd"


def test_the_same_batch_from_several_threads_counts_once(feedback: FeedbackStore) -> None:
    batch = [event(n, question_id=f"q{n}") for n in range(1, 21)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: feedback.record(batch), range(4)))
    assert sum(one.new for one in done) == 20
    assert len(everything(feedback)) == 20


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": ""}, "id"),
        ({"rank": 0}, "rank"),
        ({"distance": -1}, "distance"),
        ({"text": "好" * 2_001}, "text"),
        ({"at": datetime(2026, 1, 1)}, "at"),
        ({"kind": FeedbackKind.INSERTED, "article": ""}, "article"),
    ],
)
def test_an_event_out_of_bounds_is_refused(change: dict[str, object], field: str) -> None:
    with pytest.raises(FeedbackError, match=f"^{field}:"):
        event(**change)  # type: ignore[arg-type]


def sorted_as(question: str, number: int | None, leader: str) -> Sorted:
    return Sorted(question, f"text {question}", np.array([1, 0], dtype=np.float32), number, leader)


def test_questions_are_sorted_into_groups_with_stable_numbers(feedback: FeedbackStore, gaps: GapStore) -> None:
    feedback.record([event(n, question_id=f"q{n}") for n in (1, 2, 3, 4)])
    assert [one.id for one in feedback.unsorted(3)] == ["q1", "q2", "q3"]
    assert gaps.sort([sorted_as("q1", None, "q1"), sorted_as("q2", None, "q1"), sorted_as("q3", None, "q3")], "e", 0)
    first, second = sorted(gaps.groups(), key=lambda group: group.number)
    assert (first.number, first.size, first.title, first.centre.tolist()) == (1, 2, "text q1", [2, 0])
    assert (second.number, second.size, second.state) == (2, 1, GapState.OPEN)
    assert not gaps.sort([sorted_as("q4", 1, "q4")], "e", 0), "groups changed since turn 0"
    assert gaps.sort([sorted_as("q4", 1, "q4")], "e", max(first.turn, second.turn))
    assert gaps.group(1).size == 3
    assert [g.number for g in gaps.groups(max(first.turn, second.turn))] == [1]
    assert feedback.unsorted(9) == []
    assert len(feedback.questions(AT - timedelta(1), AT + timedelta(1), gap=1)) == 3


def test_a_decision_writes_one_line_of_the_trail(feedback: FeedbackStore, gaps: GapStore, database: Database) -> None:
    feedback.record([event()])
    gaps.sort([sorted_as("q1", None, "q1")], "e", 0)
    done = gaps.decide(1, GapState.ASSIGNED, "李四", owner="售后组")
    assert (done.state, done.owner) == (GapState.ASSIGNED, "售后组")
    with database.read() as connection:
        (line,) = trail.latest(connection, 9, None)
        assert (line.action, line.subject, line.by) == ("gap assigned", "gap-1", "李四")
        assert list(trail.broken(trail.every(connection))) == []
    with pytest.raises(UnknownGapError, match="no gap 7"):
        gaps.decide(7, GapState.OPEN, "李四")


def test_one_unified_reply_a_group_holds_until_it_is_lifted(feedback: FeedbackStore, gaps: GapStore) -> None:
    feedback.record([event()])
    gaps.sort([sorted_as("q1", None, "q1")], "e", 0)
    first = gaps.unify(1, "系统正在恢复，请稍等", "李四")
    second = gaps.unify(1, "已经恢复了", "李四", until=AT + timedelta(days=3650))
    assert [one.number for one in gaps.replies(AT)] == [second.number]
    assert gaps.replies(AT + timedelta(days=3651)) == []
    assert gaps.lift(second.number, "王五").lifted_by == "王五"
    assert gaps.lift(second.number, "赵六").lifted_by == "王五"
    assert gaps.lift(first.number, "赵六").lifted_by == "李四"
    assert gaps.replies(AT) == []
    with pytest.raises(UnknownGapError, match="no unified reply 9"):
        gaps.lift(9, "王五")


def test_conversations_are_counted_once(feedback: FeedbackStore, gaps: GapStore) -> None:
    feedback.record([event(n, question_id=f"q{n}", conversation=f"c{n // 2}") for n in range(6)])
    gaps.sort([sorted_as(f"q{n}", None, "q0") for n in range(6)], "e", 0)
    after = AT + timedelta(seconds=1)
    assert gaps.busy(AT, after, 3) == {1: 3}
    assert gaps.busy(AT, after, 4) == {}
    assert gaps.usual(None, AT, after) == gaps.usual(1, AT, after) == 3
    assert gaps.first_asked() == AT


def test_uses_are_counted_by_article(feedback: FeedbackStore) -> None:
    assert feedback.usage() is None
    feedback.record(
        [
            event(1, FeedbackKind.SHOWN, article="shown"),
            event(2, FeedbackKind.INSERTED, article="used"),
            event(3, FeedbackKind.COPIED, article="used"),
            event(4, FeedbackKind.REPORTED, article="wrong", reason=Reason.WRONG),
        ]
    )
    usage = feedback.usage()
    assert usage is not None
    assert usage.uses == {"used": 2}


def test_recent_questions_are_those_of_two_weeks_the_most_frequent_first(feedback: FeedbackStore) -> None:
    now = datetime.now(UTC)
    asked = [("运费多少", now), ("发票", now - timedelta(days=20)), ("怎么退货", now), ("怎么退货", now)]
    feedback.record([event(n, text=text, question_id=f"q{n}", at=at) for n, (text, at) in enumerate(asked, start=1)])
    assert feedback.recent(now) == [("怎么退货", 2), ("运费多少", 1)]


def at_another_time(name: str, at: datetime, question: str, said: str = "问") -> FeedbackEvent:
    return event(id=name, at=at, question_id=question, text=said, conversation=name)


def test_old_feedback_is_removed_and_does_not_count_again(
    feedback: FeedbackStore, gaps: GapStore, database: Database
) -> None:
    old, edge, fresh = (AT - timedelta(days=days) for days in (181, 180, 3))
    events = [at_another_time(f"e{n}", at, f"q{n}", f"问题{n}") for n, at in enumerate((old, edge, fresh))]
    feedback.record(events, AT)
    rows = [Sorted(f"q{n}", f"问题{n}", np.ones(4, dtype=np.float32), None, f"q{n}") for n in range(3)]
    assert gaps.sort(rows, "toy", 0)
    turn = max(group.turn for group in gaps.groups())
    limit = AT - timedelta(days=180)
    assert feedback.forget(limit, dry_run=True) == Forgotten(1, 1)
    assert (feedback.kept_since(), len(feedback.questions(old, AT))) == (None, 3)
    assert feedback.forget(limit) == Forgotten(1, 1)
    assert [one.id for one in feedback.events(old, AT)] == ["e1", "e2"]
    assert [one.id for one in feedback.questions(old, AT)] == ["q1", "q2"]
    # The customer's sentence goes with its last question; the number stays, and who knows the group is told.
    assert [(group.number, group.title) for group in gaps.groups(turn)] == [(1, "")]
    # Sent again late: it counts as sent before, whether its id is still known or not.
    assert feedback.record(events, AT) == Recorded(0, 3)
    assert feedback.record([at_another_time("new", old, "other")], AT) == Recorded(0, 1)
    assert feedback.record([at_another_time("late", edge, "other")], AT) == Recorded(1, 0)
    assert feedback.kept_since() == limit
    assert not feedback.forget(limit).any
    with database.read() as connection:
        (line,) = [row for row in connection.execute(select(audit)) if row.action == "feedback removed"]
    assert json.loads(line.detail) == {"before": limit.isoformat(), "events": 1, "questions": 1}


def test_an_old_event_counts_where_nothing_was_removed(feedback: FeedbackStore) -> None:
    assert feedback.record([at_another_time("old", AT - timedelta(days=400), "q")], AT) == Recorded(1, 0)


def test_a_forgotten_group_is_named_by_its_next_question(feedback: FeedbackStore, gaps: GapStore) -> None:
    vector = np.ones(4, dtype=np.float32)
    feedback.record([at_another_time("e1", AT - timedelta(days=200), "q1", "以前的说法")], AT)
    assert gaps.sort([Sorted("q1", "以前的说法", vector, None, "q1")], "toy", 0)
    feedback.forget(AT - timedelta(days=180))
    feedback.record([at_another_time("e2", AT, "q2", "现在的说法")], AT)
    assert gaps.sort([Sorted("q2", "现在的说法", vector, 1, "q2")], "toy", gaps.group(1).turn)
    assert (gaps.group(1).title, gaps.group(1).size) == ("现在的说法", 2)
