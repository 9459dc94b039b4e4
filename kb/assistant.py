"""The one object that answers. HTTP, the command line, the evaluation and the pages all call `suggest`."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from kb.agreement import Asked
from kb.calm import CalmFinder
from kb.channel_mention import ChannelNames
from kb.clarify import COMPARED, LOOKED_AT, Candidate, Clarifier
from kb.considered import Considered, Read, part_questions
from kb.date_mention import order_date
from kb.encoder import Encoder
from kb.features import FeatureReader
from kb.follow_up import tokens_of_follow_up
from kb.index import Index
from kb.judge import Judge, LearnedJudge, SumJudge
from kb.lacking import lacking
from kb.leg import Ordinals, Query
from kb.mention import ProductNames, ProductsAsked
from kb.merging import Choice, merged
from kb.normalise import normalise_code
from kb.overlap import shared_stretches
from kb.parts import Span, split
from kb.period import Period
from kb.question import MAX_LIMIT, Context, Question
from kb.ranking import Place, Ranked, Scope, Weights, combine, find, places, rank, scored
from kb.ranking_model import RankingModel
from kb.reply import Replies
from kb.stopwatch import Stopwatch
from kb.suggestion import Answer, Calm, Origin, Snippet, Source, Suggestion, Understood, Why
from kb.timeline import Timeline
from kb.topics import Topics
from kb.twins import Twins
from kb.understanding import Understanding, in_simplified, is_in_simplified, understand
from kb.vagueness import vagueness
from kb.validity import Bools
from kb.why import CONSIDERED, Filtered, left_out

# How many articles that begin soon are offered.
_MOST_UPCOMING = 2
# The part of the threshold that is enough for one that stands above everything in force: it is never sent as it is.
_ABOVE_ALL = 0.6


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class AssistantSettings:
    """What decides an answer beside the generation.

    pool: passages a leg hands over. candidates: how many of all those are ranked. threshold: see README.
    model: the learned ranking and confidence; None: the sum of z-scores by `weights`, with a rough confidence.
    legs: the names of the legs that are asked for candidates; None: all.
    soon: how long before it begins an article is offered where none in force answers. zone: the shop's.
    """

    pool: int = 50
    candidates: int = 80
    threshold: float = 0.5
    weights: Weights = field(default_factory=Weights)
    legs: frozenset[str] | None = None
    model: RankingModel | None = None
    soon: timedelta = timedelta(hours=48)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))

    @cached_property
    def config(self) -> str:
        """A short hash of these settings: equal answers need equal config and generation."""
        said: dict[str, object] = {"pool": self.pool, "candidates": self.candidates}
        said |= {"threshold": self.threshold, "weights": dict(self.weights.of)}
        said |= {"soon": self.soon.total_seconds(), "zone": self.zone.key}
        if self.legs is not None:
            said["legs"] = sorted(self.legs)
        if self.model is not None:
            said["model"] = self.model.written()
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


def _origin(value: object, said: object, turn: int | None) -> Origin | None:
    if value is None:
        return None
    return Origin.CONTEXT if said is None else Origin.MESSAGE if turn is None else Origin.TALK


Chosen = tuple[Candidate, Considered, Judge]
Observer = Callable[[Considered, Judge], None]
"""Is told of each ranking behind an answer: the whole message's first, then those of its questions."""


def _choices(considered: Considered, judge: Judge, candidates: Sequence[Candidate]) -> list[Choice[Chosen]]:
    return [Choice(one.ranked.article, one.confidence, (one, considered, judge)) for one in candidates]


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
        self._twins = Twins(index.articles)
        self._topics = Topics(index.articles, index.synonyms)
        self._is_in_simplified = is_in_simplified(index.articles)
        self._channels = ChannelNames(channel for article in index.articles for channel in article.channels)
        self._features = FeatureReader(index)
        self._replies = Replies(index)
        self._timeline = Timeline(index.articles, self._settings.zone)
        self._calm = CalmFinder(index, encoder)
        self._clarifier = Clarifier(index, self._settings.threshold)

    def warm_up(self) -> None:
        """Answer once and search for what calms, so that the first customers do not wait for caches."""
        self.suggest(Question("你好"))
        self._calm.warm_up()

    @property
    def settings(self) -> AssistantSettings:
        """What decides an answer beside the generation."""
        return self._settings

    @property
    def encoder(self) -> Encoder:
        """What questions are encoded with."""
        return self._encoder

    def now(self) -> datetime:
        """What the clock of questions that name no time says."""
        return self._clock()

    def using(self, encoder: Encoder, clock: Callable[[], datetime] | None = None) -> Assistant:
        """The same Assistant with another encoder of the same fingerprint, or another clock; all else is shared."""
        other = copy(self)
        other._encoder = encoder
        other._clock = clock or self._clock
        return other

    def suggest(self, question: Question, observe: Observer | None = None) -> Answer:
        """Ranked suggestions for a customer's message, at most one an article, or an honest none."""
        watch = Stopwatch()
        spans = split(question.text)
        considered, *others = self._consider(question, spans, watch)
        judge = self._judge(considered)
        vague = vagueness(considered.understood, considered.context)
        # Of several questions all places are merged, so that the order does not depend on the limit.
        looked_at = MAX_LIMIT if others else max(question.limit, LOOKED_AT if vague.is_vague else COMPARED)
        candidates = self._candidates(considered, judge, judge.standing[:looked_at])
        # Of several questions in one message each has its own answer; one question back would be of which?
        clarify = (
            None if others else self._clarifier.clarify(considered.understood, considered.context, vague, candidates)
        )
        judged = [(other, self._judge(other)) for other in others]
        if observe is not None:
            for one, by in ((considered, judge), *judged):
                observe(one, by)
        rankings = [_choices(one, by, self._candidates(one, by, by.standing[:MAX_LIMIT])) for one, by in judged]
        whole = _choices(considered, judge, candidates)
        chosen, parts = merged(whole, rankings, spans, self._settings.threshold, question.limit)
        watch.lap("rank")
        suggestions = self._suggestions(chosen, question)
        sure = bool(suggestions) and suggestions[0].confidence >= self._settings.threshold
        answerable = sure and considered.understood.says_something
        upcoming = () if answerable else self._upcoming(considered, question)
        calm = self._calm.calm(question.text, considered.scope.in_force)
        lacks = self._lacking(*chosen[0].of[:2], calm) if suggestions and not answerable else ()
        watch.lap("reply")
        return Answer(
            id=uuid.uuid4().hex,
            suggestions=suggestions,
            answerable=answerable,
            generation=self.index.generation,
            config=self._settings.config,
            took_ms=watch.laps(),
            upcoming=upcoming,
            calm=calm,
            understood=self._understood(considered, question),
            parts=parts,
            clarify=clarify,
            lacking=lacks,
            filtered=self._filtered(considered) if question.explain else (),
        )

    def consider(self, question: Question, watch: Stopwatch | None = None) -> Considered:
        """What is known before anything is ranked; `suggest` goes on from it, and ranking is learned from it."""
        return self._consider(question, (), watch or Stopwatch())[0]

    def prepare(self, question: Question) -> list[tuple[Read, Query]]:
        """What `suggest` searches for: the whole message, and each of its questions where there are several."""
        return self._prepare(question, split(question.text), Stopwatch())

    def _prepare(self, question: Question, spans: Sequence[Span], watch: Stopwatch) -> list[tuple[Read, Query]]:
        """The whole message, and each of its questions as if it stood alone behind those before it; encoded at once."""
        whole = self._read(question)
        read = [
            whole,
            *(replace(self._read(part), said=whole.said) for part in part_questions(question, spans, whole)),
        ]
        watch.lap("understand")
        queries = self._queries([one.understood for one in read])
        watch.lap("encode")
        return list(zip(read, queries, strict=True))

    def _queries(self, understood: Sequence[Understanding]) -> list[Query]:
        """What the legs look for. What goes on about its talk is encoded behind it and alone, all of it at once."""
        alone = [one.alone for one in understood if one.alone]
        encoded = self._encoder.encode_queries([*(one.searched for one in understood), *alone])
        of_alone = iter(encoded.tokens[len(understood) :])
        found = []
        for number, one in enumerate(understood):
            tokens = encoded.tokens[number]
            if one.alone:
                tokens = tokens_of_follow_up(tokens, next(of_alone), len(one.searched) - len(one.alone))
            found.append(Query(one.searched, encoded.vectors[number], tokens, self.index.synonyms.also(one.searched)))
        return found

    def _consider(self, question: Question, spans: Sequence[Span], watch: Stopwatch) -> list[Considered]:
        """Each of what is searched for with its candidates."""
        read, queries = zip(*self._prepare(question, spans, watch), strict=True)
        found = [self._find(query, one.scope.in_force) for query, one in zip(queries, read, strict=True)]
        most = self._settings.candidates
        pools = [scored(self.index, query, ordinals, most) for query, ordinals in zip(queries, found, strict=True)]
        watch.lap("retrieve")
        features = [
            self._features.read(pool.ordinals, pool.scores, one.understood, one.context)
            for pool, one in zip(pools, read, strict=True)
        ]
        watch.lap("features")
        return [
            Considered(one.understood, query, one.scope, pool, table, one.context, one.at, one.said, one.said_where)
            for one, query, pool, table in zip(read, queries, pools, features, strict=True)
        ]

    def _find(self, query: Query, articles: Bools) -> Ordinals:
        """The passages to choose from, `[m] int64`, ascending, of these articles, `[n_a] bool`."""
        return find(self.index, query, articles[self.index.article_of], self._settings.pool, self._settings.legs)

    def _read(self, question: Question) -> Read:
        """The question understood, in the context that decides: by the date and the channel that it gives or says."""
        understood, context = self._understand(in_simplified(question) if self._is_in_simplified else question)
        at = context.at or self._clock()
        said = None if context.as_of else order_date(question, at, self._settings.zone)
        where = None if context.channel else self._channels.channel(question)
        context = replace(
            context,
            at=at,
            as_of=said.moment if said else context.as_of,
            channel=where.channel if where else context.channel,
        )
        validity = self.index.validity
        in_force = validity.in_force(context, at) & self._products.bound(understood.bound)
        return Read(understood, Scope(in_force, validity.applies_for_sure(context)), context, at, said, where)

    def _understand(self, question: Question) -> tuple[Understanding, Context]:
        """What is meant, and in which context: one who looks at a product and names another asks about that."""
        context = question.context
        if context.product:
            without = replace(context, product=None)
            bare = self._understood_as(replace(question, context=without))
            if self._products.name_another(bare.bound, context.product):
                return bare, without
        return self._understood_as(question), context

    def _understood_as(self, question: Question) -> Understanding:
        return understand(question, self._products, self._topics, self._twins, self.index.respell)

    def _candidates(self, considered: Considered, judge: Judge, standing: Sequence[Place]) -> list[Candidate]:
        """What stands in some of the places, with how sure each is."""
        ranked = rank(self.index, considered.query, considered.pool, judge.sections, standing)
        given = judge.confidences(ranked)
        return [Candidate(item, sure, considered.applies(item)) for item, sure in zip(ranked, given, strict=True)]

    def _suggestions(self, chosen: Sequence[Choice[Chosen]], question: Question) -> tuple[Suggestion, ...]:
        asked = {id(choice.of[1]): self._asked(choice.of[1]) for choice in chosen}
        found = []
        for number, choice in enumerate(chosen, start=1):
            one, considered, judge = choice.of
            period = self._period(one.ranked, considered)
            made = self._suggestion(number, one, asked[id(considered)], question, period, judge)
            found.append(replace(made, answers=choice.answers) if choice.answers else made)
        return tuple(found)

    def _asked(self, considered: Considered) -> Asked:
        given = considered.context.product
        about = (*considered.understood.bound, *(self._products.mentions(given) if given else ()))
        return Asked(considered.query, ProductsAsked(self._products, about))

    def _understood(self, considered: Considered, question: Question) -> Understood:
        """What was taken from the message, the talk and the context."""
        context, said, where = considered.context, considered.said, considered.said_where
        of = considered.understood
        products = tuple(map(self._products.written, of.bound))
        given = context.product
        if given and normalise_code(given) not in map(normalise_code, products):
            products = (given, *products)
        return Understood(
            products=products,
            channel=context.channel,
            channel_from=_origin(context.channel, where, where.turn if where else None),
            as_of=context.as_of,
            as_of_from=_origin(context.as_of, said, said.turn if said else None),
            searched=of.searched if question.explain else None,
        )

    def _period(self, item: Ranked, considered: Considered) -> Period | None:
        return self._timeline.period(item.article, considered.context, considered.at, considered.said)

    def _upcoming(self, considered: Considered, question: Question) -> tuple[Suggestion, ...]:
        """What begins soon and would answer, ranked among those in force, so that its confidence means the same."""
        context = considered.context
        soon = self.index.validity.soon(context, considered.at, self._settings.soon)
        if soon is None:
            return ()
        soon &= self._products.bound(considered.understood.bound)
        if not soon.any():
            return ()
        ordinals = self._find(considered.query, considered.scope.in_force | soon)
        if not soon[self.index.article_of[ordinals]].any():
            return ()
        wider = self._among(considered, ordinals)
        judge = self._judge(wider)
        first = judge.standing[:MAX_LIMIT]
        coming = [number for number, place in enumerate(first) if soon[place.article]]
        candidates = self._candidates(wider, judge, [first[number] for number in coming])
        # What stands before it, if it begins soon too, is no rival in force.
        sure = [
            one
            for number, (place, one) in enumerate(zip(coming, candidates, strict=True))
            if one.confidence >= self._settings.threshold * (_ABOVE_ALL if place == number else 1)
        ]
        asked = self._asked(considered)
        return tuple(
            self._suggestion(number, one, asked, question, self._timeline.upcoming(one.ranked.article), judge)
            for number, one in enumerate(sure[:_MOST_UPCOMING], start=1)
        )

    def _among(self, considered: Considered, ordinals: Ordinals) -> Considered:
        """The same question with these passages as candidates, `[m] int64`, ascending.

        The scope stays: what is not in force is lifted over nothing.
        """
        pool = scored(self.index, considered.query, ordinals, self._settings.candidates, considered.pool)
        features = self._features.read(pool.ordinals, pool.scores, considered.understood, considered.context)
        return replace(considered, pool=pool, features=features)

    def _filtered(self, considered: Considered) -> tuple[Filtered, ...]:
        """What would stand among the first, had no rule kept it out."""
        every = self._among(considered, self._find(considered.query, np.ones_like(considered.scope.in_force)))
        judge = self._judge(every)
        ranked = rank(self.index, every.query, every.pool, judge.sections, judge.standing[:CONSIDERED])
        named, context = considered.understood.bound, considered.context
        return left_out(self.index, ranked, considered.scope.in_force, context, named, considered.at)

    def _lacking(self, nearest: Candidate, considered: Considered, calm: Calm | None) -> tuple[str, ...]:
        query, passage = considered.query, self.index.passages[nearest.ranked.passage]
        alignment = self.index.late.align(query, nearest.ranked.passage)
        felt = [word.text for word in calm.mood.words] if calm else []
        return lacking(query, considered.understood.message, passage, alignment, felt)

    def _judge(self, considered: Considered) -> Judge:
        model, pool = self._settings.model, considered.pool
        if model is None:
            combined = combine(pool, self._settings.weights)
            standing = places(self.index, pool, considered.scope, combined)
            return SumJudge(combined, standing, pool, self._settings.weights)
        combined = considered.features @ model.vector
        standing = places(self.index, pool, considered.scope, combined, model.evidence)
        return LearnedJudge(combined, standing, considered.features, pool, model, considered.understood.message)

    def _suggestion(
        self,
        number: int,
        candidate: Candidate,
        asked: Asked,
        question: Question,
        period: Period | None,
        judge: Judge,
    ) -> Suggestion:
        item = candidate.ranked
        passage = self.index.passages[item.passage]
        reply = self._replies.reply(asked, item.passage, question.context.slots)
        return Suggestion(
            rank=number,
            confidence=candidate.confidence,
            reply=reply.text,
            reply_kind=reply.kind,
            snippet=Snippet(passage.shown, reply.spans, reply.words),
            blanks=reply.blanks,
            source=Source.of(
                self.index.articles[item.article],
                passage,
                self.index.validity.end_of(item.article),
                self.index.revision_of(item.article),
            ),
            why=self._why(candidate, asked.query, period, judge) if question.explain else None,
            period=period,
        )

    def _why(self, candidate: Candidate, query: Query, period: Period | None, judge: Judge) -> Why:
        item = candidate.ranked
        passage, reasons = self.index.passages[item.passage], judge.reasons(item)
        notes = [] if item.lifted_over is None else [f"overrides {self.index.articles[item.lifted_over].id}"]
        if candidate.applies < 1:
            notes.append(f"no channel is known, and it is for {candidate.applies:.0%} of the library's: times that")
        if period:
            notes.append(period.note)
        return Why(
            scores={**item.scores, "sum": item.score},
            words=shared_stretches(query.text, passage.encoded),
            notes=tuple(notes),
            features=reasons.features,
            confidence=reasons.confidence,
        )
