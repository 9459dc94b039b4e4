from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kb.assistant import Assistant
from kb.commands.publishing import close_gaps
from kb.feedback import FeedbackEvent, FeedbackKind
from kb.gap_closing import GapCloser, questions_file
from kb.settings import load_settings
from kb.store.database import Database
from kb.store.feedback_store import FeedbackStore
from kb.store.gap_store import GapState
from kb.store.records import Actor
from kb.upkeep import Upkeep
from tests.support.articles import make_article
from tests.support.library import make_assistant
from tests.support.toy_encoder import ToyEncoder

ME = Actor("张三")
ASKED = "发票抬头怎么改"


class Shop:
    """A store with one drafted gap, and what answers: nothing of it, or the article that does."""

    def __init__(self, folder: Path) -> None:
        self.settings = load_settings(var=folder / "var")
        self.database = Database.open(self.settings)
        self.feedback = FeedbackStore(self.database)
        self.closer = GapCloser.of(self.database, self.settings)
        for number in range(2):
            self.tell(number, datetime.now(UTC))
        self.closer.book.sort(ToyEncoder())
        self.closer.book.answer_by(1, "bill", ME)
        self.silent = make_assistant([make_article("coupon", "优惠说明", "优惠券不能叠加。")], folder / "a")
        bill = make_article("bill", "发票抬头", "发票抬头在订单里改。", questions=[f'"{ASKED}"'])
        self.knowing = make_assistant([bill], folder / "b")

    def tell(self, number: int, at: datetime) -> None:
        name = f"{number} {at}"
        event = FeedbackEvent(f"e{name}", FeedbackKind.NO_ANSWER, at, f"c{name}", f"q{name}", text=ASKED)
        self.feedback.record([event])

    def state(self) -> GapState:
        return self.closer.book.store.group(1).state


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.database.close()


def test_the_command_line_closes_gaps_as_the_server_does(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    close_gaps(shop.settings, None)
    close_gaps(shop.settings, shop.silent)
    assert (shop.state(), capsys.readouterr().out) == (GapState.DRAFTED, "")
    close_gaps(shop.settings, shop.knowing)
    assert shop.state() is GapState.ANSWERED
    assert "gap 1 is answered; its 1 questions are in" in capsys.readouterr().out
    (row,) = questions_file(shop.settings).read_text("utf-8").splitlines()
    assert (json.loads(row)["question"], json.loads(row)["relevant"]) == (ASKED, [{"article": "bill"}])


def test_what_is_not_answered_yet_is_said(shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = make_assistant([make_article("bill", "洗衣机", "洗衣机容量 10 公斤。")], tmp_path / "c")
    close_gaps(shop.settings, wrong)
    assert shop.state() is GapState.DRAFTED
    assert f"gap 1: 1 of 1 questions not answered yet, like {ASKED}" in capsys.readouterr().out
    assert not questions_file(shop.settings).exists()


def test_upkeep_looks_once_at_each_publication_and_forgets_hourly(shop: Shop) -> None:
    answers: list[Assistant] = [shop.silent]
    published, ticks, looked = [7], [0.0], []

    @contextmanager
    def answering() -> Iterator[Assistant]:
        looked.append(published[0])
        yield answers[0]

    keeps = timedelta(days=180)
    upkeep = Upkeep(shop.closer, shop.feedback, answering, lambda: published[0], keeps, tick=lambda: ticks[0])
    now = datetime.now(UTC)
    upkeep.once()
    upkeep.once()
    assert (looked, shop.state()) == ([7], GapState.DRAFTED)
    answers[0], published[0] = shop.knowing, 8
    upkeep.once()
    assert (looked, shop.state()) == ([7, 8], GapState.ANSWERED)
    shop.tell(5, now - timedelta(days=300))
    ticks[0] = 3599
    upkeep.once()
    assert len(shop.feedback.events(now - timedelta(days=400), now + timedelta(days=1))) == 3
    ticks[0] = 3600
    upkeep.once()
    assert len(shop.feedback.events(now - timedelta(days=400), now + timedelta(days=1))) == 2


def test_one_gap_without_questions_keeps_no_other_from_closing(shop: Shop) -> None:
    far = datetime.now(UTC) - timedelta(days=200)
    event = FeedbackEvent("far", FeedbackKind.NO_ANSWER, far, "far", "far", text="洗衣机脱水")
    shop.feedback.record([event])
    shop.closer.book.sort(ToyEncoder())
    shop.closer.book.answer_by(2, "bill", ME)
    shop.feedback.forget(datetime.now(UTC) - timedelta(days=180))
    assert list(shop.closer.published(shop.knowing, ME)) == [1]


def test_a_drafted_gap_is_checked_by_questions_older_than_the_list_shows(shop: Shop) -> None:
    far = datetime.now(UTC) - timedelta(days=60)
    event = FeedbackEvent("far", FeedbackKind.NO_ANSWER, far, "far", "far", text="洗衣机脱水")
    shop.feedback.record([event])
    shop.closer.book.sort(ToyEncoder())
    assert [gap.number for gap in shop.closer.book.gaps()] == [1]
    assert shop.closer.book.gap(2).examples == ("洗衣机脱水",)
