"""A question back, where a message is too vague to decide: one short question with two to four options.

The options are what separates the candidates, in the articles' own words: products, channels, sections of one
article, else titles. Choosing one is a plain next request.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kb.article import Article, Audience, Kind
from kb.channel_mention import named_channels
from kb.channel_names import label
from kb.codes import product_codes
from kb.index import Index
from kb.mention import Mention
from kb.naming import named_first
from kb.normalise import normalise, normalise_code
from kb.passage import PassageKind
from kb.question import MAX_QUESTION, Context
from kb.ranking import Ranked
from kb.subject import size
from kb.twins import some_disjoint
from kb.understanding import Understanding
from kb.vagueness import SHORT, Vagueness

MOST_OPTIONS = 4
COMPARED = 5
"""So many first candidates are compared with each other."""
LOOKED_AT = 10
"""So many are looked at for options of a vague message."""

_FEWEST_OPTIONS = 2
# Candidates this near to the first, in log odds of their confidence, are as likely: a third of its odds or more.
_NEAR = 1.1
# Versions for a channel carry a penalty while the channel is open, so they stand further apart.
_NEAR_VERSION = 3.0
# The lead in log odds that settles a message of a few words, and one that names nothing.
_CLEAR = {False: 1.1, True: 2.5}
# Below this part of the threshold the first twin is no answer for any product either.
_HOPEFUL = 0.5
_LIKE = 0.5
_LABEL = 24
_ASIDE = re.compile(r"[（(][^（）()]*[）)]")
_SUBTITLE = re.compile(r"[：:]")
_HAN = re.compile("[\u3400-\u9fff]")
_ELSEWHERE = "other"
_INTERNAL = frozenset({Kind.PLAYBOOK, Kind.PHRASE})


class About(StrEnum):
    """What a question back asks for."""

    PRODUCT = "product"
    CHANNEL = "channel"
    TOPIC = "topic"


_ASKS = {
    About.PRODUCT: "请问是哪一款？",
    About.CHANNEL: "请问是在哪个渠道买的？",
    About.TOPIC: "请问是哪方面的问题？",
}


@dataclass(frozen=True)
class Option:
    """One choice. label: short, to show. question: the text to ask next. product, channel: to add to its context."""

    label: str
    question: str
    product: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Clarify:
    """One short question to the customer, with two to four options, the likeliest first."""

    about: About
    question: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Candidate:
    """One article of the ranking and how sure it is that it answers.

    applies: how likely it is for this customer at all, see `Considered.applies`. given: how sure it is where it is.
    """

    ranked: Ranked
    given: float
    applies: float = 1.0

    @property
    def confidence(self) -> float:
        """How likely it is for this customer and answers."""
        return self.given * self.applies

    @property
    def odds(self) -> float:
        """Log odds of `given`: what separates candidates is what they say."""
        sure = min(max(self.given, 1e-6), 1 - 1e-6)
        return math.log(sure / (1 - sure))


class Clarifier:
    """Asks back about the articles of one generation; what is computed of an article is kept."""

    def __init__(self, index: Index, threshold: float) -> None:
        self._index = index
        self._threshold = threshold
        self._outlines: dict[int, frozenset[str]] = {}
        self._several: dict[int, bool] = {}
        self._texts: dict[int, str] = {}
        self._leaves: dict[int, str] = {}
        self._called: dict[int, frozenset[str]] = {}
        self._listed = [frozenset(product_codes(article)) for article in index.articles]
        self._channels = {normalise_code(c): c for article in index.articles for c in article.channels}
        self._of_goods = [article.kind is Kind.PRODUCT for article in index.articles]

    def clarify(
        self, understood: Understanding, context: Context, vague: Vagueness, candidates: Sequence[Candidate]
    ) -> Clarify | None:
        """The question back; None where the answer is clear, or where asking would not help.

        candidates: the first of the ranking, best first.
        """
        if not candidates or vague.silent:
            return None
        if not vague.bare:
            asked = self._product(understood, context, candidates) or self._channel(understood, context, candidates)
            if asked is not None:
                return asked
        if not vague.is_vague or self._is_clear(candidates, vague.bare) or self._is_named(understood, candidates):
            return None
        if vague.known:
            is_answered = candidates[0].confidence >= self._threshold
            return self._section(understood, context, candidates) if vague.bare and not is_answered else None
        return self._topic(understood, vague, candidates)

    def _product(self, understood: Understanding, context: Context, candidates: Sequence[Candidate]) -> Clarify | None:
        """Which of the twins: the same sections for other products, about as likely, and no two answers alike."""
        first = candidates[0]
        if context.product or first.confidence < _HOPEFUL * self._threshold:
            return None
        group = [first]
        for other in candidates[1:COMPARED]:
            if first.odds - other.odds <= _NEAR and all(self._are_twins(one.ranked, other.ranked) for one in group):
                group.append(other)
        mentions = (*understood.named, *understood.talked_about)
        if len(group) < _FEWEST_OPTIONS or _names_some(mentions, group) or not self._differ(group):
            return None
        articles = [self._article(one) for one in group]
        return _asked(About.PRODUCT, [_product_option(article, understood.message) for article in articles])

    def _channel(self, understood: Understanding, context: Context, candidates: Sequence[Candidate]) -> Clarify | None:
        """Where it was bought: the first and others about as likely are versions of one rule for other channels."""
        first, one = candidates[0], self._article(candidates[0])
        if context.channel or first.given < _HOPEFUL * self._threshold:
            return None
        group = [first] + [
            other
            for other in candidates[1:COMPARED]
            if first.odds - other.odds <= _NEAR_VERSION
            and not set(self._article(other).channels) & set(one.channels)
            and self._article(other).channels != one.channels
            and self._are_versions(first.ranked, other.ranked)
        ]
        if len(group) < _FEWEST_OPTIONS:
            return self._for_whom(understood, first)
        articles = [self._article(member) for member in group]
        if named_channels(understood.customer, [c for article in articles for c in article.channels]):
            return None
        if not self._differ(group):
            return self._for_whom(understood, first)
        # What applies everywhere is for those who bought in none of the channels that have a rule of their own.
        articles.sort(key=lambda article: not article.channels)
        options = [
            Option(_channel_name(channel), understood.message, channel=channel)
            for article in articles
            for channel in (article.channels or (_ELSEWHERE,))
        ]
        return _asked(About.CHANNEL, options)

    def _for_whom(self, understood: Understanding, first: Candidate) -> Clarify | None:
        """Where it was bought: the first would be the answer, were it sure that it is for this customer."""
        if first.confidence >= self._threshold or first.given < self._threshold:
            return None
        own = self._article(first).channels
        codes = set(map(normalise_code, own))
        # Elsewhere is what has no rule of its own: it is offered where every channel that has one is.
        channels = (*own, *(name for code, name in self._channels.items() if code not in codes), _ELSEWHERE)
        return _asked(About.CHANNEL, [Option(_channel_name(c), understood.message, channel=c) for c in channels])

    def _section(self, understood: Understanding, context: Context, candidates: Sequence[Candidate]) -> Clarify | None:
        """What about a known product: the sections of the likeliest article that lists it."""
        mentions = (*understood.named, *understood.talked_about)
        found = next((c.ranked.article for c in candidates if self._lists(c.ranked.article, context, mentions)), None)
        if found is None:
            return None
        article = self._index.articles[found]
        product: str | None = context.product or article.products[0]
        name = _product_label(article)
        if not context.product and self._is_of_several(found):
            product, name = None, next(m.alias for m in mentions if found in m.articles)
        headings = [heading for heading in self._sections(found) if _plain(heading, article)]
        asks = [heading if normalise(name) in normalise(heading) else f"{name} {heading}" for heading in headings]
        options = [Option(h[:_LABEL], ask, product=product) for h, ask in zip(headings, asks, strict=True)]
        return _asked(About.TOPIC, options)

    def _topic(self, understood: Understanding, vague: Vagueness, candidates: Sequence[Candidate]) -> Clarify | None:
        """Which of the first articles: a product's by its name, others by their titles."""
        options: list[Option] = []
        products = True
        for candidate in candidates:
            article = self._article(candidate)
            if not _is_public(article) or not self._holds(candidate.ranked, vague.words):
                continue
            is_product = article.kind is Kind.PRODUCT and bool(article.products)
            is_product = is_product and not self._is_of_several(candidate.ranked.article)
            products &= is_product
            options.append(_product_option(article, understood.message) if is_product else _title_option(article))
            if len({option.label for option in options}) == MOST_OPTIONS:
                break
        return _asked(About.PRODUCT if products else About.TOPIC, options)

    def _article(self, candidate: Candidate) -> Article:
        return self._index.articles[candidate.ranked.article]

    def _is_clear(self, candidates: Sequence[Candidate], bare: bool) -> bool:
        """Whether the first is offered as the answer and no other is nearly as likely."""
        first = candidates[0]
        others = [c.odds for c in candidates if c.ranked.position != first.ranked.position]
        lead = first.odds - max(others, default=-math.inf)
        return first.confidence >= self._threshold and lead >= _CLEAR[bare]

    def _is_named(self, understood: Understanding, candidates: Sequence[Candidate]) -> bool:
        """Whether the message is, word for word, what one of the first articles is called or asked by."""
        said = _letters(understood.message)
        return any(said in self._names(candidate) for candidate in candidates[:3])

    def _names(self, candidate: Candidate) -> frozenset[str]:
        number = candidate.ranked.article
        if number not in self._called:
            article = self._index.articles[number]
            title = _ASIDE.sub("", article.title)
            forms = (article.title, title, _SUBTITLE.split(title)[0], *article.questions)
            self._called[number] = frozenset(map(_letters, forms))
        return self._called[number]

    def _sections(self, ordinal: int) -> list[str]:
        """The headings of an article's sections that have none below them, in its order."""
        passages = [self._index.passages[o] for o in self._index.passages_of(ordinal)]
        above = {p.headings[:depth] for p in passages for depth in range(len(p.headings))}
        own = (p for p in passages if p.kind not in (PassageKind.QUESTION, PassageKind.REPLY))
        return list(dict.fromkeys(p.headings[-1] for p in own if p.headings and p.headings not in above))

    def _is_of_several(self, ordinal: int) -> bool:
        """Whether an article is of several products: it shares one with each of two that share none."""
        known = self._several.get(ordinal)
        if known is None:
            names = self._listed[ordinal]
            sharing = [n for o, n in enumerate(self._listed) if o != ordinal and n & names and self._of_goods[o]]
            known = some_disjoint(sharing)
            self._several[ordinal] = known
        return known

    def _lists(self, ordinal: int, context: Context, mentions: Sequence[Mention]) -> bool:
        """Whether an article that customers may read lists the product that is known."""
        article = self._index.articles[ordinal]
        if not _is_public(article) or not article.products:
            return False
        if context.product:
            return normalise_code(context.product) in self._listed[ordinal]
        return any(ordinal in mention.articles for mention in mentions)

    def _holds(self, ranked: Ranked, words: Sequence[str]) -> bool:
        """Whether an article holds what the message names: one that does not is no choice of it."""
        if not words:
            return True
        text = normalise(self._index.passages[ranked.passage].encoded)
        return all(word in text for word in words)

    def _are_twins(self, one: Ranked, other: Ranked) -> bool:
        first, second = self._index.articles[one.article], self._index.articles[other.article]
        listed, others = self._listed[one.article], self._listed[other.article]
        if not listed or not others or listed & others or first.kind is not second.kind:
            return False
        leaf = self._leaf(one)
        return (bool(leaf) and leaf == self._leaf(other)) or self._are_alike(one.article, other.article)

    def _are_versions(self, one: Ranked, other: Ranked) -> bool:
        first, second = self._index.articles[one.article], self._index.articles[other.article]
        if second.id in first.overrides or first.id in second.overrides:
            return True
        return first.kind is second.kind and self._are_alike(one.article, other.article)

    def _are_alike(self, one: int, other: int) -> bool:
        """Whether two articles have the same sections, product names aside."""
        here, there = self._outline(one), self._outline(other)
        return bool(here | there) and len(here & there) >= _LIKE * len(here | there)

    def _outline(self, ordinal: int) -> frozenset[str]:
        known = self._outlines.get(ordinal)
        if known is None:
            article = self._index.articles[ordinal]
            passages = (self._index.passages[o] for o in self._index.passages_of(ordinal))
            leaves = frozenset(_plain(p.headings[-1], article) for p in passages if p.headings)
            known = leaves - {""} or frozenset({_plain(article.title, article)})
            self._outlines[ordinal] = known
        return known

    def _differ(self, group: Sequence[Candidate]) -> bool:
        """Whether a group has two answers at least: where all say the same nothing is to be asked."""
        return len({self._text(candidate) for candidate in group}) > 1

    def _text(self, candidate: Candidate) -> str:
        number = candidate.ranked.passage
        if number not in self._texts:
            self._texts[number] = _plain(self._index.passages[number].shown, self._article(candidate))
        return self._texts[number]

    def _leaf(self, ranked: Ranked) -> str:
        """The heading of the passage shown, without the product's names; empty where it has none."""
        number = ranked.passage
        if number not in self._leaves:
            headings = self._index.passages[number].headings
            self._leaves[number] = _plain(headings[-1], self._index.articles[ranked.article]) if headings else ""
        return self._leaves[number]


def _asked(about: About, options: Sequence[Option]) -> Clarify | None:
    """The question with its first options, no two labelled alike; None for fewer than two."""
    distinct: dict[str, Option] = {}
    for option in options:
        distinct.setdefault(option.label, option)
    first = tuple(distinct.values())[:MOST_OPTIONS]
    return Clarify(about, _ASKS[about], first) if len(first) >= _FEWEST_OPTIONS else None


def _is_public(article: Article) -> bool:
    return article.audience is Audience.PUBLIC and article.kind not in _INTERNAL


def _names_some(mentions: Iterable[Mention], group: Sequence[Candidate]) -> bool:
    """Whether a product that is mentioned tells some of a group from the others."""
    inside = {candidate.ranked.article for candidate in group}
    return any(inside & mention.articles and inside - mention.articles for mention in mentions)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, normalise(text)))


def _plain(text: str, article: Article) -> str:
    """A text's letters without the article's product names."""
    plain = _letters(text)
    for name in sorted(map(_letters, article.products), key=len, reverse=True):
        plain = plain.replace(name, "")
    return plain


def _product_label(article: Article) -> str:
    """The product's name for a customer: the one in words, where the library has it beside the code."""
    return next((name for name in article.products if _HAN.search(name)), article.products[0])


def _product_option(article: Article, message: str) -> Option:
    label = _product_label(article)
    return Option(label, named_first(label, message, article.title)[:MAX_QUESTION], product=article.products[0])


def _title_option(article: Article) -> Option:
    title = _ASIDE.sub("", article.title).strip()
    short = _SUBTITLE.split(title)[0].strip() or title
    return Option(short[:_LABEL], short if size((short,)) > SHORT else title)


def _channel_name(channel: str) -> str:
    return "其他渠道" if channel == _ELSEWHERE else label(channel)
