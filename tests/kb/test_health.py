from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from kb.article import Article
from kb.health import OFTEN, OLD, Health, Known, Usage, health
from kb.validity import Validity
from tests.support.articles import ZONE, make_article

NOW = datetime.fromisoformat("2026-11-22T12:00:00+08:00")
SINCE = datetime.fromisoformat("2026-10-01T00:00:00+08:00")


def look(*articles: Article, known: Known | None = None, now: datetime = NOW) -> Health:
    return health(articles, Validity(articles), now, ZONE, known or Known())


def used(uses: Mapping[str, int], changed: Mapping[str, datetime] | None = None) -> Known:
    return Known(usage=Usage(SINCE, uses), changed=changed or {})


def test_past_its_review_the_longest_first() -> None:
    late = make_article("late", review_by="2026-11-20", owner="售后组")
    later = make_article("later", review_by="2026-10-23")
    today = make_article("today", review_by="2026-11-22")
    ended = make_article("ended", review_by="2026-01-01", effective_until="2026-02-01")
    found = look(late, later, today, ended).overdue
    assert [(o.article, o.days, o.owner) for o in found] == [("later", 30, ""), ("late", 2, "售后组")]


def test_a_review_is_over_at_midnight_of_the_shop() -> None:
    article = make_article("a", review_by="2026-11-22")
    assert look(article, now=datetime.fromisoformat("2026-11-22T15:59:59+00:00")).overdue == ()
    assert len(look(article, now=datetime.fromisoformat("2026-11-22T16:00:00+00:00")).overdue) == 1


def test_promotions_without_an_evaluation_question() -> None:
    articles = [
        make_article("tested", kind="promotion"),
        make_article("running", kind="promotion"),
        make_article("to-come", kind="promotion", effective_from="2026-12-12"),
        make_article("over", kind="promotion", effective_until="2026-11-11"),
        make_article("guarded", kind="promotion", must_pass=["满减怎么算"]),
        make_article("rule"),
    ]
    untested = look(*articles, known=Known(tested={"tested"})).untested
    assert [one.article for one in untested] == ["running", "to-come"]
    assert [one.article for one in look(*articles).untested] == ["tested", "running", "to-come"]


def test_what_nobody_counts_is_not_known() -> None:
    found = look(make_article("a"))
    assert (found.unused, found.often_and_old) == (None, None)


def test_unused_since_uses_are_counted() -> None:
    articles = [
        make_article("used"),
        make_article("unused"),
        make_article("fresh", effective_from="2026-11-01"),
        make_article("rewritten"),
        make_article("over", effective_until="2026-11-11"),
    ]
    unused = look(*articles, known=used({"used": 1}, {"rewritten": NOW - timedelta(days=3)})).unused
    assert unused is not None
    assert [(one.article, one.uses) for one in unused] == [("unused", 0)]


def test_used_often_and_old() -> None:
    old, young = NOW - OLD, NOW - OLD + timedelta(seconds=1)
    articles = [make_article(name) for name in ("old", "older", "young", "seldom", "unknown")]
    uses = {"old": OFTEN, "older": OFTEN + 1, "young": 500, "seldom": OFTEN - 1, "unknown": 500}
    found = look(*articles, known=used(uses, {"old": old, "older": old, "young": young, "seldom": old})).often_and_old
    assert found is not None
    assert [(one.article, one.uses) for one in found] == [("older", OFTEN + 1), ("old", OFTEN)]
