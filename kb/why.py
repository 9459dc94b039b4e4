"""Why a suggestion stands where it does, in numbers that add up, and what was left out by which rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kb.index import Index
from kb.mention import Mention
from kb.question import Context
from kb.ranking import Ranked
from kb.validity import Bools

CONSIDERED = 10
"""An article counts as left out where it would have been among so many."""

_MOST = 5


@dataclass(frozen=True)
class Weighed:
    """One number that counted: contribution is value · weight; contributions add up to a score or to log odds."""

    name: str
    value: float
    weight: float
    contribution: float


@dataclass(frozen=True)
class Reasons:
    """What made a score, and what made its confidence (log odds, `intercept` among them), the weightiest first."""

    features: tuple[Weighed, ...]
    confidence: tuple[Weighed, ...]


@dataclass(frozen=True)
class Filtered:
    """An article that a rule kept from answering. rank: the place it would have had; reason: the rule, for people.

    Never its text: what is over, or of another product, answers nothing.
    """

    rank: int
    article: str
    title: str
    reason: str


def weigh(values: Mapping[str, float], weights: Mapping[str, float]) -> tuple[Weighed, ...]:
    """Each number that counted with its weight, the weightiest first; those that contribute 0 are left out."""
    weighed = (Weighed(name, value, weights[name], value * weights[name]) for name, value in values.items())
    return tuple(sorted((w for w in weighed if w.contribution), key=lambda w: -abs(w.contribution)))


def left_out(
    index: Index, ranked: Iterable[Ranked], allowed: Bools, context: Context, named: Sequence[Mention], now: datetime
) -> tuple[Filtered, ...]:
    """Those ranked among all that the question does not allow, with the rule that says so.

    allowed: `[n_a] bool`, the articles that may answer. ranked: the first of a ranking of all articles.
    """
    out = [(rank, item.article) for rank, item in enumerate(ranked, start=1) if not allowed[item.article]]
    found: list[Filtered] = []
    for rank, number in out[:_MOST]:
        article = index.articles[number]
        reason = index.validity.verdict(number, context, now).reason
        names = ", ".join(mention.alias for mention in named if mention.binds)
        found.append(Filtered(rank, article.id, article.title, reason or f"another product is named: {names}"))
    return tuple(found)
