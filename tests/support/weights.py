"""Learned weights for tests: nothing counts but what a test names."""

from __future__ import annotations

from collections.abc import Mapping

from kb.features import FEATURES
from kb.ranking_model import CONFIDENCE, RankingModel


def make_model(
    ranking: Mapping[str, float] | None = None, confidence: Mapping[str, float] | None = None, intercept: float = 0.0
) -> RankingModel:
    """A model of these weights, all others 0."""
    unknown = (set(ranking or {}) - set(FEATURES)) | (set(confidence or {}) - set(CONFIDENCE))
    if unknown:
        raise ValueError(f"no such feature: {', '.join(sorted(unknown))}")
    return RankingModel(
        dict.fromkeys(FEATURES, 0.0) | dict(ranking or {}),
        dict.fromkeys(CONFIDENCE, 0.0) | dict(confidence or {}),
        intercept,
        ("made by hand",),
        sections=dict.fromkeys(FEATURES, 0.0) | dict(ranking or {}),
    )
