"""What is known of each candidate beside the legs' raw scores, as numbers that mean the same in any library.

Scores are taken relative to the pool (standardised, or as the distance to its best), shares lie in 0..1 and flags
are 0 or 1, so that weights learned on one library hold in another of another size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from kb.article import Article, Audience, Kind
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
)


@dataclass(frozen=True)
class _ArticleFacts:
    """What of an article is compared with every message, normalised once."""

    title: frozenset[str]
    keywords: tuple[str, ...]
    questions: frozenset[str]
    not_questions: tuple[frozenset[str], ...]
    products: str
    channels: frozenset[str]


@dataclass(frozen=True)
class _PassageFacts:
    heading: frozenset[str]
    text: str
    size: float


class FeatureReader:
    """Makes the features of a pool; what is normalised of a passage or an article is kept with it."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def read(
        self,
        ordinals: Ordinals,
        scores: Mapping[str, Floats],
        understanding: Understanding,
        context: Context,
    ) -> Floats:
        """`[m, len(FEATURES)] float32` for the passages at `ordinals`; `scores` holds `[m] float32` a leg."""
        count = len(ordinals)
        columns: dict[str, Floats] = {}
        for name in _SCORES:
            columns[f"{name}_z"] = standardise(scores.get(name, np.zeros(count, np.float32)))
        for leg, scale in _GAP_SCALE.items():
            own = scores.get(leg, np.zeros(count, np.float32))
            columns[f"{leg}_gap"] = (own - own.max(initial=-np.inf)) * scale
        for leg in ("chars", "words", "sounds"):
            own = scores.get(leg, np.zeros(count, np.float32))
            columns[f"{leg}_part"] = own / max(float(own.max(initial=0.0)), 1e-6)
        columns["firsts"] = _firsts({name: of for name, of in scores.items() if name != "weak"}, count)
        said = _Said(understanding, context)
        rows = [self._row(int(o), said) for o in ordinals]
        names = FEATURES[FEATURES.index("is_question") :]
        table = np.array(rows, dtype=np.float32).reshape(count, len(names))
        return np.column_stack([*(columns[n] for n in FEATURES[: -len(names)]), table]).astype(np.float32)

    def _row(self, ordinal: int, said: _Said) -> tuple[float, ...]:
        number = int(self._index.article_of[ordinal])
        article, passage = self._index.articles[number], self._index.passages[ordinal]
        facts, own = _article_facts(article), _passage_facts(passage)
        here = sum(code in own.text or code in facts.products for code in said.codes)
        kind = article.kind
        return (
            passage.kind is PassageKind.QUESTION,
            said.letters in facts.questions,
            max((_likeness(said.pairs, n) for n in facts.not_questions), default=0.0),
            _share(said.pairs, facts.title),
            _share(said.pairs, own.heading),
            said.found_in(own.text),
            any(k in said.message for k in facts.keywords),
            here / len(said.codes) if said.codes else 0.0,
            bool(said.codes) and not here,
            _agrees(said.named, number, bool(article.products)),
            0.0 if said.named else _agrees(said.talked_about, number, bool(article.products)),
            bool(said.context.product and article.products),
            bool(said.context.channel and article.channels),
            bool(article.channels) and not said.context.channel and not said.mentions(facts.channels),
            kind is Kind.PROMOTION,
            kind is Kind.PLAYBOOK or article.audience is Audience.INTERNAL,
            kind is Kind.PHRASE,
            kind is Kind.PRODUCT,
            passage.kind is PassageKind.REPLY,
            passage.kind is PassageKind.TABLE,
            own.size,
            min(passage.ordinal, 10) / 10,
        )


class _Said:
    """A message ready to be compared with many passages."""

    def __init__(self, understanding: Understanding, context: Context) -> None:
        self.message = normalise(understanding.message)
        self.letters = _letters(self.message)
        self.pairs = pairs(understanding.searched)
        self.codes = understanding.codes
        self.named = understanding.named
        self.talked_about = understanding.talked_about
        self.context = context
        self._text = normalise(understanding.searched)

    def mentions(self, names: Set[str]) -> bool:
        """Whether one of these names stands in what is searched for; customers write them without spaces."""
        return any(name in self._text for name in names)

    def found_in(self, text: str) -> float:
        """The share of the message's character pairs that stand in a text."""
        return sum(p in text for p in self.pairs) / len(self.pairs) if self.pairs else 0.0


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
        title=pairs(article.title),
        keywords=tuple(k for k in map(normalise, article.keywords) if len(k) > 1),
        questions=frozenset(_letters(normalise(q)) for q in article.questions),
        not_questions=tuple(map(pairs, article.not_questions)),
        products=" ".join(normalise(p).replace("-", "") for p in article.products),
        channels=frozenset(map(normalise, article.channels)),
    )


@kept
def _passage_facts(passage: Passage) -> _PassageFacts:
    return _PassageFacts(
        pairs(" ".join(passage.headings)),
        normalise(passage.encoded).replace("-", ""),
        float(np.log1p(len(passage.shown))) / 6,
    )


def _letters(text: str) -> str:
    """A text without white space and punctuation."""
    return "".join(filter(str.isalnum, text))


def _share(some: frozenset[str], others: frozenset[str]) -> float:
    """How much of `some` stands in `others`, 0..1."""
    return len(some & others) / len(some) if some else 0.0


def _likeness(some: frozenset[str], others: frozenset[str]) -> float:
    """Jaccard's coefficient, 0..1."""
    either = len(some | others)
    return len(some & others) / either if either else 0.0


def _agrees(mentions: Sequence[Mention], article: int, listed: bool) -> float:
    """1 where the article lists a product that is named, -1 where it lists only others, 0 where either is open."""
    if not mentions or not listed:
        return 0.0
    return 1.0 if any(article in m.articles for m in mentions) else -1.0
