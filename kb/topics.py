"""What a text is about, as far as the articles' own words tell: their titles, products and keywords."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from kb.article import Article
from kb.content import content
from kb.memo import kept
from kb.synonyms import Synonyms

# A pair of characters that so large a part of the articles is named by tells no subject ("订单", "规则").
_COMMON_SHARE = 0.12
_COMMON_LEAST = 6


@dataclass(frozen=True)
class Topic:
    """What a text is about. pairs: its telling pairs of characters. articles: ordinals of those named by one."""

    pairs: frozenset[str] = frozenset()
    articles: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        """Whether anything is known of it."""
        return bool(self.articles)


class Topics:
    """The words that articles are named by; made once for a library."""

    def __init__(self, articles: Sequence[Article], synonyms: Synonyms | None = None) -> None:
        self._synonyms = synonyms or Synonyms()
        self._articles = articles
        self._named: dict[str, list[int]] = {}
        for ordinal, article in enumerate(articles):
            for pair in _named_by(article):
                self._named.setdefault(pair, []).append(ordinal)
        most = max(_COMMON_LEAST, _COMMON_SHARE * len(articles))
        self._named = {pair: found for pair, found in self._named.items() if len(found) <= most}

    def about(self, text: str) -> Topic:
        """What the articles' names tell of a text; nothing where it holds none of their words."""
        pairs = {pair for pair in _pairs([text, *self._synonyms.also(text).split("\n")]) if pair in self._named}
        return Topic(frozenset(pairs), frozenset(n for pair in pairs for n in self._named[pair]))

    def one_subject(self, message: Topic, talk: Topic) -> bool:
        """Whether a message goes on about what the talk is about: by a word, an article, or what that speaks of."""
        if message.pairs & talk.pairs or message.articles & talk.articles:
            return True
        return any(not message.pairs.isdisjoint(_speaks_of(self._articles[number])) for number in talk.articles)


@kept
def _named_by(article: Article) -> frozenset[str]:
    """The pairs of what an article is called."""
    return frozenset(_pairs([article.title, *article.products, *article.keywords]))


@kept
def _speaks_of(article: Article) -> frozenset[str]:
    """The pairs of what an article's names, questions and headings speak of."""
    return frozenset(_pairs([article.title, *article.keywords, *article.questions, *headings(article.body)]))


def headings(body: str) -> list[str]:
    """The headings of a Markdown body, roughly: lines that begin with #."""
    return [line.lstrip("#").strip() for line in body.splitlines() if line.startswith("#")]


def _pairs(texts: Sequence[str]) -> set[str]:
    """Pairs of neighbouring characters within words of content; a Latin word or code whole."""
    found: set[str] = set()
    for text in texts:
        for word in content(text):
            found |= {word} if word[0].isascii() else {a + b for a, b in pairwise(word)}
    return found
