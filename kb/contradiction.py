"""Which articles in force at the same time give different numbers for the same thing, found without a language model.

Two claims contradict each other where they are each other's nearest in their two articles, are said of the same
thing, and their numbers, of one kind, cannot both be meant. What replaces, overrides or stands beside an article for
other products or channels is no contradiction.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from kb.article import Article, Kind
from kb.channel_names import codes_in, general_code
from kb.claim import Claim, claims, content_pairs
from kb.content import content
from kb.encoder import Encoder, Floats
from kb.normalise import fold, normalise, normalise_code
from kb.validity import ends

ALIKE = 0.38
"""How alike two claims must be, 0..1."""
_LOOKED_AT = 40
# With an encoder: so alike in words two claims must be at least, and the cosine that adds nothing (packaged model).
_WORDS_LEAST = 0.2
_ANY = 0.62
_NUMBER = re.compile(r"[\da-z]+")
_OWN = 0.7
"""A word is that of some products where so large a part of the articles named by it is on them."""
_FEW = 2
"""Up to so many channels an article is a rule of its own beside the general one."""


@dataclass(frozen=True)
class Side:
    """One of two statements that do not agree. number: as it stands in the sentence, normalised."""

    article: str
    title: str
    headings: tuple[str, ...]
    lines: tuple[int, int]
    sentence: str
    number: str


@dataclass(frozen=True)
class Contradiction:
    """Two statements with different numbers for the same thing. alike: how sure that it is the same, 0..1."""

    draft: Side
    other: Side
    alike: float


def contradictions(
    library: Sequence[Article],
    drafts: Iterable[str] | None = None,
    moment: datetime | None = None,
    alike: float = ALIKE,
    encoder: Encoder | None = None,
) -> list[Contradiction]:
    """What the drafts say against the rest of the library, surest first, each pair of numbers once.

    library: the articles as they would be, the drafts among them. drafts: their ids; None: every article is one.
    moment: only what is in force then; None: whatever is in force together at some time. encoder: tells sentences of
    one meaning too, for a few encodings a draft; None: by words alone.
    """
    known = _Claims(library, moment)
    names = [a.id for a in library] if drafts is None else list(dict.fromkeys(drafts))
    meaning = _Meaning(encoder) if encoder is not None else None
    found: dict[frozenset[tuple[str, int, str]], Contradiction] = {}
    for name in names:
        for one, other, how in known.against(name, alike if meaning is None else min(alike, _WORDS_LEAST)):
            key = frozenset((c.statement.article, c.statement.lines[0], c.written) for c in (one, other))
            if key in found:
                continue
            sure = how if meaning is None else min(1.0, how + meaning.nearness(one, other))
            if sure >= alike:
                found[key] = Contradiction(known.side(one), known.side(other), round(sure, 3))
    return sorted(found.values(), key=lambda c: -c.alike)


class _Meaning:
    """How near two sentences are in meaning, by the encoder; each is encoded once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Floats] = {}

    def nearness(self, one: Claim, other: Claim) -> float:
        """What their meaning adds to their words: 0.38 for the same sentence, below 0.2 for most others."""
        first, second = self._vector(one.statement.text), self._vector(other.statement.text)
        return float(first @ second) - _ANY

    def _vector(self, text: str) -> Floats:
        if text not in self._known:
            self._known[text] = self._encoder.encode_passages([text]).vectors[0]
        return self._known[text]


class _Claims:
    """The claims of a library, with what tells how telling each of their words is."""

    def __init__(self, library: Sequence[Article], moment: datetime | None) -> None:
        self._articles = {article.id: article for article in library}
        self._windows = {a.id: (a.effective_from, end) for a, end in zip(library, ends(library), strict=True)}
        self._moment = moment
        self._claims = [claim for article in library for claim in claims(article)]
        self._of: dict[str, list[int]] = defaultdict(list)
        self._by_pair: dict[tuple[str, str], list[int]] = defaultdict(list)
        counts: Counter[str] = Counter()
        for number, claim in enumerate(self._claims):
            self._of[claim.statement.article].append(number)
            words = claim.around | claim.about
            counts.update(words | claim.topic)
            for pair in words:
                self._by_pair[claim.dimension, pair].append(number)
        total = len(self._claims) + 1
        self._weights = {pair: math.log(total / (count + 0.5)) for pair, count in counts.items()}
        self._linked = _linked(library)
        self._names = _Names(library)

    def side(self, claim: Claim) -> Side:
        """A claim for people."""
        said = claim.statement
        return Side(
            said.article, self._articles[said.article].title, said.headings, said.lines, said.text, claim.written
        )

    def against(self, name: str, alike: float) -> Iterable[tuple[Claim, Claim, float]]:
        """The claims of one article that others contradict."""
        for number in self._of.get(name, ()):
            near = self._near(number)
            agreed = max((how for other, how in near.items() if not self._apart(number, other)), default=0.0)
            for other, how in near.items():
                if how < alike or how < agreed or not self._apart(number, other):
                    continue
                if self._is_nearest(number, other, how) and self._is_nearest(other, number, how):
                    yield self._claims[number], self._claims[other], how

    def _apart(self, one: int, other: int) -> bool:
        return self._claims[one].conflicts(self._claims[other])

    def _is_nearest(self, one: int, other: int, how: float) -> bool:
        """Whether no claim of the other's article is nearer to this one, or as near and in agreement with it."""
        claim, said = self._claims[one], self._claims[other].statement
        for rival in self._of[said.article]:
            if rival == other or self._claims[rival].dimension != claim.dimension:
                continue
            # The same sentence or row gives the same number too: it is that one which is meant.
            if self._claims[rival].statement.lines == said.lines and self._agree(claim, self._claims[rival]):
                return False
            likeness = self._alike(claim, self._claims[rival])
            if likeness > how or (likeness >= 0.9 * how and not claim.conflicts(self._claims[rival])):
                return False
        return True

    @staticmethod
    def _agree(one: Claim, other: Claim) -> bool:
        return one.low == other.low or one.high == other.high

    def _near(self, number: int) -> dict[int, float]:
        """The claims of other articles that may be about the same, with how alike they are."""
        claim = self._claims[number]
        shared: dict[int, float] = defaultdict(float)
        for pair in claim.around | claim.about:
            places = self._by_pair[claim.dimension, pair]
            weight = self._weights[pair]
            for other in places:
                shared[other] += weight
        best = sorted(shared, key=lambda o: -shared[o])
        found: dict[int, float] = {}
        for other in best:
            if self._may_meet(claim, self._claims[other]):
                found[other] = self._alike(claim, self._claims[other])
                if len(found) == _LOOKED_AT:
                    break
        return found

    def _may_meet(self, one: Claim, other: Claim) -> bool:
        first, second = one.statement.article, other.statement.article
        if first == second or not one.fits(other) or frozenset((first, second)) in self._linked:
            return False
        a, b = self._articles[first], self._articles[second]
        return (
            self._in_force_together(first, second) and _meet(a.channels, b.channels) and _meet(a.products, b.products)
        )

    def _in_force_together(self, first: str, second: str) -> bool:
        (a, b), (c, d) = self._windows[first], self._windows[second]
        if self._moment is not None:
            return all(
                (start is None or start <= self._moment) and (end is None or self._moment < end)
                for start, end in ((a, b), (c, d))
            )
        start = max((m for m in (a, c) if m is not None), default=None)
        end = min((m for m in (b, d) if m is not None), default=None)
        return start is None or end is None or start < end

    def _alike(self, one: Claim, other: Claim) -> float:
        """How likely two claims are about the same thing, 0..1."""
        if not self._names.agree(one, other, self._articles):
            return 0.0
        around = self._dice(one.around, other.around)
        if one.fence and other.fence:
            around = (around + self._dice(one.fence, other.fence)) / 2
        here, there = one.about | one.topic, other.about | other.topic
        about = min(self._held(one.about, there), self._held(other.about, here))
        topic = max(self._held(one.topic, there), self._held(other.topic, here))
        if not self._same_offer(one, there) or not self._same_offer(other, here):
            return 0.0
        return 0.35 * around + 0.3 * about + 0.35 * topic

    def _same_offer(self, one: Claim, said: Set[str]) -> bool:
        """Whether the other side speaks of this promotion, where one is: two offers are two things."""
        article = self._articles[one.statement.article]
        if article.kind is not Kind.PROMOTION:
            return True
        words = content(_NUMBER.sub(" ", normalise(article.title)))
        first = content_pairs(words[0]) if words else frozenset()
        return 2 * len(first & said) >= len(first)

    def _weight(self, words: Set[str]) -> float:
        return sum(self._weights.get(word, 0.0) for word in words)

    def _dice(self, one: Set[str], other: Set[str]) -> float:
        both = self._weight(one) + self._weight(other)
        return 2 * self._weight(one & other) / both if both else 0.0

    def _held(self, one: Set[str], other: Set[str]) -> float:
        """How much of what one says the other says too."""
        whole = self._weight(one)
        return self._weight(one & other) / whole if whole else 0.0


def _meet(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two lists of channels or products meet; an empty one means all."""
    folded = {normalise_code(text) for text in others}
    return not some or not others or any(normalise_code(text) in folded for text in some)


def _linked(library: Sequence[Article]) -> set[frozenset[str]]:
    """Pairs of articles of which one replaces or overrides the other, directly or through others."""
    above: dict[str, set[str]] = {a.id: {*a.overrides, *([a.supersedes] if a.supersedes else [])} for a in library}
    found: set[frozenset[str]] = set()
    for name in above:
        pending, seen = list(above[name]), set[str]()
        while pending:
            lower = pending.pop()
            if lower not in seen:
                seen.add(lower)
                found.add(frozenset((name, lower)))
                pending += above.get(lower, ())
    return found


_EVENTS = {"双十一": "双11", "双十二": "双12", "黑色星期五": "黑五"}
_EVENT = re.compile(r"双1[12]|双十[一二]|618|黑五|黑色星期五|年货节|感恩周|周年庆|圣诞|元旦|春节|国庆|中秋|七夕|会员日")


class _Names:
    """What a sentence is limited to by naming it: channels, products, levels. Two that name different ones differ."""

    def __init__(self, library: Sequence[Article]) -> None:
        self._products = sorted({normalise_code(p) for a in library for p in a.products}, key=len, reverse=True)
        self._titles = {a.id: a.title for a in library}
        self._goods = {a.id: frozenset(map(normalise_code, a.products)) for a in library}
        self._words: dict[str, frozenset[str]] = {}
        self._named: dict[str, list[str]] = defaultdict(list)
        for article in library:
            for pair in self._vocabulary(article):
                self._named[pair].append(article.id)
        self._known: dict[tuple[str, str], tuple[frozenset[str], frozenset[str]]] = {}

    def agree(self, one: Claim, other: Claim, articles: Mapping[str, Article]) -> bool:
        """Whether the statements may be about the same channels and products."""
        channels, products = self._of(one)
        others, goods = self._of(other)
        a, b = articles[one.statement.article], articles[other.statement.article]
        channels = channels or _limited_to(a)
        others = others or _limited_to(b)
        if not _same(channels, others) or not _same(self._events(one), self._events(other)):
            return False
        products = products or frozenset(map(normalise_code, a.products))
        goods = goods or frozenset(map(normalise_code, b.products))
        if products and goods:
            return not products.isdisjoint(goods)
        if products:
            return _speaks_of(a.title, other) or self._names_goods_of(a, other)
        return not goods or _speaks_of(b.title, one) or self._names_goods_of(b, one)

    def _names_goods_of(self, limited: Article, claim: Claim) -> bool:
        """Whether a claim of a general article has a word by which hardly any others than those goods are named."""
        said = (claim.about | claim.topic) & self._vocabulary(limited)
        own = self._goods[limited.id]
        for pair in said:
            others = [name for name in self._named[pair] if name != claim.statement.article]
            if others and sum(not own.isdisjoint(self._goods[n]) for n in others) >= _OWN * len(others):
                return True
        return False

    def _vocabulary(self, article: Article) -> frozenset[str]:
        if article.id not in self._words:
            text = " ".join((article.title, *article.products, *article.keywords, *article.questions))
            self._words[article.id] = content_pairs(_NUMBER.sub(" ", normalise(text)))
        return self._words[article.id]

    def _events(self, claim: Claim) -> frozenset[str]:
        """The sales that a statement or its article is for."""
        said = claim.statement
        plain = fold(" ".join((said.text, *said.headings, self._titles[said.article])))
        return frozenset(_EVENTS.get(found, found) for found in _EVENT.findall(plain))

    def _of(self, claim: Claim) -> tuple[frozenset[str], frozenset[str]]:
        said = claim.statement
        key = said.article, said.text
        if key not in self._known:
            plain = normalise(" ".join((said.text, said.row, *said.headings, self._titles[said.article])))
            channels = codes_in(plain)
            code = normalise_code(plain)
            products = frozenset(name for name in self._products if len(name) > 1 and name in code)
            self._known[key] = channels, products
        return self._known[key]


def _limited_to(article: Article) -> frozenset[str]:
    """The general codes of the few channels that an article is for; none where it is for many or all."""
    return frozenset(map(general_code, article.channels)) if len(article.channels) <= _FEW else frozenset()


def _speaks_of(title: str, claim: Claim) -> bool:
    """Whether a claim that is limited to no products speaks of all that another article's title names."""
    said = claim.about | claim.topic
    named = [content_pairs(word) for word in content(_NUMBER.sub(" ", normalise(title)))]
    return all(2 * len(pairs & said) >= len(pairs) for pairs in named if pairs)


def _same(some: Set[str], others: Set[str]) -> bool:
    """Whether two limits meet, or neither side has one: a rule of one product beside a general one is its exception."""
    return not some.isdisjoint(others) if some and others else not some and not others
