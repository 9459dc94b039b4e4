"""The learned weights: which passage speaks for its article, which article is first, which section is shown, how sure.

Four linear models in one text file that anyone can read, `ranking_model.json`, beside which stands where they were
learned. `kb eval learn` writes it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from kb.encoder import Floats
from kb.errors import SettingsError
from kb.features import FEATURES
from kb.ranking import Evidence

FORMAT = 2
FILE = Path(__file__).with_name("ranking_model.json")

# A longer message is no surer for it.
_LONG = 60

CONFIDENCE: tuple[str, ...] = (
    "lead",
    "lead_over_five",
    "score",
    "late",
    "weak",
    "dense",
    "chars",
    "words",
    "length",
    "body_share",
    "code_here",
    "code_missing",
    "firsts",
    "product_named",
    "product_given",
    "channel_own",
    "is_playbook",
    "is_phrase",
    "late_z",
    "weak_gap",
    "title_share",
    "heading_share",
    "question_same",
    "not_question",
    "keyword",
    "dense_gap",
    "chars_part",
    "words_part",
    "late_peak",
    "late_over_rest",
    "weak_peak",
    "weak_over_rest",
    "dense_peak",
    "dense_over_rest",
)
"""What the confidence of one place in the ranking is made of; see `confidence_features` and `peaks`."""

EVIDENCE: tuple[str, ...] = tuple(one.name for one in fields(Evidence))
"""What an article's score is made of; see `Evidence`."""

# How many passages after the best, and which of those far below it, its score is held against.
_NEXT = slice(1, 6)
_REST = slice(10, 30)

# Those of CONFIDENCE that are features too, with their columns.
_OF_FEATURES = tuple((name, column) for column, name in enumerate(FEATURES) if name in CONFIDENCE)


@dataclass(frozen=True)
class RankingModel:
    """What was learned.

    ranking: a weight for each of FEATURES, by which a passage speaks for its article. confidence: one for each of
    CONFIDENCE, and the intercept. evidence: how much the best few passages of an article count. sections: a weight for
    each of FEATURES, by which the section shown is chosen; none: the ranking's.
    """

    ranking: Mapping[str, float]
    confidence: Mapping[str, float]
    intercept: float
    learned_on: Sequence[str] = ()
    evidence: Evidence = field(default_factory=Evidence)
    sections: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def vector(self) -> Floats:
        """`[len(FEATURES)] float32`: `ranking` in their order."""
        return np.array([self.ranking[name] for name in FEATURES], dtype=np.float32)

    @cached_property
    def section_vector(self) -> Floats:
        """`[len(FEATURES)] float32`: `sections` in their order."""
        return np.array([(self.sections or self.ranking)[name] for name in FEATURES], dtype=np.float32)

    def probability(self, features: Mapping[str, float]) -> float:
        """That a suggestion with these confidence features answers, 0..1 (a logistic regression)."""
        raised = self.intercept + sum(self.confidence[name] * features[name] for name in CONFIDENCE)
        return 1 / (1 + math.exp(-max(-40.0, min(40.0, raised))))

    def written(self) -> str:
        """The file's text."""
        said = {
            "format": FORMAT,
            "learned_on": list(self.learned_on),
            "ranking": {name: round(self.ranking[name], 5) for name in FEATURES},
            "evidence": {name: round(getattr(self.evidence, name), 5) for name in EVIDENCE},
            "sections": {name: round((self.sections or self.ranking)[name], 5) for name in FEATURES},
            "confidence": {name: round(self.confidence[name], 5) for name in CONFIDENCE},
            "intercept": round(self.intercept, 5),
        }
        return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


@lru_cache(maxsize=4)
def load_ranking_model(path: Path = FILE) -> RankingModel:
    """Read the weights. Raises SettingsError where the file does not fit this program's features."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        found = said["format"]
        if found == FORMAT:
            model = _model(said)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"{path}: cannot be read as ranking weights ({error}); run `kb eval learn`") from error
    if found != FORMAT:
        raise SettingsError(f"{path}: format {found!r}, this program reads {FORMAT}; run `kb eval learn`")
    for part, names in (("ranking", FEATURES), ("sections", FEATURES), ("confidence", CONFIDENCE)):
        weights = getattr(model, part)
        if set(weights) != set(names):
            odd = ", ".join(sorted(set(weights) ^ set(names)))
            raise SettingsError(f"{path}: `{part}` and this program differ in {odd}; run `kb eval learn`")
    return model


def _model(said: Mapping[str, Any]) -> RankingModel:
    return RankingModel(
        {name: _finite(name, weight) for name, weight in said["ranking"].items()},
        {name: _finite(name, weight) for name, weight in said["confidence"].items()},
        _finite("intercept", said["intercept"]),
        tuple(said["learned_on"]),
        Evidence(**{name: _finite(name, said["evidence"][name]) for name in EVIDENCE}),
        {name: _finite(name, weight) for name, weight in said["sections"].items()},
    )


def _finite(name: str, weight: Any) -> float:  # noqa: ANN401
    number = float(weight)
    if not math.isfinite(number):
        raise ValueError(f"{name} is {number}")
    return number


def confidence_features(
    place: int, combined: Sequence[float], scores: Mapping[str, float], features: Floats, message: str
) -> dict[str, float]:
    """What the confidence of the article in one place (from 0) is made of, but for the `peaks` of its pool.

    combined: the ranked articles' scores, best first. scores: the raw ones of the passage that won the place.
    features: its `[len(FEATURES)]`. message: what is asked.
    """
    own = combined[place]
    others = [*combined[:place], *combined[place + 1 :]]
    best = max(others, default=own - 3.0)
    five = others[:5] or [own - 3.0]
    known = features.tolist()
    return {
        **{name: known[column] for name, column in _OF_FEATURES},
        "lead": own - best,
        "lead_over_five": own - sum(five) / len(five),
        "score": own,
        "late": scores.get("late", 0.0) * 10,
        "weak": scores.get("weak", 0.0) * 10,
        "dense": scores.get("dense", 0.0) * 10,
        "chars": math.log1p(max(0.0, scores.get("chars", 0.0))),
        "words": math.log1p(max(0.0, scores.get("words", 0.0))),
        "length": math.log1p(min(len(message), _LONG)),
    }


def peaks(scores: Mapping[str, Floats]) -> dict[str, float]:
    """How far the best of a pool stands above what follows, by meaning: a question about nothing here has no peak.

    scores: per leg, `[m] float32`, raw.
    """
    found: dict[str, float] = {}
    for leg in ("late", "weak", "dense"):
        own = np.sort(scores[leg])[::-1] if leg in scores else np.empty(0, np.float32)
        found[f"{leg}_peak"] = _above(own, _NEXT)
        found[f"{leg}_over_rest"] = _above(own, _REST)
    return found


def _above(scores: Floats, others: slice) -> float:
    """How far the first is above the mean of some others, in steps as fine as the legs' differences; 0 without any."""
    among = scores[others]
    return float(scores[0] - among.mean()) * 20 if len(among) else 0.0
