"""The learned weights: of a candidate's features in the ranking, and of a first place's in its confidence.

Two linear models in one text file that anyone can read, `ranking_model.json`, beside which stands where they were
learned. `kb eval learn` writes it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from kb.encoder import Floats
from kb.errors import SettingsError
from kb.features import FEATURES

FORMAT = 1
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
)
"""What the confidence of one place in the ranking is made of; see `confidence_features`."""


@dataclass(frozen=True)
class RankingModel:
    """ranking: a weight for each of FEATURES. confidence: one for each of CONFIDENCE, and the intercept."""

    ranking: Mapping[str, float]
    confidence: Mapping[str, float]
    intercept: float
    learned_on: Sequence[str] = ()

    @cached_property
    def vector(self) -> Floats:
        """`[len(FEATURES)] float32`, in their order."""
        return np.array([self.ranking[name] for name in FEATURES], dtype=np.float32)

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
    for part, weights, names in (("ranking", model.ranking, FEATURES), ("confidence", model.confidence, CONFIDENCE)):
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
    )


def _finite(name: str, weight: Any) -> float:  # noqa: ANN401
    number = float(weight)
    if not math.isfinite(number):
        raise ValueError(f"{name} is {number}")
    return number


def confidence_features(
    place: int, combined: Sequence[float], scores: Mapping[str, float], features: Floats, message: str
) -> dict[str, float]:
    """What the confidence of the article in one place (from 0) is made of.

    combined: the ranked articles' scores, best first. scores: the raw ones of the passage that won the place.
    features: its `[len(FEATURES)]`. message: what is asked.
    """
    own = combined[place]
    others = [score for number, score in enumerate(combined) if number != place]
    best = max(others, default=own - 3.0)
    five = others[:5] or [own - 3.0]
    known = {name: float(features[FEATURES.index(name)]) for name in FEATURES if name in CONFIDENCE}
    return {
        **known,
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
