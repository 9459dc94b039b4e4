"""An Index whose every score is written down, so that ranking can be computed by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kb.article import Article
from kb.encoder import Floats, TokenVectors
from kb.leg import Alignment, Hits, LateScores, Ordinals, Query
from kb.moods import MoodWords
from kb.passage import Passage, PassageKind
from kb.synonyms import Synonyms
from kb.validity import Bools, Validity
from tests.support.articles import make_article

NO_TOKENS = TokenVectors(np.empty((0, 1), np.float32), np.empty((0, 2), np.int32))
QUERY = Query("问", np.ones(1, np.float32), NO_TOKENS)


@dataclass(frozen=True)
class FakeLeg:
    """Scores by passage; what scores above 0 is found."""

    name: str
    scores: Floats

    def search(self, query: Query, allowed: Bools, k: int) -> Hits:  # noqa: ARG002
        found = np.flatnonzero(allowed & (self.scores > 0))
        best = found[np.argsort(-self.scores[found], kind="stable")[:k]]
        return Hits(best, self.scores[best])

    def score(self, query: Query, ordinals: Ordinals) -> Floats:  # noqa: ARG002
        scores: Floats = self.scores[ordinals]
        return scores


@dataclass(frozen=True)
class FakeLate:
    """Late interaction's scores by passage."""

    values: Floats

    def score(self, query: Query, ordinals: Ordinals) -> Floats:  # noqa: ARG002
        scores: Floats = self.values[ordinals]
        return scores

    def scores(self, query: Query, ordinals: Ordinals) -> LateScores:
        mean = self.score(query, ordinals)
        return LateScores(mean, mean)

    def align(self, query: Query, ordinal: int) -> Alignment:  # noqa: ARG002
        return Alignment(np.empty((0, 2), np.int32), np.empty((0, 0), np.float32))


@dataclass(frozen=True)
class FakeIndex:
    """See kb.index.Index."""

    articles: Sequence[Article]
    passages: Sequence[Passage]
    article_of: Ordinals
    legs: Sequence[FakeLeg]
    late: FakeLate
    overridden_by: Mapping[int, Sequence[int]]
    validity: Validity
    generation: str = "fake"
    synonyms: Synonyms = field(default_factory=Synonyms)
    moods: MoodWords = field(default_factory=MoodWords)

    def ordinal(self, article: str) -> int | None:
        return next((i for i, a in enumerate(self.articles) if a.id == article), None)

    def revision_of(self, article: int) -> int | None:  # noqa: ARG002
        return None

    def respell(self, text: str) -> str:
        return text

    def passages_of(self, article: int) -> range:
        inside = np.flatnonzero(self.article_of == article)
        return range(int(inside[0]), int(inside[-1]) + 1) if len(inside) else range(0)


def fake_index(
    passages: Sequence[tuple[int, PassageKind]],
    late: Sequence[float],
    overridden_by: Mapping[int, Sequence[int]] | None = None,
    **legs: Sequence[float],
) -> FakeIndex:
    """passages: article ordinal and kind of each. late and legs: one score a passage."""
    articles = [make_article(f"a{n}") for n in range(max(a for a, _ in passages) + 1)]
    return FakeIndex(
        articles,
        [Passage(f"a{a}", n, kind, "标题", (), f"第 {n} 段", (1, 1)) for n, (a, kind) in enumerate(passages)],
        np.array([a for a, _ in passages], dtype=np.int64),
        [FakeLeg(name, np.array(scores, dtype=np.float32)) for name, scores in legs.items()],
        FakeLate(np.array(late, dtype=np.float32)),
        overridden_by or {},
        Validity(articles),
    )
