"""Which questions a change can affect, told without asking them.

A question is asked again where a changed article stood near the first in the old ranking, where one of its new
passages would come near it in the new one (its scores put into the old pool's terms), where the change alters how the
question is understood, or where its old answer hung by a hair. Everything else keeps its first answer.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

import numpy as np

from eval.asking import Asking
from eval.gate_record import NEAR, GateRecord, Standing
from kb.article import Article
from kb.assistant import Assistant
from kb.considered import Read
from kb.encoder import Floats
from kb.features import FEATURES, FeatureReader
from kb.index import Index
from kb.leg import Ordinals, Query
from kb.overlap import pairs
from kb.ranking import LATE, WEAK
from kb.synonyms import FILE as SYNONYMS
from kb.topics import headings

HAIR = 0.04
"""A lead below this may turn by the whole library's counts of words alone."""
REFRESHED = 12
"""So many, or a twentieth of all where that is less, of those asked longest ago are asked again with every change, so
that what drifts is caught."""
# An edge moves a little with the counts of words.
_SLACK = 0.97
_LATIN = re.compile("[A-Za-z]{2}")
_GAPS = {"dense_gap": "dense", "late_gap": LATE, "weak_gap": WEAK}
_GAP_SCALE = 20.0

Prepared = list[tuple[Read, Query]]


@dataclass(frozen=True)
class Touched:
    """What a change touches in a library.

    articles: whose place in the old rankings may change. passages: ordinals in the new index whose scores are new.
    names: whether products or channels changed, by which every question is understood; topics: words by which
    talks are; words: whether synonyms changed.
    """

    articles: frozenset[str]
    passages: Ordinals
    names: bool = False
    topics: bool = False
    words: bool = False


def touched(old: Index, new: Index, changed: Collection[str], since: datetime | None, now: datetime) -> Touched:
    """What the change of these articles touches; `since`: when the oldest question was asked whose moment is now."""
    pairs_of = [(_article(old, name), _article(new, name)) for name in changed]
    moved = {name for one in chain.from_iterable(pairs_of) if one for name in _linked(one)}
    for index in (old, new):
        moved |= _begun_or_ended(index, since, now)
    fresh = [_fresh(old, new, name) for name in sorted({*changed, *moved})]
    return Touched(
        frozenset({*changed, *moved}),
        np.array([o for found in fresh for o in found], dtype=np.int64),
        names=any(
            _facts(a, "products", "channels", "kind") != _facts(b, "products", "channels", "kind") for a, b in pairs_of
        ),
        topics=any(_spoken(a) != _spoken(b) for a, b in pairs_of),
        words=SYNONYMS in changed,
    )


def _article(index: Index, name: str) -> Article | None:
    ordinal = index.ordinal(name)
    return None if ordinal is None else index.articles[ordinal]


def _linked(article: Article) -> Iterable[str]:
    """The articles whose time or place an article decides."""
    return (*([article.supersedes] if article.supersedes else []), *article.overrides)


def _begun_or_ended(index: Index, since: datetime | None, now: datetime) -> set[str]:
    """Articles that came into force or ended meanwhile."""
    if since is None:
        return set()
    found = set()
    for number, article in enumerate(index.articles):
        for moment in (article.effective_from, index.validity.end_of(number)):
            if moment is not None and since < moment <= now:
                found.add(article.id)
    return found


def _facts(article: Article | None, *names: str) -> tuple[object, ...]:
    return () if article is None else tuple(value for name in names if (value := getattr(article, name)))


def _spoken(article: Article | None) -> tuple[object, ...]:
    own = _facts(article, "title", "products", "keywords", "questions")
    return (*own, *headings(article.body)) if article else own


_DECISIVE = (
    "kind", "products", "channels", "audience", "effective_from", "effective_until", "supersedes", "overrides",
    "not_questions", "keywords", "questions",
)  # fmt: skip


def _fresh(old: Index, new: Index, name: str) -> list[int]:
    """The passages of an article that may score otherwise: all where one of its facts changed, else the new ones."""
    before, after = old.ordinal(name), new.ordinal(name)
    if after is None:
        return []
    every = list(new.passages_of(after))
    if before is None:
        return every
    one, other = old.articles[before], new.articles[after]
    same_time = old.validity.end_of(before) == new.validity.end_of(after)
    if not same_time or one is other or any(getattr(one, n) != getattr(other, n) for n in _DECISIVE):
        return every
    known = {_seen(old, o) for o in old.passages_of(before)}
    return [o for o in every if _seen(new, o) not in known]


def _seen(index: Index, ordinal: int) -> tuple[str, str]:
    passage = index.passages[ordinal]
    return passage.kind, passage.encoded


@dataclass
class Screen:
    """Tells for the questions of one change whether each must be asked again."""

    assistant: Assistant
    change: Touched
    prepared: dict[str, Prepared] = field(default_factory=dict)
    _reader: FeatureReader = field(init=False)
    _pairs: frozenset[str] = field(init=False)
    _articles: Ordinals = field(init=False)

    def __post_init__(self) -> None:
        index = self.assistant.index
        self._reader = FeatureReader(index)
        self._articles = index.article_of[self.change.passages]
        self._pairs = frozenset().union(*(pairs(index.passages[o].encoded) for o in self.change.passages.tolist()))

    def stale(self, askings: Sequence[Asking], records: Mapping[str, GateRecord]) -> set[str]:
        """The keys of the questions that must be asked again: those it can affect, and the oldest few."""
        found = {one.key for one in askings if self._is_stale(one, records.get(one.key))}
        rest = [records[one.key] for one in askings if one.key not in found]
        rest.sort(key=lambda record: -record.age)
        most = min(REFRESHED, len(askings) // 20)
        return found | {record.key for record in rest[:most] if record.age}

    def _is_stale(self, asking: Asking, record: GateRecord | None) -> bool:
        if record is None or record.error or record.said != asking.said:
            return True
        if not self.change.articles and not self.change.words:
            return False
        if any(self._stood_near(standing, len(record.standings) > 1) for standing in record.standings):
            return True
        if asking.label and asking.label.forbidden and self.change.articles.intersection(record.articles):
            return True
        known = self.prepared.get(record.said)
        read = self._read_again(asking, known)
        if known is not None and _signature(read) != _signature(known):
            return True
        if len(read) != len(record.standings):
            return True
        if asking.by_clock and any(one.said for one, _ in read) and asking.at.date() != record.at.date():
            return True
        strict = frozenset(asking.label.forbidden if asking.label else ())
        several = len(read) > 1
        return any(
            self._comes_near(one, query, standing, strict, several)
            for (one, query), standing in zip(read, record.standings, strict=True)
        )

    def _stood_near(self, standing: Standing, several: bool) -> bool:
        if standing.lead < HAIR or not self.change.articles.isdisjoint(standing.near):
            return True
        return several and standing.best == 0.0

    def _read_again(self, asking: Asking, known: Prepared | None) -> Prepared:
        """How the question is understood now; what was known stands where nothing it depends on changed."""
        change = self.change
        again = (
            known is None
            or change.names
            or (change.topics and bool(asking.history))
            or change.words
            or _LATIN.search(asking.text) is not None
        )
        if not again and known is not None:
            return known
        read = self.assistant.prepare(asking.question)
        self.prepared[asking.said] = read
        return read

    def _comes_near(self, one: Read, query: Query, standing: Standing, strict: frozenset[str], several: bool) -> bool:
        """Whether a new passage enters the pool and would stand near the first (or, forbidden, among the ten)."""
        inside = self._entering(query, standing)
        if inside.any():
            inside &= self._in_force(one)[self._articles]
        if not inside.any():
            return False
        if several:
            return True
        scores = self._estimates(one, query, standing, self.change.passages[inside])
        if scores.max() >= standing.best - NEAR:
            return True
        if not strict:
            return False
        names = [self.assistant.index.articles[number].id for number in self._articles[inside]]
        return any(name in strict and score >= standing.tenth - NEAR for name, score in zip(names, scores, strict=True))

    def _in_force(self, one: Read) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return self.assistant.index.validity.in_force(one.context, one.at)

    def _entering(self, query: Query, standing: Standing) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """`[t] bool`: which of the new passages a leg would hand over."""
        found = np.zeros(len(self.change.passages), dtype=np.bool_)
        if not len(found):
            return found
        shares = not self._pairs.isdisjoint(pairs(f"{query.text}\n{query.also}"))
        for leg in self.assistant.index.legs:
            if leg.name not in standing.edges or (leg.name != "dense" and not shares):
                continue
            scores = leg.score(query, self.change.passages)
            edge = standing.edges[leg.name]
            found |= scores > 0 if edge is None else scores >= edge * _SLACK
        return found

    def _estimates(self, one: Read, query: Query, standing: Standing, ordinals: Ordinals) -> Floats:
        """`[m] float32`: about what these passages would score in the old pool; rather more than less."""
        index, settings = self.assistant.index, self.assistant.settings
        scores: dict[str, Floats] = {leg.name: leg.score(query, ordinals) for leg in index.legs}
        late = index.late.scores(query, ordinals)
        scores[LATE], scores[WEAK] = late.mean, late.weak
        standard = {
            name: (of - standing.means.get(name, 0.0)) / max(standing.spreads.get(name, 0.0), 1e-6)
            for name, of in scores.items()
        }
        if settings.model is None:
            total = sum(np.float32(w) * standard[n] for n, w in settings.weights.of.items() if n in standard)
            return np.asarray(total, dtype=np.float32)
        table = self._reader.read(ordinals, scores, one.understood, one.context)
        for column, name in enumerate(FEATURES):
            leg = name.removesuffix("_z").removesuffix("_part")
            if name.endswith("_z") and leg in standard:
                table[:, column] = standard[leg]
            elif name.endswith("_part") and leg in scores:
                table[:, column] = scores[leg] / max(standing.tops.get(leg, 0.0), 1e-6)
            elif name in _GAPS:
                gap = scores[_GAPS[name]] - standing.tops.get(_GAPS[name], 0.0)
                table[:, column] = np.minimum(gap, 0.0) * _GAP_SCALE
            elif name == "firsts":
                table[:, column] = 1.0
        combined: Floats = table @ settings.model.vector
        articles = index.article_of[ordinals].tolist()
        most = settings.model.evidence.most
        return np.array(
            [most(best, len(index.passages_of(a))) for best, a in zip(combined.tolist(), articles, strict=True)],
            dtype=np.float32,
        )


def _signature(read: Prepared) -> object:
    """How a question was understood, as far as it can decide an answer."""
    return [
        (
            query.text,
            query.also,
            [[m.alias for m in of] for of in (one.understood.named, one.understood.talked_about, one.understood.bound)],
            one.understood.codes,
            one.context.channel,
            one.context.product,
        )
        for one, query in read
    ]
