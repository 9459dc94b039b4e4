from __future__ import annotations

from datetime import datetime

import pytest

from kb.article import Article
from kb.calendar import CalendarEntry, Happening, calendar
from kb.validity import Validity
from tests.support.articles import make_article

NOW = datetime.fromisoformat("2026-11-22T12:00:00+08:00")


def entries(*articles: Article, days: float = 7) -> list[CalendarEntry]:
    return calendar(articles, Validity(articles), NOW, days)


def shown(*articles: Article, days: float = 7) -> list[tuple[str, str, str]]:
    return [(f"{e.at:%m-%d %H:%M}", e.what.value, e.article) for e in entries(*articles, days=days)]


def test_what_starts_and_ends_in_order() -> None:
    sale = make_article("sale", effective_from="2026-11-24", effective_until="2026-11-27")
    coupon = make_article("coupon", effective_until="2026-11-24")
    assert shown(sale, coupon) == [
        ("11-24 00:00", "ends", "coupon"),
        ("11-24 00:00", "starts", "sale"),
        ("11-27 00:00", "ends", "sale"),
    ]


def test_supersession_is_an_end() -> None:
    old = make_article("old")
    new = make_article("new", supersedes="old", effective_from="2026-11-25", owner="售后组", channels=["jd"])
    end, start = entries(old, new)
    assert (end.what, end.article, end.superseded_by) == (Happening.ENDS, "old", "new")
    assert (start.what, start.article, start.superseded_by) == (Happening.STARTS, "new", None)
    assert (start.owner, start.channels, start.title) == ("售后组", ("jd",), "标题")
    assert end.at == start.at == datetime.fromisoformat("2026-11-25T00:00:00+08:00")


def test_its_own_end_before_the_heir_names_none() -> None:
    old = make_article("old", effective_until="2026-11-24")
    new = make_article("new", supersedes="old", effective_from="2026-11-25")
    assert [(e.article, e.superseded_by) for e in entries(old, new)] == [("old", None), ("new", None)]


@pytest.mark.parametrize(
    ("start", "end"), [("2026-11-24", "2026-11-24"), ("2026-11-25", "2026-11-24"), ("2026-11-20", "2026-11-21")]
)
def test_what_is_never_in_force_or_over_is_not_told(start: str, end: str) -> None:
    # Windows that a file could not say, but supersession makes.
    old = make_article("old", effective_from=start)
    new = make_article("new", supersedes="old", effective_from=end)
    assert [e.article for e in entries(old, new)] == [name for name in ["new"] if end >= "2026-11-22"]


def test_the_window_is_half_open() -> None:
    now = make_article("now", effective_from=NOW.isoformat())
    past = make_article("past", effective_from="2026-11-22T11:59:59+08:00")
    last = make_article("last", effective_from="2026-11-29T11:59:59+08:00")
    late = make_article("late", effective_from="2026-11-29T12:00:00+08:00")
    assert [e.article for e in entries(now, past, last, late)] == ["now", "last"]
    assert [e.article for e in entries(now, past, last, late, days=8)] == ["now", "last", "late"]


def test_a_library_without_dates_has_an_empty_calendar() -> None:
    assert entries(make_article("a"), make_article("b", effective_from="2020-01-01")) == []
    assert entries() == []
