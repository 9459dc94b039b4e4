"""The one object that answers. HTTP, the command line, the evaluation and the pages all call `suggest`."""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Protocol
from urllib.parse import quote

from kb.encoder import Encoder, Floats
from kb.features import FeatureReader
from kb.index import Index
from kb.leg import Query
from kb.mention import ProductNames
from kb.overlap import shared_stretches
from kb.passage import PassageKind
from kb.question import Question
from kb.ranking import LATE, Pool, Ranked, Scope, Weights, combine, contenders, gather, rank
from kb.ranking_model import RankingModel, confidence_features
from kb.reply import compose
from kb.stopwatch import Stopwatch
from kb.suggestion import Answer, Snippet, Source, Suggestion, Why
from kb.understanding import Understanding, understand

# Late interaction's mean cosine at which half of the first suggestions are right, and how fast that changes.
# A rough reading of public question sets, monotone but not calibrated.
_MIDDLE = 0.86
_WIDTH = 0.015


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class AssistantSettings:
    """What decides an answer beside the generation. pool: passages a leg hands over. threshold: see README.

    model: the learned ranking and confidence; None: the sum of z-scores by `weights`, with a rough confidence.
    legs: the names of the legs that are asked for candidates; None: all.
    """

    pool: int = 50
    threshold: float = 0.5
    weights: Weights = field(default_factory=Weights)
    legs: frozenset[str] | None = None
    model: RankingModel | None = None

    @cached_property
    def config(self) -> str:
        """A short hash of these settings: equal answers need equal config and generation."""
        said: dict[str, object] = {"pool": self.pool, "threshold": self.threshold, "weights": dict(self.weights.of)}
        if self.legs is not None:
            said["legs"] = sorted(self.legs)
        if self.model is not None:
            said["model"] = self.model.written()
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Considered:
    """A question with its candidates. features: `[m, len(FEATURES)] float32`, a row for each passage of the pool."""

    understood: Understanding
    query: Query
    scope: Scope
    pool: Pool
    features: Floats


class Assistant:
    """Answers questions from one generation; safe to use from several threads."""

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        settings: AssistantSettings | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.index = index
        self._encoder = encoder
        self._settings = settings or AssistantSettings()
        self._clock = clock
        self._products = ProductNames(index.articles)
        self._features = FeatureReader(index)

    def suggest(self, question: Question) -> Answer:
        """Ranked suggestions for a customer's message, at most one an article, or an honest none."""
        watch = Stopwatch()
        considered = self.consider(question, watch=watch)
        query = considered.query
        judge = self._judge(considered)
        ranked = rank(self.index, query, considered.pool, considered.scope, judge.combined, question.limit)
        confidences = judge.confidences(ranked)
        watch.lap("rank")
        suggestions = tuple(
            self._suggestion(number, item, confidences[number - 1], query, question)
            for number, item in enumerate(ranked, start=1)
        )
        watch.lap("reply")
        return Answer(
            id=uuid.uuid4().hex,
            suggestions=suggestions,
            answerable=bool(suggestions) and suggestions[0].confidence >= self._settings.threshold,
            generation=self.index.generation,
            config=self._settings.config,
            took_ms=watch.laps(),
        )

    def consider(self, question: Question, watch: Stopwatch | None = None) -> Considered:
        """What is known before anything is ranked; `suggest` goes on from it, and ranking is learned from it."""
        watch = watch or Stopwatch()
        understood = understand(question, self._products)
        validity = self.index.validity
        in_force = validity.in_force(question.context, self._clock()) & self._products.bound(understood.named)
        watch.lap("understand")
        encoded = self._encoder.encode_queries([understood.searched])
        query = Query(understood.searched, encoded.vectors[0], encoded.tokens[0])
        watch.lap("encode")
        allowed = in_force[self.index.article_of]
        pool = gather(self.index, query, allowed, self._settings.pool, self._settings.legs)
        watch.lap("retrieve")
        features = self._features.read(pool.ordinals, pool.scores, understood, question.context)
        watch.lap("features")
        return Considered(
            understood, query, Scope(in_force, validity.applies_for_sure(question.context)), pool, features
        )

    def _judge(self, considered: Considered) -> _Judge:
        model = self._settings.model
        if model is None:
            return _SumJudge(combine(considered.pool, self._settings.weights))
        combined = considered.features @ model.vector
        # How sure a place is depends on those around it, not on how many are shown.
        standing = contenders(self.index, considered.pool, considered.scope, combined)
        return _LearnedJudge(combined, considered.features, standing, model, considered.understood.message)

    def _suggestion(self, number: int, item: Ranked, confidence: float, query: Query, question: Question) -> Suggestion:
        article = self.index.articles[item.article]
        passage = self.index.passages[item.passage]
        siblings = [
            p
            for o in self.index.passages_of(item.article)
            if (p := self.index.passages[o]).kind is not PassageKind.QUESTION
        ]
        reply = compose(article, passage, siblings, self.index.late.align(query, item.passage), query.text)
        return Suggestion(
            rank=number,
            confidence=confidence,
            reply=reply.text,
            reply_kind=reply.kind,
            snippet=Snippet(passage.shown, reply.spans),
            source=Source(
                article=article.id,
                title=article.title,
                headings=passage.headings,
                kind=article.kind,
                audience=article.audience,
                owner=article.owner,
                lines=passage.lines,
                effective_from=article.effective_from,
                effective_until=self.index.validity.end_of(item.article),
                url=f"/v1/articles/{quote(article.id)}",
            ),
            why=self._why(item, query) if question.explain else None,
        )

    def _why(self, item: Ranked, query: Query) -> Why:
        passage = self.index.passages[item.passage]
        return Why(
            scores={**item.scores, "sum": item.score},
            words=shared_stretches(query.text, passage.encoded),
            notes=() if item.lifted_over is None else (f"overrides {self.index.articles[item.lifted_over].id}",),
        )


class _Judge(Protocol):
    """Scores a pool's passages and says how sure a place in the ranking is."""

    @property
    def combined(self) -> Floats: ...

    def confidences(self, ranked: Sequence[Ranked]) -> list[float]: ...


@dataclass(frozen=True)
class _SumJudge:
    """The sum of z-scores; sure by late interaction's cosine alone."""

    combined: Floats

    def confidences(self, ranked: Sequence[Ranked]) -> list[float]:
        return [1 / (1 + math.exp(-(item.scores[LATE] - _MIDDLE) / _WIDTH)) for item in ranked]


@dataclass(frozen=True)
class _LearnedJudge:
    """The learned weights over the features, and the learned confidence."""

    combined: Floats
    features: Floats
    standing: Sequence[int]
    model: RankingModel
    message: str

    def confidences(self, ranked: Sequence[Ranked]) -> list[float]:
        scores = [float(self.combined[position]) for position in self.standing]
        return [
            self.model.probability(
                confidence_features(
                    self.standing.index(item.position), scores, item.scores, self.features[item.position], self.message
                )
            )
            for item in ranked
        ]
