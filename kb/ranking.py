"""From the legs' hits to ranked articles: one pool of candidates, one score, one passage an article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from kb.article import Kind
from kb.encoder import Floats
from kb.features import standardise
from kb.index import Index
from kb.leg import Ordinals, Query
from kb.passage import PassageKind
from kb.validity import Bools

LATE = "late"
WEAK = "weak"


@dataclass(frozen=True)
class Weights:
    """How much each score counts in the sum of z-scores, measured on public question sets."""

    of: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({"dense": 0.5, LATE: 1.0, "chars": 0.7}))


@dataclass(frozen=True)
class Scope:
    """Which articles a question lets answer.

    in_force: `[n_a] bool`. for_sure: `[n_a] bool`, those of them whose limits to channels and products, if any,
    the question is known to meet; a context that names no channel leaves that open.
    """

    in_force: Bools
    for_sure: Bools


@dataclass(frozen=True)
class Pool:
    """The union of what the legs found.

    ordinals: `[m] int64`, ascending. scores: per leg and for late interaction, `[m] float32`, raw.
    """

    ordinals: Ordinals
    scores: Mapping[str, Floats]


@dataclass(frozen=True)
class Ranked:
    """One article in its place.

    passage: the content passage shown. position: where in the pool the passage is that won the place.
    score: the combined score. scores: the raw ones of the passage that
    won the place. lifted_over: the article that this one overrides, where that decided its place; score and
    scores are then those of the lower one, so that an answer is no less sure for having an exception.
    """

    article: int
    passage: int
    score: float
    scores: Mapping[str, float]
    position: int
    lifted_over: int | None = None


def _lifts(index: Index, scope: Scope, upper: int, lower: int) -> bool:
    """Whether an article in force stands above one that it overrides: it applies for sure, or wherever that does."""
    if not scope.in_force[upper] or not _content(index, upper):
        return False
    one, other = index.articles[upper], index.articles[lower]
    return bool(scope.for_sure[upper]) or (
        _covers(one.channels, other.channels) and _covers(one.products, other.products)
    )


def _covers(wide: Sequence[str], narrow: Sequence[str]) -> bool:
    """Whether a limit to `wide` (none: no limit) holds wherever a limit to `narrow` does."""
    return not wide or (bool(narrow) and set(narrow) <= set(wide))


@dataclass(frozen=True)
class Place:
    """An article, the position in the pool that won it its place, and the article it was lifted over."""

    article: int
    position: int
    over: int | None = None


def gather(index: Index, query: Query, allowed: Bools, k: int, legs: Set[str] | None = None) -> Pool:
    """Ask every leg for its best k among the allowed passages and score the union by all of them.

    legs: the names of the legs that are asked; None: all. Scores are always of all.
    """
    asked = [leg for leg in index.legs if legs is None or leg.name in legs]
    hits = [leg.search(query, allowed, k).ordinals for leg in asked]
    ordinals: Ordinals = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *hits]))
    scores = {leg.name: leg.score(query, ordinals) for leg in index.legs}
    late = index.late.scores(query, ordinals)
    scores[LATE], scores[WEAK] = late.mean, late.weak
    return Pool(ordinals, scores)


def combine(pool: Pool, weights: Weights) -> Floats:
    """`[m] float32`: the weighted sum of z-scores over the pool; a score that is the same for all counts 0."""
    total = np.zeros(len(pool.ordinals), dtype=np.float32)
    for name, weight in weights.of.items():
        if name in pool.scores:
            total += np.float32(weight) * standardise(pool.scores[name])
    return total


def rank(
    index: Index, query: Query, pool: Pool, combined: Floats, standing: Sequence[Place], limit: int
) -> list[Ranked]:
    """What stands in the first `limit` places, with the passages that are shown.

    combined: `[m] float32`, the score of each passage of the pool. standing: the `places` by these scores.
    """
    return [
        Ranked(
            place.article,
            _shown(index, query, pool, combined, place),
            float(combined[place.position]),
            {name: float(scores[place.position]) for name, scores in pool.scores.items()},
            place.position,
            place.over,
        )
        for place in standing[:limit]
    ]


def contenders(standing: Sequence[Place]) -> list[int]:
    """Where in the pool each place in the ranking was won, best first, once for all that were lifted over one."""
    return list(dict.fromkeys(place.position for place in standing))


def _best(index: Index, pool: Pool, combined: Floats) -> dict[int, int]:
    """Each article of the pool with the position of its best passage, best first."""
    best: dict[int, int] = {}
    # Equal scores keep the library's order, so that the same question always gets the same answer.
    for position in np.lexsort((pool.ordinals, -combined)):
        best.setdefault(int(index.article_of[pool.ordinals[position]]), int(position))
    return best


def _content(index: Index, article: int) -> list[int]:
    """The passages of an article that can be shown: all but its `questions`."""
    return [o for o in index.passages_of(article) if index.passages[o].kind is not PassageKind.QUESTION]


def _wording(index: Index, article: int) -> list[int]:
    """The approved wording of a phrase, which is what it is asked for; none of another article."""
    if index.articles[article].kind is not Kind.PHRASE:
        return []
    return [o for o in index.passages_of(article) if index.passages[o].kind is PassageKind.REPLY]


def _shown(index: Index, query: Query, pool: Pool, combined: Floats, place: Place) -> int:
    """The passage to show for an article: its best content in the pool, else the nearest of its content.

    An article of `questions` alone, which is never lifted, shows the one that won.
    """
    content = np.array(_wording(index, place.article) or _content(index, place.article), dtype=np.int64)
    inside = np.flatnonzero(np.isin(pool.ordinals, content))
    if len(inside):
        return int(pool.ordinals[inside[np.argmax(combined[inside])]])
    if len(content):
        return int(content[np.argmax(index.late.score(query, content))])
    return int(pool.ordinals[place.position])


def places(index: Index, pool: Pool, scope: Scope, combined: Floats) -> list[Place]:
    """The articles of the pool, each once, best first, and directly above each those in force that override it."""
    best = _best(index, pool, combined)
    order = {article: number for number, article in enumerate(best)}
    placed: dict[int, Place] = {}

    def place(item: Place, path: frozenset[int]) -> None:
        above = sorted(index.overridden_by.get(item.article, ()), key=lambda a: (order.get(a, len(order)), a))
        for upper in above:
            if _lifts(index, scope, upper, item.article) and upper not in placed and upper not in path:
                place(Place(upper, item.position, item.article), path | {upper})
        placed.setdefault(item.article, item)

    for article, position in best.items():
        if article not in placed:
            place(Place(article, position), frozenset({article}))
    return list(placed.values())
