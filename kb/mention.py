"""Which products a message names, by code or by name, however it is spaced, dashed or shortened."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kb.article import Article
from kb.memo import kept
from kb.normalise import normalise
from kb.validity import Bools

_GAP = re.compile(r"[\s\-_/.·]+")
_PREFIXED = re.compile(r"^([a-z]{1,6})[\s\-_/.]+(.*\d.*)$")
_CODE = re.compile(r"[a-z0-9]")
_DIGIT = re.compile(r"\d")
_SHORTEST_NAME = 2
_LONGEST = 24
# A prefix that so many products carry is the house's own; customers leave it out.
_HOUSE_PREFIX = 3


@dataclass(frozen=True)
class Mention:
    """One product named in a text.

    alias: as it was found, normalised without gaps. articles: ordinals of the articles that list the product.
    binds: whether it is a model or code (it holds a digit or Latin letters) and so rules others out; a plain
    name ("电饭煲") may only be a kind of thing.
    """

    alias: str
    articles: frozenset[int]
    binds: bool


class ProductNames:
    """Every product code and name that the articles list, with the ways customers shorten them."""

    def __init__(self, articles: Sequence[Article]) -> None:
        prefixes = _house_prefixes(articles)
        self._articles: dict[str, set[int]] = {}
        self._written: dict[str, str] = {}
        self._listing = np.array([bool(article.products) for article in articles], dtype=np.bool_)
        for ordinal, article in enumerate(articles):
            for name, plain in zip(article.products, _plain_names(article), strict=True):
                for alias in _aliases(plain, prefixes):
                    self._articles.setdefault(alias, set()).add(ordinal)
                    self._written.setdefault(alias, name)

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """The products named, in order; of names at one place the longest counts ("B7 Pro", not "B7")."""
        letters, gaps = _compact(normalise(text))
        found: list[Mention] = []
        start = 0
        while start < len(letters):
            alias = self._longest(letters, gaps, start)
            if alias is None:
                start += 1
                continue
            found.append(Mention(alias, frozenset(self._articles[alias]), bool(_CODE.search(alias))))
            start += len(alias)
        return tuple(dict.fromkeys(found))

    def written(self, mention: Mention) -> str:
        """The product's name as the first article that lists it writes it."""
        return self._written.get(mention.alias, mention.alias)

    def name_another(self, mentions: Sequence[Mention], product: str) -> bool:
        """Whether a model or code is among them, and none of them may be this product."""
        asked = ProductsAsked(self, self.mentions(product))
        return any(mention.binds for mention in mentions) and not any(map(asked.likeness, mentions))

    def bound(self, mentions: Sequence[Mention]) -> Bools:
        """`[n_a] bool`: the articles that may speak about the products mentioned.

        A model or code that is named rules out the articles that list other products only: its twin's numbers
        are wrong for it. A plain name rules out nothing.
        """
        if not any(mention.binds for mention in mentions):
            return np.ones(len(self._listing), dtype=np.bool_)
        allowed: Bools = ~self._listing
        for mention in mentions:
            allowed[list(mention.articles)] = True
        return allowed

    def _longest(self, letters: str, gaps: Sequence[bool], start: int) -> str | None:
        if not _is_edge(letters, gaps, start):
            return None
        for stop in range(min(len(letters), start + _LONGEST), start, -1):
            if letters[start:stop] in self._articles and _is_edge(letters, gaps, stop):
                return letters[start:stop]
        return None


class ProductsAsked:
    """The products that a question is about, to be looked for in tables."""

    def __init__(self, names: ProductNames, asked: Sequence[Mention]) -> None:
        self._names = names
        self._written = frozenset(map(names.written, asked))
        self._articles = [mention.articles for mention in asked]

    def named_in(self, texts: Sequence[str]) -> list[int]:
        """Which of some texts name one of them best, in order; none where none does."""
        if not self._articles:
            return []
        likeness = [max(map(self.likeness, self._names.mentions(text)), default=0) for text in texts]
        best = max(likeness, default=0)
        return [number for number, one in enumerate(likeness) if one == best > 0]

    def likeness(self, mention: Mention) -> int:
        """2 for the name of one of them, 1 where all articles of the one list the other too, else 0."""
        if self._names.written(mention) in self._written:
            return 2
        own = mention.articles
        return int(any(own <= articles or articles <= own for articles in self._articles))


def _compact(text: str) -> tuple[str, list[bool]]:
    """The text without gaps, and for each place in it (and its end) whether a gap stood before it."""
    letters: list[str] = []
    gaps: list[bool] = []
    end = 0
    for match in _GAP.finditer(text):
        letters += text[end : match.start()]
        gaps += [False] * (len(letters) - len(gaps))
        gaps.append(True)
        end = match.end()
    letters += text[end:]
    gaps += [False] * (len(letters) + 1 - len(gaps))
    return "".join(letters), gaps


def _is_edge(letters: str, gaps: Sequence[bool], place: int) -> bool:
    """Whether a name may begin or end here: not between two letters or digits that belong together."""
    if place in (0, len(letters)) or gaps[place]:
        return True
    return not (_CODE.match(letters[place - 1]) and _CODE.match(letters[place]))


def _house_prefixes(articles: Sequence[Article]) -> frozenset[str]:
    count = Counter(
        match.group(1)
        for name in {name for article in articles for name in _plain_names(article)}
        if (match := _PREFIXED.match(name))
    )
    return frozenset(prefix for prefix, times in count.items() if times >= _HOUSE_PREFIX)


@kept
def _plain_names(article: Article) -> tuple[str, ...]:
    return tuple(map(normalise, article.products))


def _aliases(plain: str, prefixes: frozenset[str]) -> set[str]:
    aliases = {_GAP.sub("", plain)}
    match = _PREFIXED.match(plain)
    if match and match.group(1) in prefixes:
        aliases.add(_GAP.sub("", match.group(2)))
    return {a for a in aliases if len(a) >= _SHORTEST_NAME and (not _CODE.search(a) or _DIGIT.search(a) or len(a) > 2)}
