"""Which articles are in force for a question: by moment, order date, channel and product.

The one place that decides it. A generation holds past, present and future rules; the clock is applied here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from kb.article import Article, Kind
from kb.codes import channel_codes, product_codes
from kb.normalise import normalise_code
from kb.question import Context

Bools = npt.NDArray[np.bool_]

_ALWAYS = np.int64(np.iinfo(np.int64).min)
_NEVER_ENDS = np.int64(np.iinfo(np.int64).max)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND = timedelta(microseconds=1)

# What an agent does and says today follows today's instructions, whatever the order's date.
FOLLOWS_THE_CLOCK = frozenset({Kind.PLAYBOOK, Kind.PHRASE})
"""Kinds that go by `at`, never by `as_of`."""


def instant(moment: datetime) -> int:
    """Microseconds since 1970 UTC, exact. Raises ValueError for a moment without an offset."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no offset")
    return (moment - _EPOCH) // _MICROSECOND


def ends(articles: Sequence[Article]) -> list[datetime | None]:
    """When each article stops being in force: its own end, or the start of the one that supersedes it.

    An article superseded by one that is open at its start never applies; its end is then the earliest moment.
    """
    end = {article.id: article.effective_until for article in articles}
    for newer in articles:
        if newer.supersedes is None or newer.supersedes not in end:
            continue
        start = newer.effective_from or _EPOCH.replace(year=1)
        older = end[newer.supersedes]
        if older is None or start < older:
            end[newer.supersedes] = start
    return [end[article.id] for article in articles]


@dataclass(frozen=True)
class Verdict:
    """Why an article may or may not answer: None where it may, else one line for people."""

    article: str
    reason: str | None


class Validity:
    """The windows, channels and products of n articles, ready to be asked for one question at a time."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = tuple(articles)
        self._ends = ends(self._articles)
        self._start = np.array(
            [_ALWAYS if a.effective_from is None else instant(a.effective_from) for a in articles], dtype=np.int64
        )
        self._end = np.array([_NEVER_ENDS if e is None else instant(e) for e in self._ends], dtype=np.int64)
        self._clock = np.array([a.kind in FOLLOWS_THE_CLOCK for a in articles], dtype=np.bool_)
        self._starts = np.unique(self._start)
        self._channels = _membership(map(channel_codes, articles))
        self._products = _membership(map(product_codes, articles))
        self._any_channel = np.array([not a.channels for a in articles], dtype=np.bool_)
        self._any_product = np.array([not a.products for a in articles], dtype=np.bool_)

    def end_of(self, ordinal: int) -> datetime | None:
        """When the article at this place stops being in force, supersession included; None: open."""
        return self._ends[ordinal]

    def in_force(self, context: Context, now: datetime) -> Bools:
        """`[n] bool`: whether article i may answer this question.

        The window is half open, [from, until), at the order's date (`as_of`, else `at`, else now); playbooks
        and phrases go by `at`. A channel or product that the context names must be one of the article's,
        where it has any; one that the context leaves out restricts nothing.
        """
        at = instant(context.at or now)
        moment = np.where(self._clock, at, instant(context.as_of) if context.as_of else at)
        return self._meets((self._start <= moment) & (moment < self._end), context)

    def soon(self, context: Context, now: datetime, within: timedelta) -> Bools | None:
        """`[n] bool`: whether article i begins within so much time after the question and could then answer it.

        None where none does, known without looking at the articles. An order's date leaves playbooks and phrases
        alone: to an order of the past no rule to come applies.
        """
        at = instant(context.at or now)
        until = at + within // _MICROSECOND
        first, last = np.searchsorted(self._starts, (at, until), side="right")
        if first == last:
            return None
        begins: Bools = (at < self._start) & (self._start <= until) & (self._start < self._end)
        if context.as_of:
            begins &= self._clock
        begins = self._meets(begins, context)
        return begins if begins.any() else None

    def _meets(self, allowed: Bools, context: Context) -> Bools:
        """Those allowed that the context's channel and product do not rule out."""
        if context.channel:
            allowed &= self._any_channel | self._holds(self._channels, context.channel)
        if context.product:
            allowed &= self._any_product | self._holds(self._products, context.product)
        return allowed

    def applies_for_sure(self, context: Context) -> Bools:
        """`[n] bool`: whether the channels and products that article i is limited to, if any, are the context's.

        Less than `in_force`, where a context that names no channel restricts nothing: only such an article may
        be put above another that it overrides.
        """
        sure: Bools = self._any_channel.copy()
        if context.channel:
            sure |= self._holds(self._channels, context.channel)
        product = self._any_product.copy()
        if context.product:
            product |= self._holds(self._products, context.product)
        return sure & product

    def verdict(self, ordinal: int, context: Context, now: datetime) -> Verdict:
        """Why the article at this place may not answer the question, for `explain`."""
        article = self._articles[ordinal]
        if self.in_force(context, now)[ordinal]:
            return Verdict(article.id, None)
        at = context.at or now
        moment = at if article.kind in FOLLOWS_THE_CLOCK else (context.as_of or at)
        end = self._ends[ordinal]
        if article.effective_from is not None and moment < article.effective_from:
            return Verdict(article.id, f"in force only from {article.effective_from.isoformat()}")
        if end is not None and moment >= end:
            return Verdict(article.id, f"ended on {end.isoformat()}")
        if context.channel and not self._any_channel[ordinal]:
            here = self._holds(self._channels, context.channel)
            if not here[ordinal]:
                return Verdict(article.id, f"applies to channel {', '.join(article.channels)} only")
        return Verdict(article.id, f"applies to product {', '.join(article.products)} only")

    def _holds(self, members: Mapping[str, Sequence[int]], value: str) -> Bools:
        """`[n] bool`: the articles that name a value."""
        found: Bools = np.zeros(len(self._articles), dtype=np.bool_)
        found[list(members.get(normalise_code(value), ()))] = True
        return found


def _membership(values: Iterable[tuple[str, ...]]) -> dict[str, list[int]]:
    """For each value the articles that name it."""
    found: dict[str, list[int]] = {}
    for ordinal, names in enumerate(values):
        for name in names:
            found.setdefault(name, []).append(ordinal)
    return found
