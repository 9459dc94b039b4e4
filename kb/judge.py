"""Who scores the candidates of one question and says how sure each place is: the learned weights, or a plain sum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from kb.encoder import Floats
from kb.features import FEATURES, standardise
from kb.ranking import LATE, Place, Pool, Ranked, Weights, contenders
from kb.ranking_model import RankingModel, confidence_features, peaks
from kb.why import Reasons, weigh

# Late interaction's mean cosine at which half of the first suggestions are right, and how fast that changes.
# A rough reading of public question sets, monotone but not calibrated.
_MIDDLE = 0.86
_WIDTH = 0.015
_INTERCEPT = "intercept"


class Judge(Protocol):
    """Scores a pool's passages and says how sure a place in the ranking is."""

    @property
    def combined(self) -> Floats:
        """`[m] float32`: the score of each passage of the pool."""
        ...

    @property
    def sections(self) -> Floats:
        """`[m] float32`: how well each passage of the pool would do as the one shown of its article."""
        ...

    @property
    def standing(self) -> Sequence[Place]:
        """All places by what the scores say of the articles, best first."""
        ...

    def confidences(self, ranked: Sequence[Ranked]) -> list[float]:
        """For each place the probability that it answers, 0..1."""
        ...

    def reasons(self, item: Ranked) -> Reasons:
        """What made an item's score and its confidence."""
        ...


@dataclass(frozen=True)
class SumJudge:
    """The sum of z-scores; sure by late interaction's cosine alone."""

    combined: Floats
    standing: Sequence[Place]
    pool: Pool
    weights: Weights

    @property
    def sections(self) -> Floats:
        """See Judge."""
        return self.combined

    def confidences(self, ranked: Sequence[Ranked]) -> list[float]:
        """See Judge."""
        return [1 / (1 + math.exp(-(item.scores[LATE] - _MIDDLE) / _WIDTH)) for item in ranked]

    def reasons(self, item: Ranked) -> Reasons:
        """See Judge."""
        names = [name for name in self.weights.of if name in self.pool.scores]
        values = {name: float(standardise(self.pool.scores[name])[item.position]) for name in names}
        sure = {LATE: item.scores[LATE], _INTERCEPT: 1.0}
        return Reasons(weigh(values, self.weights.of), weigh(sure, {LATE: 1 / _WIDTH, _INTERCEPT: -_MIDDLE / _WIDTH}))


@dataclass(frozen=True)
class LearnedJudge:
    """The learned weights over the features, and the learned confidence.

    How sure a place is depends on those around it, not on how many are shown.
    """

    combined: Floats
    standing: Sequence[Place]
    features: Floats
    pool: Pool
    model: RankingModel
    message: str

    @cached_property
    def sections(self) -> Floats:
        """See Judge."""
        scores: Floats = self.features @ self.model.section_vector
        return scores

    def confidences(self, ranked: Sequence[Ranked]) -> list[float]:
        """See Judge."""
        return [self.model.probability(self._sure(item)) for item in ranked]

    def reasons(self, item: Ranked) -> Reasons:
        """See Judge."""
        values = dict(zip(FEATURES, map(float, self.features[item.position]), strict=True))
        sure = {**self._sure(item), _INTERCEPT: 1.0}
        weights = {**self.model.confidence, _INTERCEPT: self.model.intercept}
        return Reasons(weigh(values, self.model.ranking), weigh(sure, weights))

    @cached_property
    def _won(self) -> dict[int, float]:
        return contenders(self.standing)

    @cached_property
    def _scores(self) -> list[float]:
        return list(self._won.values())

    @cached_property
    def _peaks(self) -> dict[str, float]:
        return peaks(self.pool.scores)

    def _sure(self, item: Ranked) -> dict[str, float]:
        place = list(self._won).index(item.position)
        own = self.features[item.position]
        return confidence_features(place, self._scores, item.scores, own, self.message) | self._peaks
