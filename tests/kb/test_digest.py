from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kb.digest import ArticleFacts, digest, week_of
from kb.digest_words import digest_html, digest_markdown
from kb.errors import QuestionError
from kb.feedback import FeedbackEvent, FeedbackKind, Reason
from kb.gaps import GapBook
from kb.store.database import Database
from kb.store.feedback_store import FeedbackStore
from kb.store.gap_store import GapState, GapStore
from tests.support.toy_encoder import ToyEncoder

ZONE = ZoneInfo("Asia/Shanghai")
SINCE, UNTIL = week_of("2026-W47", datetime.now(UTC), ZONE)
FACTS = {
    "washer": ArticleFacts("洗衣机 W10", "商品资料组", ("QY-W10",)),
    "bill": ArticleFacts("发票", "财务组"),
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database.at(f"sqlite:///{tmp_path / 'library.sqlite'}")
    yield made
    made.close()


def tell(database: Database, *said: tuple[FeedbackKind, str, str, timedelta], reason: Reason = Reason.NONE) -> None:
    store = FeedbackStore(database)
    count = len(store.events(SINCE - timedelta(days=60), UNTIL))
    events = [
        FeedbackEvent(
            id=f"e{count + n}",
            kind=kind,
            at=SINCE + after,
            conversation=f"c{count + n}",
            question_id=f"q{count + n}",
            article=article,
            text=text,
            reason=reason,
            distance=12 if kind is FeedbackKind.EDITED else None,
        )
        for n, (kind, text, article, after) in enumerate(said)
    ]
    store.record(events, UNTIL)
    GapBook(store, GapStore(database)).sort(ToyEncoder())


def test_weeks() -> None:
    assert SINCE.isoformat() == "2026-11-16T00:00:00+08:00"
    assert timedelta(days=7) == UNTIL - SINCE
    sunday = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    assert week_of(None, sunday, ZONE) == (SINCE, UNTIL), "it is Monday in Shanghai"
    with pytest.raises(QuestionError, match="write it like 2026-W47"):
        week_of("last", sunday, ZONE)


def test_an_empty_week(database: Database) -> None:
    made = digest(FeedbackStore(database), GapStore(database), {}, SINCE, UNTIL)
    assert (made.questions, made.asked, made.gaps) == (0, (), {})
    assert digest_markdown(made).count("没有。") == 5


def test_a_week(database: Database) -> None:
    hour = timedelta(hours=1)
    tell(database, *[(FeedbackKind.SHOWN, "快递到哪了", "", -timedelta(days=d)) for d in range(1, 25)])
    tell(database, *[(FeedbackKind.SHOWN, "快递到哪了", "", n * hour) for n in range(6)])
    tell(database, *[(FeedbackKind.EDITED, "发票怎么开", "bill", n * hour) for n in range(3)])
    tell(database, *[(FeedbackKind.NO_ANSWER, "洗衣机坏了气死我了", "washer", n * hour) for n in range(9)])
    tell(database, (FeedbackKind.REPORTED, "手环", "washer", hour), reason=Reason.OUTDATED)
    tell(database, (FeedbackKind.SHOWN, "退货", "", timedelta(days=7)))
    GapStore(database).decide(2, GapState.ASSIGNED, "张三", owner="财务组")
    made = digest(FeedbackStore(database), GapStore(database), FACTS, SINCE, UNTIL)
    assert (made.questions, made.conversations) == (19, 19)
    assert [(t.title, t.conversations) for t in made.asked[:2]] == [("洗衣机坏了气死我了", 9), ("快递到哪了", 6)]
    assert made.asked[1].before == 6
    assert [t.title for t in made.rose] == ["洗衣机坏了气死我了"]
    assert {(c.product, c.kind, c.conversations) for c in made.complaints} == {
        ("QY-W10", "anger", 9),
        ("QY-W10", "outdated", 1),
    }
    assert set(made.gaps) == {"商品资料组"}
    assert [(e.article, e.used, e.edited, e.distance) for e in made.edited] == [("bill", 3, 3, 12)]
    text = digest_markdown(made)
    assert "# 客户问题周报 2026-W47" in text
    assert "2026-11-16 至 2026-11-22：19 个会话" in text
    assert "| 发票 | 3 | 3 | 12 |" in text


def test_what_customers_write_is_text(database: Database) -> None:
    hostile = "洗衣机 <script>alert(1)</script> [x](javascript:alert(1)) | # **b**\n\n## new"
    tell(database, (FeedbackKind.NO_ANSWER, hostile, "", timedelta(hours=1)))
    page = digest_html(digest(FeedbackStore(database), GapStore(database), {}, SINCE, UNTIL))
    assert "<script" not in page
    assert "<a " not in page
    assert "<strong>" not in page
    assert page.count("<h2>") == 5
    assert "&lt;script&gt;" in page
