"""Text to terms for BM25: characters with bigrams, or words; codes of letters and digits are one term."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Protocol

from indexer.segmenter import Segmenter
from indexer.sounds import Sounds
from kb.normalise import normalise, quantities

VERSION = 5

_HAN = "[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]"
_WORD = f"(?:(?!{_HAN})[^\\W_])+"
_RUN = re.compile(f"(?P<han>{_HAN}+)|(?P<code>{_WORD}(?:[.\\-/]{_WORD})*)")
_PART = re.compile(_WORD)
_DECIMAL = re.compile(r"\d+\.\d+")
_JOINT = re.compile(r"(?<!\d)\.|\.(?!\d)|[\-/]")
_DIGIT = re.compile(r"\d")
_GAPS = frozenset(" -_")
# So many codes written apart may be one model number ("QY P12 Max").
_CHAIN = 3
# Numbers before a g that are a network, not a weight.
_NETWORKS = frozenset("23456")
# How customers ask for the unit of a number that is written in letters ("几升的").
_UNIT_NAMES = {
    "kg": "公斤",
    "mg": "毫克",
    "g": "克",
    "ml": "毫升",
    "l": "升",
    "cm": "厘米",
    "mm": "毫米",
    "kw": "千瓦",
    "w": "瓦",
    "mah": "毫安时",
}


class Analyser(Protocol):
    """Text to the terms that BM25 counts."""

    @property
    def name(self) -> str:
        """The leg's name."""
        ...

    @property
    def takes_synonyms(self) -> bool:
        """Whether words of the same meaning are searched for too; a leg by sound has no use for them."""
        ...

    def terms(self, text: str) -> list[str]:
        """The terms in order, repeated ones repeated. Text without any gives an empty list."""
        ...


class Characters:
    """Every Chinese character and every pair of neighbours; Latin words and codes whole."""

    name = "chars"
    takes_synonyms = True

    def terms(self, text: str) -> list[str]:
        """See Analyser."""
        terms: list[str] = []
        for han, codes in _runs(text):
            terms += han
            terms += (a + b for a, b in itertools.pairwise(han))
            terms += codes
        return terms


class Words:
    """Words by jieba's search mode, with the library's own names as user words."""

    name = "words"
    takes_synonyms = True

    def __init__(self, user_words: Iterable[str] = ()) -> None:
        self.segmenter = Segmenter(user_words)

    def terms(self, text: str) -> list[str]:
        """See Analyser."""
        terms: list[str] = []
        for han, codes in _runs(text):
            if han:
                terms += self.segmenter.cut_for_search(han)
            terms += codes
        return terms


@lru_cache(maxsize=3)
def analysers(user_words: tuple[str, ...] = ()) -> tuple[Analyser, ...]:
    """One analyser for each lexical leg, in the order of the legs; those of the last few lists are kept."""
    return (Characters(), Words(user_words), Sounds())


def user_words(names: Sequence[str]) -> list[str]:
    """The Chinese stretches of 2 to 8 characters in titles, product names and keywords, normalised, sorted."""
    words = {
        match.group()
        for name in names
        for match in _RUN.finditer(normalise(name))
        if match.lastgroup == "han" and 2 <= len(match.group()) <= 8
    }
    return sorted(words)


def _runs(text: str) -> Iterable[tuple[str, list[str]]]:
    """Each run of the normalised text: a Chinese stretch with no codes, or codes with an empty stretch.

    Codes written apart by one dash or space (`qy-w10`, `qy w10`, `qy p12-max`) also count joined, if a digit is
    among them. A number with its unit (`1.5l`) counts whole and in its parts, the unit under its Chinese name too.
    """
    plain = normalise(text)
    chain: list[str] = []
    end = -2
    for match in _RUN.finditer(plain):
        if match.lastgroup == "han":
            chain = []
            yield match.group(), []
            continue
        run = match.group()
        measured = [(number, unit) for _, _, number, unit in quantities(run)]
        if measured:
            chain = []
            yield from _measured(run, measured)
            continue
        if not (match.start() == end + 1 and plain[end] in _GAPS):
            chain = []
        parts = _parts(run)
        joined = _JOINT.sub("", run)
        codes = list(parts) + _joined(parts) + ([joined] if len(parts) > 1 else [])
        before = ["".join(chain[start:]) for start in range(len(chain))]
        codes += [b + joined for b in before if _DIGIT.search(b + joined)]
        chain = [*chain, joined][1 - _CHAIN :]
        end = match.end()
        yield "", codes


def _parts(run: str) -> list[str]:
    return _DECIMAL.findall(run) + _PART.findall(_DECIMAL.sub(" ", run))


def _joined(parts: Sequence[str]) -> list[str]:
    """Neighbours within a code of three parts and more: `p12max` of `qy-p12-max`."""
    if len(parts) < _CHAIN or any("." in part for part in parts):
        return []
    return [a + b for a, b in itertools.pairwise(parts) if _DIGIT.search(a + b)]


def _measured(run: str, measured: Sequence[tuple[str, str]]) -> Iterable[tuple[str, list[str]]]:
    """A run with numbers and units: its parts as they stand, each quantity and its parts, and the units' names."""
    wanted = [term for number, unit in measured for term in (number, unit, number + unit)]
    yield "", list(dict.fromkeys([*_parts(run), *wanted]))
    for number, unit in measured:
        if unit != "g" or number not in _NETWORKS:
            yield _UNIT_NAMES[unit], []
