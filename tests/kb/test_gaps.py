from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from kb.encoder import Floats
from kb.errors import WrongStateError
from kb.feedback import FeedbackEvent, FeedbackKind
from kb.gaps import GapBook, append_questions
from kb.grouping import Likeness, grouped, reply_for
from kb.rises import at_least, rises
from kb.store.database import Database
from kb.store.feedback_store import FeedbackStore
from kb.store.gap_store import GapState, GapStore
from kb.store.library_store import LibraryStore
from kb.store.records import AccessRole, Actor
from kb.unified import UnifiedReplies
from tests.support.articles import make_article
from tests.support.library import make_assistant
from tests.support.toy_encoder import ToyEncoder

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
OWNER = Actor("张三", AccessRole.OWNER, frozenset({"售后组"}))


@dataclass
class Desk:
    database: Database
    feedback: FeedbackStore
    store: GapStore
    book: GapBook
    encoder: ToyEncoder
    sent: int = 0

    def ask(
        self,
        text: str,
        kind: FeedbackKind = FeedbackKind.NO_ANSWER,
        ago: timedelta = timedelta(hours=2),
        conversation: str = "",
        article: str = "",
    ) -> None:
        self.sent += 1
        one = FeedbackEvent(
            id=f"e{self.sent}",
            kind=kind,
            at=NOW - ago,
            conversation=conversation or f"c{self.sent}",
            question_id=f"q{self.sent}",
            text=text,
            article=article,
        )
        self.feedback.record([one], NOW)

    def sort(self) -> None:
        while self.book.sort(self.encoder):
            pass


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = Database.at(f"sqlite:///{tmp_path / 'library.sqlite'}")
    feedback, store = FeedbackStore(database), GapStore(database)
    yield Desk(database, feedback, store, GapBook(feedback, store, lambda: NOW), ToyEncoder())
    database.close()


def test_likeness_is_that_of_unrelated_messages_at_0_and_of_the_same_at_1() -> None:
    likeness = Likeness(ToyEncoder())
    vectors = ToyEncoder().encode_queries(["洗衣机", "洗衣机", "发票"]).vectors
    cosines = vectors @ vectors[0]
    assert likeness.scaled(cosines).tolist()[1] == pytest.approx(1)
    assert likeness.scaled(cosines).tolist()[2] < 0


def test_groups_by_average_likeness() -> None:
    encoder = ToyEncoder()
    vectors = encoder.encode_queries(["洗衣机", "发票", "洗衣机", "手环", "发票"]).vectors
    assert grouped(vectors, Likeness(encoder)) == [0, 1, 0, 2, 1]


def test_gaps_are_ranked_by_customers_and_recency(desk: Desk) -> None:
    for _ in range(3):
        desk.ask("发票怎么开", ago=timedelta(days=20))
    desk.ask("洗衣机脱水响", article="washer")
    desk.ask("洗衣机响 13812345678", FeedbackKind.REPORTED, article="washer")
    desk.ask("手环", FeedbackKind.INSERTED, article="band")
    desk.ask("快递", FeedbackKind.SHOWN)
    desk.sort()
    first, second = desk.book.gaps()
    assert (first.group.title, first.conversations, first.nearest) == ("洗衣机脱水响", 2, "washer")
    assert set(first.examples) == {"洗衣机脱水响", "洗衣机响 [手机号]"}
    assert first.outcomes == {"no-answer": 1, "reported": 1}
    assert first.weight == pytest.approx(2, rel=0.05)
    assert (second.group.title, second.conversations) == ("发票怎么开", 3)
    assert second.weight == pytest.approx(3 * 2.71828 ** (-20 / 7), rel=0.01)


def test_the_same_customer_counts_once(desk: Desk) -> None:
    for _ in range(4):
        desk.ask("发票怎么开", conversation="one")
    desk.sort()
    assert desk.book.gaps()[0].conversations == 1


def test_numbers_stay_when_more_comes_in_and_another_process_sorts(desk: Desk) -> None:
    desk.ask("发票")
    desk.sort()
    other = GapBook(desk.feedback, GapStore(desk.database), lambda: NOW)
    desk.ask("洗衣机")
    other.sort(desk.encoder)
    desk.ask("发票")
    desk.sort()
    assert {gap.group.title: gap.number for gap in desk.book.gaps()} == {"发票": 1, "洗衣机": 2}


def test_another_encoder_takes_the_groups_over(desk: Desk) -> None:
    desk.ask("发票")
    desk.sort()
    desk.encoder = ToyEncoder(("手环", "发票", "洗衣机"))
    desk.ask("发票")
    desk.sort()
    (gap,) = desk.book.gaps()
    assert (gap.number, gap.conversations, gap.group.size) == (1, 2, 2)
    assert gap.group.encoder == desk.encoder.fingerprint


def test_from_open_to_answered(desk: Desk, tmp_path: Path) -> None:
    library = LibraryStore(desk.database)
    desk.ask('发票 "抬头": 怎么写', article="coupon")
    desk.ask("发票抬头能改不")
    desk.sort()
    questions = tmp_path / "eval" / "set.jsonl"
    assert desk.book.assign(1, "售后组", OWNER).state is GapState.ASSIGNED
    entry = desk.book.draft(1, library, OWNER)
    assert (entry.name, entry.owner, entry.path) == ("gap-1", "售后组", "gaps/gap-1.md")
    with pytest.raises(WrongStateError, match="the draft `gap-1` already"):
        desk.book.draft(1, library, OWNER)
    text = library.revision("gap-1", 1).raw.decode()
    assert '"发票 \\"抬头\\": 怎么写"' in text
    assert "coupon" in text

    without = make_assistant([make_article("coupon", "优惠说明", "优惠券不能叠加。")], tmp_path / "a")
    assert [one.is_answered for one in desk.book.close(1, without, questions, OWNER)] == [False, False]
    assert desk.store.group(1).state is GapState.DRAFTED
    assert not questions.exists()

    written = make_article(
        "gap-1",
        "发票抬头",
        "发票抬头在订单里改。",
        questions=[json.dumps(one, ensure_ascii=False) for one in desk.book.gap(1).examples],
    )
    knows = make_assistant([written], tmp_path / "b")
    done = desk.book.published(knows, questions, OWNER)
    assert [one.is_answered for one in done[1]] == [True, True]
    assert desk.store.group(1).state is GapState.ANSWERED
    rows = [json.loads(row) for row in questions.read_text("utf-8").splitlines()]
    assert [row["relevant"] for row in rows] == [[{"article": "gap-1"}]] * 2
    assert desk.book.gaps() == []


def test_what_is_asked_again_after_an_answer_is_open_again(desk: Desk) -> None:
    desk.ask("发票")
    desk.sort()
    desk.store.decide(1, GapState.ANSWERED, "张三", article="x")
    assert desk.book.gaps() == []
    later = GapBook(desk.feedback, desk.store, lambda: datetime.now(UTC) + timedelta(hours=1))
    one = FeedbackEvent("new", FeedbackKind.NO_ANSWER, datetime.now(UTC), "c", "new", text="发票")
    desk.feedback.record([one])
    later.sort(desk.encoder)
    (gap,) = later.gaps()
    assert (gap.group.state, gap.conversations) == (GapState.OPEN, 1)


def test_nothing_is_closed_without_an_article(desk: Desk, tmp_path: Path) -> None:
    desk.ask("发票")
    desk.sort()
    assistant = make_assistant([make_article("a", "题", "发票")], tmp_path / "a")
    with pytest.raises(WrongStateError, match="no article yet"):
        desk.book.close(1, assistant, tmp_path / "set.jsonl", OWNER)


def test_questions_join_a_set_once(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"id": "gap-1-1", "question": "旧的"}', encoding="utf-8")
    assert append_questions(path, 1, "a", ["旧的", "新的"]) == 1
    assert append_questions(path, 1, "a", ["新的"]) == 0
    rows = [json.loads(row) for row in path.read_text("utf-8").splitlines()]
    assert [(row["id"], row["question"]) for row in rows] == [("gap-1-1", "旧的"), ("gap-1-2", "新的")]


def test_poisson_s_tail_by_hand() -> None:
    assert at_least(0, 2.0) == pytest.approx(1)
    assert at_least(1, 2.0) == pytest.approx(1 - 2.718281828**-2)
    assert at_least(3, 1.0) == pytest.approx(1 - 2.5 * 2.718281828**-1)
    assert at_least(10, 0.1) == pytest.approx(2.5e-17, rel=0.2)
    assert at_least(900, 800) < 0.001 < at_least(830, 800)


def test_a_rise_is_many_conversations_against_the_usual(desk: Desk) -> None:
    for day in range(1, 21):
        desk.ask("发票怎么开", FeedbackKind.SHOWN, ago=timedelta(days=day))
        for other in range(3):
            desk.ask("快递到哪了", FeedbackKind.SHOWN, ago=timedelta(days=day, minutes=other))
    for minute in range(6):
        desk.ask("洗衣机付不了款", FeedbackKind.SHOWN, ago=timedelta(minutes=minute))
        desk.ask("发票怎么开", FeedbackKind.SHOWN, ago=timedelta(minutes=minute), conversation="one customer")
    desk.sort()
    (rise,) = rises(desk.store, NOW)
    assert desk.store.group(rise.gap).title == "洗衣机付不了款"
    assert rise.conversations == 6
    assert rise.usual < 0.1
    assert rises(desk.store, NOW + timedelta(hours=2)) == []


def test_a_busy_hour_of_everything_is_no_rise(desk: Desk) -> None:
    words = ["退货", "运费", "洗衣机", "电饭煲", "发票", "优惠", "手环", "快递"]
    for hour in range(2, 26):
        for word in words:
            desk.ask(word, FeedbackKind.SHOWN, ago=timedelta(hours=hour))
    for word in words:
        for minute in range(9):
            desk.ask(word, FeedbackKind.SHOWN, ago=timedelta(minutes=minute))
    desk.sort()
    assert rises(desk.store, NOW) == []


def test_a_unified_reply_is_for_what_its_group_asks(desk: Desk) -> None:
    desk.ask("洗衣机")
    desk.sort()
    ticks = [0.0]
    replies = UnifiedReplies(desk.store, lambda: NOW, lambda: ticks[0])
    assert replies.reply_to("洗衣机", desk.encoder) is None
    made = desk.store.unify(1, "正在修复", "张三")
    assert replies.reply_to("洗衣机", desk.encoder) is None, "read two seconds ago at most"
    ticks[0] += 3
    assert replies.reply_to("洗衣机", desk.encoder) == made
    assert replies.reply_to("发票", desk.encoder) is None
    desk.store.lift(made.number, "张三")
    replies.forget()
    assert replies.reply_to("洗衣机", desk.encoder) is None
    assert replace(made, lifted_by="x") != made


def direction(degrees: float) -> Floats:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], dtype=np.float32)


class Plain(Likeness):
    """Cosines as they are."""

    baseline = 0.0


def test_a_reply_is_for_what_resembles_its_group_clearly_more_than_another() -> None:
    likeness = Plain(ToyEncoder())
    reply = direction(0)[np.newaxis]
    none = np.zeros((0, 2), dtype=np.float32)
    assert reply_for(direction(50), reply, none, likeness) == 0  # 0.64
    assert reply_for(direction(65), reply, none, likeness) is None  # 0.42
    # A rival at 120 degrees: -0.5 to the reply's group, so another meaning. Both are 0.5 from a question at 60 degrees.
    rival = direction(120)[np.newaxis]
    assert reply_for(direction(60), reply, rival, likeness) is None
    assert reply_for(direction(30), reply, rival, likeness) == 0
    # Nearly as far is not clearly more: 0.588 and 0.545 at 54 degrees from a rival at 111.
    assert reply_for(direction(54), reply, direction(111)[np.newaxis], likeness) is None
    # A group at 20 degrees is the same meaning told apart, and keeps nobody from the reply.
    assert reply_for(direction(20), reply, direction(20)[np.newaxis], likeness) == 0
    both = np.stack([direction(0), direction(80)])
    assert reply_for(direction(75), both, none, likeness) == 1
    assert reply_for(direction(75), none, none, likeness) is None


def test_a_question_of_another_known_meaning_gets_no_unified_reply(desk: Desk) -> None:
    for text in ("洗衣机", "洗衣机", "发票", "发票"):
        desk.ask(text)
    desk.sort()
    one, other = desk.book.groups()
    assert (one.title, other.title) == ("洗衣机", "发票")
    replies = UnifiedReplies(desk.store, lambda: NOW, lambda: 0.0)
    desk.store.unify(one.number, "正在抢修", "张三")
    assert replies.reply_to("洗衣机", desk.encoder) is not None
    assert replies.reply_to("发票", desk.encoder) is None
    # Half of either: the group of the other meaning is as near, whoever has a reply.
    assert replies.reply_to("洗衣机发票", desk.encoder) is None
