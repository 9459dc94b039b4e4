"""Text to terms for BM25: characters with bigrams, or words; codes of letters and digits are one term."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Protocol

import rjieba

from indexer.sounds import Sounds
from kb.normalise import normalise

VERSION = 2

_HAN = "[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]"
_WORD = f"(?:(?!{_HAN})[^\\W_])+"
_RUN = re.compile(f"(?P<han>{_HAN}+)|(?P<code>{_WORD}(?:[.\\-/]{_WORD})*)")
_PART = re.compile(_WORD)
_DECIMAL = re.compile(r"\d+\.\d+")
_JOINT = re.compile(r"(?<!\d)\.|\.(?!\d)|[\-/]")
_DIGIT = re.compile(r"\d")
_GAPS = frozenset(" -_")


class Analyser(Protocol):
    """Text to the terms that BM25 counts."""

    @property
    def name(self) -> str:
        """The leg's name."""
        ...

    def terms(self, text: str) -> list[str]:
        """The terms in order, repeated ones repeated. Text without any gives an empty list."""
        ...


class Characters:
    """Every Chinese character and every pair of neighbours; Latin words and codes whole."""

    name = "chars"

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

    def __init__(self, user_words: Iterable[str] = ()) -> None:
        self._cutter = rjieba.Jieba()
        for word in sorted(set(user_words)):
            self._cutter.add_word(word, None, None)

    def terms(self, text: str) -> list[str]:
        """See Analyser."""
        terms: list[str] = []
        for han, codes in _runs(text):
            if han:
                terms += self._cutter.cut_for_search(han)
            terms += codes
        return terms


def analysers(user_words: Iterable[str] = ()) -> tuple[Analyser, ...]:
    """One analyser for each lexical leg, in the order of the legs."""
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

    Codes written apart by one dash or space (`qy-w10`, `qy w10`) also count joined, if a digit is among them.
    """
    plain = normalise(text)
    previous, previous_end = "", -2
    for match in _RUN.finditer(plain):
        if match.lastgroup == "han":
            previous, previous_end = "", -2
            yield match.group(), []
            continue
        parts = _DECIMAL.findall(match.group()) + _PART.findall(_DECIMAL.sub(" ", match.group()))
        joined = _JOINT.sub("", match.group())
        codes = list(parts)
        if len(parts) > 1:
            codes.append(joined)
        apart = match.start() == previous_end + 1 and plain[previous_end] in _GAPS
        if previous and apart and _DIGIT.search(previous + joined):
            codes.append(previous + joined)
        previous, previous_end = joined, match.end()
        yield "", codes
