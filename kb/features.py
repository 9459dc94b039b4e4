"""What is known of each candidate beside the legs' raw scores, as numbers that mean the same in any library.

Scores are taken relative to the pool (standardised, or as the distance to its best), shares lie in 0..1 and flags
are 0 or 1, so that weights learned on one library hold in another of another size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kb.article import Article, Audience, Kind
from kb.channel_mention import named_channels
from kb.codes import channel_codes
from kb.encoder import Floats
from kb.index import Index
from kb.leg import Ordinals
from kb.memo import kept
from kb.mention import Mention
from kb.normalise import normalise
from kb.overlap import pairs
from kb.passage import Passage, PassageKind
from kb.question import Context
from kb.understanding import Understanding

_SCORES = ("dense", "late", "weak", "chars", "words", "sounds")
_GAP_SCALE = {"dense": 20.0, "late": 20.0, "weak": 20.0}
# So far below the best by late interaction a passage is not about what is asked, whatever case it is made for.
_FAR = 3.0
_OF_THE_CASE = ("product_given", "channel_own")

FEATURES: tuple[str, ...] = (
    *(f"{score}_z" for score in _SCORES),
    "dense_gap",
    "late_gap",
    "weak_gap",
    "chars_part",
    "words_part",
    "sounds_part",
    "firsts",
    "is_question",
    "question_same",
    "not_question",
    "title_share",
    "heading_share",
    "body_share",
    "keyword",
    "code_here",
    "code_missing",
    "product_named",
    "product_talked",
    "product_given",
    "channel_own",
    "channel_unasked",
    "is_promotion",
    "is_playbook",
    "is_phrase",
    "is_product",
    "is_reply",
    "is_table",
    "length",
    "later",
    "is_introduction",
    "is_nested",
)


# What is the same for every message, in the order of `_flags` and `_shape`.
_FLAGS = ("is_promotion", "is_playbook", "is_phrase", "is_product")
_SHAPE = ("is_question", "is_reply", "is_table", "length", "later", "is_introduction", "is_nested")
_COLUMN = {name: number for number, name in enumerate(FEATURES)}


@dataclass(frozen=True)
class _ArticleFacts:
    """What of an article is compared with every message, normalised once."""

    title: str
    keywords: tuple[str, ...]
    questions: frozenset[str]
    not_questions: tuple[frozenset[str], ...]
    products: str
    channels: frozenset[str]


@dataclass(frozen=True)
class _PassageFacts:
    """What of a passage is compared with every message, normalised once."""

    heading: str
    text: str


class FeatureReader:
    """Makes the features of a pool; what is normalised of a passage or an article is kept with it."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._channels = frozenset(code for article in index.articles for code in channel_codes(article))
        self._flags = _Rows(len(_FLAGS), lambda number: _flags(index.articles[number]), len(index.articles))
        self._shapes = _Rows(len(_SHAPE), lambda ordinal: _shape(index.passages[ordinal]), len(index.passages))

    def read(
        self,
        ordinals: Ordinals,
        scores: Mapping[str, Floats],
        understanding: Understanding,
        context: Context,
    ) -> Floats:
        """`[m, len(FEATURES)] float32` for the passages at `ordinals`; `scores` holds `[m] float32` a leg."""
        table: Floats = np.zeros((len(ordinals), len(FEATURES)), dtype=np.float32)
        if not len(ordinals):
            return table
        _fill_scores(table, scores)
        said = _Said(understanding, context, self._channels)
        # What an article says is read once for all of its passages.
        numbers, of = np.unique(self._index.article_of[ordinals], return_inverse=True)
        articles = [self._index.articles[number] for number in numbers.tolist()]
        _fill(table, _FLAGS, self._flags.of(numbers)[of])
        for name, values in said.of_articles(numbers.tolist(), articles).items():
            table[:, _COLUMN[name]] = np.array(values, dtype=np.float32)[of]
        passages = [_passage_facts(self._index.passages[ordinal]) for ordinal in ordinals.tolist()]
        _fill(table, _SHAPE, self._shapes.of(ordinals))
        products = [_article_facts(article).products for article in articles] if said.codes else []
        for name, values in said.of_passages(passages, [products[at] for at in of] if products else ()).items():
            table[:, _COLUMN[name]] = values
        # That an article is made for the case speaks for it where it is about what is asked.
        near = np.maximum(1 + table[:, [_COLUMN["late_gap"]]] / _FAR, 0)
        table[:, [_COLUMN[name] for name in _OF_THE_CASE]] *= near
        return table


class _Rows:
    """A row of numbers for each of n things, made when first asked for; two threads may both make it, the same."""

    def __init__(self, width: int, make: Callable[[int], tuple[float, ...]], count: int) -> None:
        self._make = make
        self._rows: Floats = np.zeros((count, width), dtype=np.float32)
        self._is_made = np.zeros(count, dtype=np.bool_)

    def of(self, numbers: Ordinals) -> Floats:
        """`[m, width] float32`: the rows of these."""
        new = numbers[~self._is_made[numbers]]
        for number in new.tolist():
            self._rows[number] = self._make(number)
        self._is_made[new] = True
        rows: Floats = self._rows[numbers]
        return rows


class _Said:
    """A message ready to be compared with many passages."""

    def __init__(self, understanding: Understanding, context: Context, channels: frozenset[str]) -> None:
        self.codes = understanding.codes
        self._message = normalise(understanding.message)
        self._letters = _letters(self._message)
        self._pairs = pairs(understanding.searched)
        self._named = understanding.named
        self._talked_about = () if understanding.named else understanding.talked_about
        self._customer = understanding.customer
        self._context = context
        self._channels = channels

    def of_articles(self, numbers: Sequence[int], articles: Sequence[Article]) -> dict[str, list[float]]:
        """The features that depend on the article, a value for each; those that are 0 for all may be left out."""
        facts, context = list(map(_article_facts, articles)), self._context
        found: dict[str, list[float]] = {
            "question_same": [self._letters in one.questions for one in facts],
            "not_question": [self._likeness_to(one.not_questions) if one.not_questions else 0.0 for one in facts],
            "title_share": [self._found_in(one.title) for one in facts],
            "keyword": [any(map(self._message.__contains__, one.keywords)) for one in facts],
        }
        for name, mentions in (("product_named", self._named), ("product_talked", self._talked_about)):
            if mentions:
                listed = zip(numbers, articles, strict=True)
                found[name] = [_agrees(mentions, number, bool(article.products)) for number, article in listed]
        if context.product:
            found["product_given"] = [bool(article.products) for article in articles]
        if context.channel:
            found["channel_own"] = [bool(article.channels) for article in articles]
        else:
            named = named_channels(self._customer, self._channels)
            found["channel_unasked"] = [
                self._left_out(one.channels) if one.channels and not one.channels & named else 0.0 for one in facts
            ]
        return found

    def of_passages(self, passages: Sequence[_PassageFacts], products: Sequence[str]) -> dict[str, list[float]]:
        """The same for the passages. products: those of each one's article; used where the message holds codes."""
        found: dict[str, list[float]] = {
            "heading_share": [self._found_in(one.heading) for one in passages],
            "body_share": [self._found_in(one.text) for one in passages],
        }
        if self.codes:
            both = list(zip(passages, products, strict=True))
            here = [sum(code in one.text or code in listed for code in self.codes) for one, listed in both]
            found["code_here"] = [count / len(self.codes) for count in here]
            found["code_missing"] = [not count for count in here]
        return found

    def _found_in(self, text: str) -> float:
        """The share of the message's character pairs that stand in a text."""
        return sum(map(text.__contains__, self._pairs)) / len(self._pairs) if self._pairs and text else 0.0

    def _left_out(self, channels: frozenset[str]) -> float:
        """The share of the library's channels that an article is not for, which is limited to some.

        It is how likely the article is not for this customer, of whom no channel is known. An article that is limited
        to every channel that is named anywhere has one more to stand against.
        """
        return 1 - len(channels) / max(len(self._channels), len(channels) + 1)

    def _likeness_to(self, others: Sequence[frozenset[str]]) -> float:
        return max(_likeness(self._pairs, other) for other in others)


def _fill(table: Floats, names: Sequence[str], values: Floats) -> None:
    table[:, [_COLUMN[name] for name in names]] = values


def _fill_scores(table: Floats, scores: Mapping[str, Floats]) -> None:
    """What the legs' scores say of each candidate, relative to the others."""
    none = np.zeros(len(table), np.float32)
    own = {name: scores.get(name, none) for name in _SCORES}
    for name, of in own.items():
        table[:, _COLUMN[f"{name}_z"]] = standardise(of)
    for name, scale in _GAP_SCALE.items():
        table[:, _COLUMN[f"{name}_gap"]] = (own[name] - own[name].max()) * scale
    for name in ("chars", "words", "sounds"):
        table[:, _COLUMN[f"{name}_part"]] = own[name] / max(float(own[name].max(initial=0.0)), 1e-6)
    table[:, _COLUMN["firsts"]] = _firsts({name: of for name, of in scores.items() if name != "weak"}, len(table))


def standardise(scores: Floats) -> Floats:
    """z-scores, `[m] float32`; scores that are the same for all count 0."""
    # In float32 the mean of equal scores may differ from them, and their deviation from 0.
    exact = scores.astype(np.float64)
    spread = exact.std() if len(exact) else 0.0
    if spread < 1e-6:
        return np.zeros_like(scores)
    standard: Floats = ((exact - exact.mean()) / spread).astype(np.float32)
    return standard


def _firsts(scores: Mapping[str, Floats], count: int) -> Floats:
    """For how many of the legs a passage is the best of the pool, as a share."""
    total = np.zeros(count, dtype=np.float32)
    if count:
        for leg in scores.values():
            if leg.max() > 0:
                total[int(np.argmax(leg))] += 1 / len(scores)
    return total


@kept
def _article_facts(article: Article) -> _ArticleFacts:
    return _ArticleFacts(
        title=normalise(article.title),
        keywords=tuple(k for k in map(normalise, article.keywords) if len(k) > 1),
        questions=frozenset(_letters(normalise(q)) for q in article.questions),
        not_questions=tuple(map(pairs, article.not_questions)),
        products=" ".join(normalise(p).replace("-", "") for p in article.products),
        channels=frozenset(channel_codes(article)),
    )


@kept
def _passage_facts(passage: Passage) -> _PassageFacts:
    return _PassageFacts(normalise(" ".join(passage.headings)), normalise(passage.encoded).replace("-", ""))


def _flags(article: Article) -> tuple[float, ...]:
    kind = article.kind
    return (
        kind is Kind.PROMOTION,
        kind is Kind.PLAYBOOK or article.audience is Audience.INTERNAL,
        kind is Kind.PHRASE,
        kind is Kind.PRODUCT,
    )


def _shape(passage: Passage) -> tuple[float, ...]:
    kind = passage.kind
    return (
        kind is PassageKind.QUESTION,
        kind is PassageKind.REPLY,
        kind is PassageKind.TABLE,
        float(np.log1p(len(passage.shown))) / 6,
        min(passage.ordinal, 10) / 10,
        not passage.headings,
        len(passage.headings) > 1,
    )


def _letters(text: str) -> str:
    """A text without white space and punctuation."""
    return "".join(filter(str.isalnum, text))


def _likeness(some: frozenset[str], others: frozenset[str]) -> float:
    """Jaccard's coefficient, 0..1."""
    either = len(some | others)
    return len(some & others) / either if either else 0.0


def _agrees(mentions: Sequence[Mention], article: int, listed: bool) -> float:
    """1 where the article lists a product that is named, -1 where it lists only others, 0 where either is open."""
    if not mentions or not listed:
        return 0.0
    return 1.0 if any(article in m.articles for m in mentions) else -1.0
