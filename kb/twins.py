"""Twins by what tells them apart: "大的那款", "Pro 那个", "单人的", where a product of their family was talked about.

Only what is sure is taken: exactly one product of the family fits. Else nothing, and nothing binds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations

from kb.article import Article, Kind
from kb.codes import product_codes
from kb.mention import Mention
from kb.normalise import fold, normalise_code

_END = r"(?:的(?!话)|那[个款种台条件]|这[个款种台条件]|版|款|型|呢|多少|$)"
# What customers say for a name's part that tells it from its twin.
_BIG = frozenset({"max", "plus", "ultra"})
_SAID: tuple[tuple[str, frozenset[str]], ...] = (
    (rf"(?<![多最太偏再够有])大(?:号|码|一?点)?{_END}", _BIG | {"xl", "大", "大号", "大号款", "大款"}),
    (rf"(?<![大最太偏再])小(?:号|码|一?点)?{_END}", frozenset({"mini", "nano", "小", "小号", "小号款", "小款"})),
    (rf"宽(?:楦|版)?{_END}", frozenset({"wide", "宽楦", "宽"})),
    (rf"轻(?:便|享)?{_END}", frozenset({"lite", "air", "轻享版", "轻享"})),
)
# The one without a part of its own, where its only twin is the other.
_OPPOSITE = ((rf"(?<![大最太偏再])小(?:号|码)?{_END}", _BIG),)
_PLAIN = re.compile(r"(?:普通|标准|基础|正常)(?:版|款|的)")
_KIND = re.compile(r"[款型版码号]$")
# So many products whose names end alike are a kind of thing ("…洗衣机"), and no family of twins.
_FAMILY = 20


class Twins:
    """The products of the articles about one product each, and the parts of their names that tell twins apart."""

    def __init__(self, articles: Sequence[Article]) -> None:
        listed: dict[str, set[int]] = {}
        for ordinal, article in enumerate(articles):
            for name in product_codes(article):
                listed.setdefault(name, set()).add(ordinal)
        names = {
            n: list(product_codes(article))
            for n, article in enumerate(articles)
            if article.kind is Kind.PRODUCT and article.products
        }
        products = [n for n in names if not _of_several(n, names, listed)]
        ours = frozenset(products)
        shared = {name for n in products for name in names[n] if len(listed[name] & ours) > 1}
        own = {n: [name for name in names[n] if name not in shared] for n in products}
        self._articles = {n: frozenset(o for name in own[n] for o in listed[name]) for n in products if own[n]}
        self._parts = _parts({n: own[n] for n in self._articles})
        self._first = {n: own[n][0] for n in self._articles}

    def named(self, message: str, talked_about: Iterable[Mention]) -> tuple[Mention, ...]:
        """The one twin of the products talked about that the message names by its part; empty where not sure."""
        family = {n for mention in talked_about for n in self._products(mention)}
        family |= {twin for n in family for twin in self._parts.get(n, {})}
        if len(family) < 2:
            return ()
        plain, message = normalise_code(message), fold(message)
        fitting = {n for n in family if self._fits(n, plain, message, family)}
        if len(fitting) != 1:
            return ()
        (found,) = fitting
        return (Mention(self._first[found], self._articles[found], binds=True),)

    def _products(self, mention: Mention) -> set[int]:
        """The products that a mention names: those whose own articles it lists, where there are few."""
        found = {n for n in self._articles if n in mention.articles}
        return found if len(found) <= 2 else set()

    def _fits(self, product: int, plain: str, message: str, family: set[int]) -> bool:
        parts = {twin: part for twin, part in self._parts.get(product, {}).items() if twin in family}
        if any(part and _says(part, plain, message) for part in parts.values()):
            return True
        others = {self._parts[twin].get(product, "") for twin in parts if not parts[twin]}
        if not others:
            return False
        return bool(_PLAIN.search(message)) or any(
            len(family) == 2 and others <= of and re.search(said, message) for said, of in _OPPOSITE
        )


def _of_several(number: int, names: dict[int, list[str]], listed: dict[str, set[int]]) -> bool:
    """Whether an article is about several products: two others share names with it and none with each other."""
    others = {n for name in names[number] for n in listed[name] if n in names and n != number}
    return some_disjoint([frozenset(names[n]) for n in others])


def some_disjoint(sets: Sequence[frozenset[str]]) -> bool:
    """Whether two of the sets share nothing."""
    # What all of them hold spares comparing each with each: many products of one kind.
    if not sets or frozenset.intersection(*sets):
        return False
    return any(one.isdisjoint(other) for one, other in combinations(sets, 2))


def _says(part: str, plain: str, message: str) -> bool:
    """Whether the message names this part of a name, itself or in a customer's word."""
    if part.isascii():
        if len(part) > 1 and re.search(rf"(?<![a-z0-9]){re.escape(part)}(?![a-z0-9])", plain):
            return True
    # Of 单人床 and 双人床 only the first characters differ: 双人的.
    elif (word := _KIND.sub("", part)) and re.search(re.escape(word) + (f"人?{_END}" if len(part) < 3 else ""), plain):
        return True
    return any(part in of and re.search(said, message) for said, of in _SAID)


def _parts(own: dict[int, list[str]]) -> dict[int, dict[int, str]]:
    """For each product its twins, and what of its name tells it from each; empty where it has the bare name."""
    found: dict[int, dict[int, str]] = {}
    for one, other in sorted(_alike(own)):
        part = _apart(own[one], own[other])
        if part is not None:
            found.setdefault(one, {})[other] = part
    return found


def _alike(own: dict[int, list[str]]) -> set[tuple[int, int]]:
    """Pairs of products that may be twins: a name begins with the other's, or two as long end alike."""
    of = {name: n for n, names in own.items() for name in names}
    found: set[tuple[int, int]] = set()
    ends: dict[tuple[int, str], list[str]] = {}
    for name, one in of.items():
        for stop in range(1, len(name)):
            other = of.get(name[:stop], one)
            if other != one:
                found |= {(one, other), (other, one)}
        ends.setdefault((len(name), name[-2:]), []).append(name)
    for group in ends.values():
        # What tells names apart that end alike is in words, never a part of a code.
        worded = [name for name in group if not name.isascii()]
        if len(worded) <= _FAMILY:
            found |= {(of[name], of[other]) for name in worded for other in group if of[name] != of[other]}
    return found


def _apart(names: Sequence[str], others: Sequence[str]) -> str | None:
    """What a product's name has that its twin's has not; None where no two of their names are alike."""
    for name in names:
        for other in others:
            if name.startswith(other) and re.match(r"[^\d]", name[len(other) :]):
                return name[len(other) :]
            if other.startswith(name) and re.match(r"[^\d]", other[len(name) :]):
                return ""
    for name in names:
        for other in others:
            end = next((k for k in range(len(name), 1, -1) if other.endswith(name[-k:])), 0)
            if 2 <= end < min(len(name), len(other)) and len(name) == len(other) and not name[:-end].isascii():
                return name[:-end]
    return None
