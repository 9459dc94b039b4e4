"""What a library's owners should look at: overdue reviews, untested promotions, what is unused, much used and old."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kb.article import Article, Kind
from kb.question import Context
from kb.validity import Validity

OLD = timedelta(days=180)
"""A text that nobody changed for so long is old."""
OFTEN = 20
"""An article whose answers were used so many times is used often."""


@dataclass(frozen=True)
class Usage:
    """How often each article's answers were used. since: from when on uses are counted."""

    since: datetime
    uses: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Overdue:
    """An article past its `review_by`. days: by how many days."""

    article: str
    title: str
    owner: str
    review_by: date
    days: int


@dataclass(frozen=True)
class Concern:
    """An article to look at. uses: how often its answers were used; None: not known."""

    article: str
    title: str
    owner: str
    uses: int | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True)
class Health:
    """What to look at in a library; the last two are None where usage is not known.

    overdue: past `review_by`, the longest first. untested: promotions, running or to come, that no evaluation question
    asks for, and that have no `must_pass` of their own.
    """

    overdue: tuple[Overdue, ...] = ()
    untested: tuple[Concern, ...] = ()
    unused: tuple[Concern, ...] | None = None
    often_and_old: tuple[Concern, ...] | None = None


@dataclass(frozen=True)
class Known:
    """What is known around a library. tested: ids with an evaluation question. changed: when each text was written."""

    tested: Collection[str] = ()
    usage: Usage | None = None
    changed: Mapping[str, datetime] = field(default_factory=dict)


def health(articles: Sequence[Article], validity: Validity, now: datetime, zone: ZoneInfo, known: Known) -> Health:
    """What to look at now. What has ended is nobody's concern any more.

    validity: of these articles, in the same order. zone: in which a `review_by` is over at midnight.
    """
    ends = [validity.end_of(ordinal) for ordinal in range(len(articles))]
    alive = [article for article, end in zip(articles, ends, strict=True) if end is None or end > now]
    in_force = validity.in_force(Context(at=now), now)
    serving = [article for article, here in zip(articles, in_force, strict=True) if here]
    return Health(
        overdue=_overdue(alive, now.astimezone(zone).date()),
        untested=_untested(alive, known.tested),
        unused=_unused(serving, known),
        often_and_old=_often_and_old(serving, known, now),
    )


def _overdue(articles: Sequence[Article], today: date) -> tuple[Overdue, ...]:
    late = [
        Overdue(a.id, a.title, a.owner, a.review_by, (today - a.review_by).days)
        for a in articles
        if a.review_by is not None and a.review_by < today
    ]
    return tuple(sorted(late, key=lambda one: (one.review_by, one.article)))


def _untested(articles: Sequence[Article], tested: Collection[str]) -> tuple[Concern, ...]:
    return tuple(
        Concern(a.id, a.title, a.owner)
        for a in articles
        if a.kind is Kind.PROMOTION and a.id not in tested and not a.must_pass
    )


def _unused(articles: Sequence[Article], known: Known) -> tuple[Concern, ...] | None:
    """In force and written since before uses were counted, and used not once."""
    if known.usage is None:
        return None
    since, uses = known.usage.since, known.usage.uses
    return tuple(
        Concern(a.id, a.title, a.owner, 0, known.changed.get(a.id))
        for a in articles
        if not uses.get(a.id) and (a.effective_from or since) <= since and known.changed.get(a.id, since) <= since
    )


def _often_and_old(articles: Sequence[Article], known: Known, now: datetime) -> tuple[Concern, ...] | None:
    if known.usage is None:
        return None
    uses = known.usage.uses
    found = [
        Concern(a.id, a.title, a.owner, uses[a.id], known.changed[a.id])
        for a in articles
        if uses.get(a.id, 0) >= OFTEN and a.id in known.changed and now - known.changed[a.id] >= OLD
    ]
    return tuple(sorted(found, key=lambda one: (-(one.uses or 0), one.article)))
