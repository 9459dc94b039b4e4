from __future__ import annotations

from datetime import datetime

import pytest

from kb.date_mention import bought
from kb.moment import parse_moment
from kb.period import Change, Period
from kb.question import Context
from kb.timeline import Timeline
from tests.support.articles import ZONE, make_article

AT = datetime.fromisoformat("2026-11-22T10:00:00+08:00")
ARTICLES = [
    make_article("old", "旧规则", kind="return-rule", effective_from="2025-01-01"),
    make_article("new", "新规则", kind="return-rule", supersedes="old", effective_from="2026-11-01"),
    make_article("next", "再新规则", kind="return-rule", supersedes="new", effective_from="2026-12-10T20:00:00+08:00"),
    make_article("promo", "促销", kind="promotion", effective_from="2026-10-20", effective_until="2026-11-12"),
    make_article("plain", "说明"),
    make_article("play", "流程", kind="playbook", effective_from="2026-10-01"),
    make_article("until", "到期", effective_until="2027-01-01"),
]
ORDINAL = {article.id: n for n, article in enumerate(ARTICLES)}


def period(article: str, as_of: str | None = None, text: str | None = None, at: datetime = AT) -> Period | None:
    said = bought(text, at, ZONE) if text else None
    given = parse_moment(as_of, ZONE) if as_of else None
    context = Context(at=at, as_of=said.moment if said else given)
    return Timeline(ARTICLES, ZONE).period(ORDINAL[article], context, at, said)


@pytest.mark.parametrize(
    ("article", "as_of", "text", "note"),
    [
        # Without an order's date: the article's own window.
        ("promo", None, None, "2026-10-20 00:00 至 11-12 00:00 有效"),
        ("new", None, None, "2026-11-01 00:00 至 12-10 20:00 有效"),
        ("until", None, None, "2027-01-01 00:00 前有效"),
        ("play", None, None, "2026-10-01 00:00 起有效"),
        # With one: whose rule, and what came after it.
        ("old", "2026-10-28", None, "按 2026-10-28 下单时的规则；11-01 起改为《新规则》"),
        ("old", "2025-10-28", None, "按 2025-10-28 下单时的规则；2026-11-01 起改为《新规则》"),
        ("new", "2026-11-03", None, "按 2026-11-03 下单时的规则"),
        ("plain", "2026-11-03", None, "按 2026-11-03 下单时的规则"),
        ("promo", "2026-11-11", None, "按 2026-11-11 下单时的规则；11-12 00:00 已结束"),
        ("old", None, "10月28号买的", "按 2026-10-28 下单时的规则；11-01 起改为《新规则》"),
        ("new", None, "上周买的", "按 2026-11-09 至 11-15 下单时的规则"),
        ("plain", None, "昨天买的", "按 2026-11-21 下单时的规则"),
    ],
)
def test_the_note(article: str, as_of: str | None, text: str | None, note: str) -> None:
    found = period(article, as_of, text)
    assert found is not None
    assert found.note == note


def test_a_change_within_the_stretch_that_was_said_is_told_from_either_side() -> None:
    # From 40 to 7 days ago: 10-13 to 11-15, the middle before 11-01.
    before = period("old", text="前阵子买的")
    assert before is not None
    assert before.note == "按 2026-10-13 至 11-15 下单时的规则；其间有变：11-01 起改为《新规则》，请问清下单日期"
    # 10-16 to 11-18, the middle on 11-02.
    after = period("new", text="前阵子买的", at=datetime.fromisoformat("2026-11-25T10:00:00+08:00"))
    assert after is not None
    assert after.note == "按 2026-10-16 至 11-18 下单时的规则；其间有变：11-01 之前按《旧规则》，请问清下单日期"
    assert after.change == Change(datetime.fromisoformat("2026-11-01T00:00:00+08:00"), "old", "旧规则")


def test_the_fields_by_hand() -> None:
    found = period("old", text="我10月28號買的")
    assert found is not None
    first = datetime.fromisoformat("2026-11-01T00:00:00+08:00")
    assert (found.as_of, found.said) == (datetime.fromisoformat("2026-10-28T12:00:00+08:00"), "10月28號")
    assert (found.effective_from, found.effective_until) == (ARTICLES[0].effective_from, first)
    assert found.change == Change(first, "new", "新规则")


def test_no_time_where_nothing_knows_of_any() -> None:
    assert period("plain") is None


def test_playbooks_go_by_the_clock() -> None:
    found = period("play", as_of="2026-09-01")
    assert found is not None
    assert (found.as_of, found.said, found.note) == (AT, None, "2026-10-01 00:00 起有效")


def test_of_two_successors_the_earlier_is_the_change() -> None:
    articles = [
        make_article("a"),
        make_article("late", supersedes="a", effective_from="2026-10-01"),
        make_article("early", supersedes="a", effective_from="2026-09-01"),
    ]
    context = Context(at=AT, as_of=parse_moment("2026-08-01", ZONE))
    found = Timeline(articles, ZONE).period(0, context, AT, None)
    assert found is not None
    assert found.change is not None
    assert found.change.article == "early"


def test_a_chain_without_dates_and_an_unknown_predecessor() -> None:
    articles = [make_article("b", supersedes="gone"), make_article("c", supersedes="b")]
    found = Timeline(articles, ZONE).period(1, Context(at=AT), AT, None)
    assert found is not None
    assert found.note == "现行规则"
    assert Timeline(articles[:1], ZONE).period(0, Context(at=AT), AT, None) is None


def test_what_is_to_come() -> None:
    found = Timeline(ARTICLES, ZONE).upcoming(ORDINAL["next"])
    start = datetime.fromisoformat("2026-12-10T20:00:00+08:00")
    assert found == Period(start, None, start, None, None, "2026-12-10 20:00 起生效")
