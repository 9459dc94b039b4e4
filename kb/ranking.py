"""From the legs' hits to ranked articles: one pool of candidates, one score, one passage an article."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kb.article import Kind
from kb.encoder import Floats
from kb.features import standardise
from kb.index import Index
from kb.leg import Ordinals, Query
from kb.passage import PassageKind
from kb.validity import Bools

LATE = "late"
WEAK = "weak"
# What tells, before late interaction, which of the passages found are worth its time. Of the demo shop's questions and
# the training pairs the best 80 by it hold the right article as often as all 130 or so do, of 60 for 4 in 1,000 less.
_FIRST_CUT: Mapping[str, float] = MappingProxyType({"dense": 1.0, "chars": 0.7})


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
    score: the article's, by its best passages. scores: the raw ones of the passage that won the place.
    lifted_over: the article that this one overrides, where that decided its place; score and
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


class Place(NamedTuple):
    """An article, the position in the pool that won it its place, its score, and the article it was lifted over."""

    article: int
    position: int
    score: float
    over: int | None = None


# How far below its best, and below its second, an article's next passage counts that was not found.
_NO_SECOND = 2.0
_NO_THIRD = 1.0


@dataclass(frozen=True)
class Evidence:
    """How much of an article speaks for it: its best passage, its second, its third, and how many were found.

    An article of which several sections speak of what is asked is right more often than one of which a single section
    happens to.
    """

    best: float = 1.0
    second: float = 0.0
    third: float = 0.0
    count: float = 0.0

    def score(self, passages: Sequence[float]) -> float:
        """The article's score by those of its passages, best first, at least one."""
        best, second, third, count = self.parts(passages)
        return self.best * best + self.second * second + self.third * third + self.count * count

    @staticmethod
    def parts(passages: Sequence[float]) -> tuple[float, float, float, float]:
        """What the weights are for: best, second, third, and the logarithm of the count."""
        best = passages[0]
        second = passages[1] if len(passages) > 1 else best - _NO_SECOND
        third = passages[2] if len(passages) > 2 else second - _NO_THIRD
        return best, second, third, math.log(len(passages))

    def most(self, best: float, count: int) -> float:
        """The highest score of an article of so many passages, none better than `best`."""
        return self.score([best] * max(count, 1))

    @property
    def most_gained(self) -> float:
        """By how much an article rises at most when, beside one, others as good are found, up to six in all."""
        return max(0.0, self.score([0.0] * 6) - self.score([0.0]))


def find(index: Index, query: Query, allowed: Bools, k: int, legs: Set[str] | None = None) -> Ordinals:
    """`[m] int64`, ascending: every leg's best k among the allowed passages.

    legs: the names of the legs that are asked; None: all.
    """
    asked = [leg for leg in index.legs if legs is None or leg.name in legs]
    hits = [leg.search(query, allowed, k).ordinals for leg in asked]
    ordinals: Ordinals = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *hits]))
    return ordinals


def scored(index: Index, query: Query, ordinals: Ordinals, most: int, known: Pool | None = None) -> Pool:
    """The likeliest of these passages, ascending, at most so many, scored by all legs and late interaction.

    known: a pool of the same query, whose late scores are not worked out again.
    """
    scores = {leg.name: leg.score(query, ordinals) for leg in index.legs}
    if len(ordinals) > most:
        kept = _likeliest(scores, most)
        ordinals, scores = ordinals[kept], {name: of[kept] for name, of in scores.items()}
    for name, of in _late(index, query, ordinals, known).items():
        scores[name] = of
    return Pool(ordinals, scores)


def _likeliest(scores: Mapping[str, Floats], most: int) -> Ordinals:
    """`[most] int64`, ascending: where the passages stand that the legs together speak for most."""
    together = np.zeros(len(next(iter(scores.values()))), dtype=np.float32)
    for name, weight in _FIRST_CUT.items():
        if name in scores:
            together += np.float32(weight) * standardise(scores[name])
    return np.sort(np.argsort(-together, kind="stable")[:most])


def _late(index: Index, query: Query, ordinals: Ordinals, known: Pool | None) -> dict[str, Floats]:
    """Late interaction's scores, those of a known pool taken from it."""
    if known is None:
        late = index.late.scores(query, ordinals)
        return {LATE: late.mean, WEAK: late.weak}
    here = np.isin(ordinals, known.ordinals, assume_unique=True)
    there = np.isin(known.ordinals, ordinals, assume_unique=True)
    late = index.late.scores(query, ordinals[~here])
    found = {}
    for name, of_new in ((LATE, late.mean), (WEAK, late.weak)):
        found[name] = np.empty(len(ordinals), dtype=np.float32)
        found[name][here], found[name][~here] = known.scores[name][there], of_new
    return found


def combine(pool: Pool, weights: Weights) -> Floats:
    """`[m] float32`: the weighted sum of z-scores over the pool; a score that is the same for all counts 0."""
    total = np.zeros(len(pool.ordinals), dtype=np.float32)
    for name, weight in weights.of.items():
        if name in pool.scores:
            total += np.float32(weight) * standardise(pool.scores[name])
    return total


def rank(index: Index, query: Query, pool: Pool, sections: Floats, standing: Sequence[Place]) -> list[Ranked]:
    """What stands in these places, with the passages that are shown.

    sections: `[m] float32`, how well each passage of the pool would do as the one shown of its article.
    standing: some of the `places`.
    """
    return [
        Ranked(
            place.article,
            _shown(index, query, pool, sections, place),
            place.score,
            {name: float(scores[place.position]) for name, scores in pool.scores.items()},
            place.position,
            place.over,
        )
        for place in standing
    ]


def contenders(standing: Sequence[Place]) -> dict[int, float]:
    """Where in the pool each place was won, with its score, best first, once for all that were lifted over one."""
    return {place.position: place.score for place in standing}


def best_of_each(
    articles: Ordinals, combined: npt.NDArray[np.floating[Any]], evidence: Evidence
) -> list[tuple[int, int, float]]:
    """Each article with the position of its best passage and its score, best first.

    articles: `[m] int64`, whose passage each is, in the library's order. combined: `[m]`, the passages' scores.
    """
    # Equal scores keep the library's order, so that the same question always gets the same answer.
    order = np.argsort(-combined, kind="stable")
    positions: dict[int, list[int]] = {}
    for article, position in zip(articles[order].tolist(), order.tolist(), strict=True):
        positions.setdefault(article, []).append(position)
    scores: list[float] = combined.tolist()
    each = [(article, of[0], evidence.score([scores[p] for p in of])) for article, of in positions.items()]
    each.sort(key=lambda one: -one[2])
    return each


def _content(index: Index, article: int) -> list[int]:
    """The passages of an article that can be shown: all but its `questions`."""
    return [o for o in index.passages_of(article) if index.passages[o].kind is not PassageKind.QUESTION]


def _wording(index: Index, article: int) -> list[int]:
    """The approved wording of a phrase, which is what it is asked for; none of another article."""
    if index.articles[article].kind is not Kind.PHRASE:
        return []
    return [o for o in index.passages_of(article) if index.passages[o].kind is PassageKind.REPLY]


def _shown(index: Index, query: Query, pool: Pool, sections: Floats, place: Place) -> int:
    """The passage to show for an article: its best content in the pool, else the nearest of its content.

    An article of `questions` alone, which is never lifted, shows the one that won.
    """
    content = _wording(index, place.article) or _content(index, place.article)
    if not content:
        return int(pool.ordinals[place.position])
    # The passages of one article stand together.
    first, stop = np.searchsorted(pool.ordinals, (content[0], content[-1] + 1)).tolist()
    own = dict(zip(pool.ordinals[first:stop].tolist(), sections[first:stop].tolist(), strict=True))
    inside = [o for o in content if o in own]
    if inside:
        return max(inside, key=own.__getitem__)
    return content[int(np.argmax(index.late.score(query, np.array(content, dtype=np.int64))))]


def places(index: Index, pool: Pool, scope: Scope, combined: Floats, evidence: Evidence | None = None) -> list[Place]:
    """The articles of the pool, each once, best first, and directly above each those in force that override it.

    combined: `[m] float32`, the score of each passage. evidence: what of them makes the article's; None: the best.
    """
    best = best_of_each(index.article_of[pool.ordinals], combined, evidence or Evidence())
    order = {article: number for number, (article, _, _) in enumerate(best)}
    placed: dict[int, Place] = {}

    def lifted(article: int, path: frozenset[int]) -> list[int]:
        above = [a for a in index.overridden_by.get(article, ()) if a not in placed and a not in path]
        above.sort(key=lambda a: (order.get(a, len(order)), a))
        return [a for a in above if _lifts(index, scope, a, article)]

    for article, position, score in best:
        if article not in placed:
            _put(placed, Place(article, position, score), frozenset({article}), lifted)
    return list(placed.values())


def _put(
    placed: dict[int, Place],
    item: Place,
    path: frozenset[int],
    lifted: Callable[[int, frozenset[int]], list[int]],
) -> None:
    """Place an article behind those that are lifted over it, and those over them. path: the articles below, with it."""
    for upper in lifted(item.article, path):
        if upper not in placed:
            _put(placed, Place(upper, item.position, item.score, item.article), path | {upper}, lifted)
    placed.setdefault(item.article, item)
