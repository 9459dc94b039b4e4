"""The one object that answers. HTTP, the command line, the evaluation and the pages all call `suggest`."""

from __future__ import annotations

import hashlib
import json
import math
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from kb.encoder import Encoder
from kb.index import Index
from kb.leg import Query
from kb.mention import ProductNames
from kb.overlap import shared_stretches
from kb.passage import PassageKind
from kb.question import Question
from kb.ranking import LATE, Ranked, Scope, Weights, gather, rank
from kb.reply import compose
from kb.suggestion import Answer, Snippet, Source, Suggestion, Why
from kb.understanding import understand

# Late interaction's mean cosine at which half of the first suggestions are right, and how fast that changes.
# A rough reading of public question sets, monotone but not calibrated.
_MIDDLE = 0.86
_WIDTH = 0.015


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class AssistantSettings:
    """What decides an answer beside the generation. pool: passages a leg hands over. threshold: see README.

    legs: the names of the legs that are asked for candidates; None: all.
    """

    pool: int = 50
    threshold: float = 0.5
    weights: Weights = field(default_factory=Weights)
    legs: frozenset[str] | None = None

    @property
    def config(self) -> str:
        """A short hash of these settings: equal answers need equal config and generation."""
        said: dict[str, object] = {"pool": self.pool, "threshold": self.threshold, "weights": dict(self.weights.of)}
        if self.legs is not None:
            said["legs"] = sorted(self.legs)
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


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

    def suggest(self, question: Question) -> Answer:
        """Ranked suggestions for a customer's message, at most one an article, or an honest none."""
        watch = _Stopwatch()
        now = self._clock()
        understood = understand(question, self._products)
        validity = self.index.validity
        in_force = validity.in_force(question.context, now) & self._products.bound(understood.named)
        allowed = in_force[self.index.article_of]
        watch.lap("understand")
        encoded = self._encoder.encode_queries([understood.searched])
        query = Query(understood.searched, encoded.vectors[0], encoded.tokens[0])
        watch.lap("encode")
        pool = gather(self.index, query, allowed, self._settings.pool, self._settings.legs)
        watch.lap("retrieve")
        scope = Scope(in_force, validity.applies_for_sure(question.context))
        ranked = rank(self.index, query, pool, scope, self._settings.weights, question.limit)
        watch.lap("rank")
        suggestions = tuple(
            self._suggestion(number, item, query, question) for number, item in enumerate(ranked, start=1)
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

    def _suggestion(self, number: int, item: Ranked, query: Query, question: Question) -> Suggestion:
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
            confidence=_confidence(item),
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


def _confidence(item: Ranked) -> float:
    return 1 / (1 + math.exp(-(item.scores[LATE] - _MIDDLE) / _WIDTH))


class _Stopwatch:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self._laps[stage] = round((now - self._last) * 1000, 3)
        self._last = now

    def laps(self) -> dict[str, float]:
        return {**self._laps, "total": round((time.perf_counter() - self._start) * 1000, 3)}
