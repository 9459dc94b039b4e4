"""What starts and ends soon: the rules' windows as a calendar, supersession counted as an end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kb.article import Article, Kind
from kb.validity import Validity


class Happening(StrEnum):
    """What happens to an article at a moment."""

    STARTS = "starts"
    ENDS = "ends"


@dataclass(frozen=True)
class CalendarEntry:
    """One article that starts or ends. superseded_by: the article whose start ends it, where one does."""

    at: datetime
    what: Happening
    article: str
    title: str
    kind: Kind
    owner: str
    channels: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    superseded_by: str | None = None


def calendar(articles: Sequence[Article], validity: Validity, now: datetime, days: float) -> list[CalendarEntry]:
    """What starts and ends in `[now, now + days)`, the earliest first.

    validity: of these articles, in the same order. An article that is never in force has no entry.
    """
    until = now + timedelta(days=days)
    heirs = _heirs(articles)
    found = [
        entry
        for ordinal, article in enumerate(articles)
        for entry in _entries(article, validity.end_of(ordinal), heirs.get(article.id, ()))
        if now <= entry.at < until
    ]
    return sorted(found, key=lambda entry: (entry.at, entry.what, entry.article))


def _heirs(articles: Sequence[Article]) -> dict[str, list[Article]]:
    """Who supersedes whom: the older one's id to the newer ones."""
    heirs: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        if article.supersedes is not None:
            heirs[article.supersedes].append(article)
    return heirs


def _entries(article: Article, end: datetime | None, heirs: Sequence[Article]) -> Iterator[CalendarEntry]:
    start = article.effective_from
    if start is not None and end is not None and end <= start:
        return
    if start is not None:
        yield _entry(article, start, Happening.STARTS)
    if end is not None:
        heir = min((heir.id for heir in heirs if heir.effective_from == end), default=None)
        yield _entry(article, end, Happening.ENDS, heir)


def _entry(article: Article, at: datetime, what: Happening, heir: str | None = None) -> CalendarEntry:
    return CalendarEntry(
        at, what, article.id, article.title, article.kind, article.owner, article.channels, article.products, heir
    )
