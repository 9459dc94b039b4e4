"""What a message means that is typed in pinyin: a fragment is read as the word of the library that sounds so.

Only words that the library uses itself, of two syllables or more, and never a run of letters that stands in it as it
is; a wrong character may be right after all and is left to the leg that goes by sound.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from indexer.sounds import syllables
from kb.normalise import normalise

VERSION = "2"
"""The version of these rules; it goes into a generation's inputs."""

_HAN = re.compile("[\u3400-\u9fff]+")
_LATIN = re.compile("[a-z]+")
_PIECE = re.compile(r"(?<![a-z0-9])[a-z]+(?![a-z0-9])|[\u3400-\u9fff]")
_SHORTEST, _LONGEST = 2, 4
_MOST_WORDS = 50_000
# A word that stands in the library once may itself be a slip.
_OFTEN = 2
# Of more Latin words than this that the library does not know, a message is in another language, not in pinyin.
_MOST_FRAGMENTS = 12
# Letter for letter, so that places stay what they are; str.lower may make two characters of one.
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True)
class Vocabulary:
    """The words of a library: Chinese ones of two to four characters with their counts, and Latin ones."""

    words: Mapping[str, int]
    latin: frozenset[str]


class Cutter(Protocol):
    """What parts a stretch of Chinese characters into words; see `indexer.segmenter`."""

    def cut(self, han: str) -> list[str]:
        """The words of a stretch, in order."""
        ...


def words_of(text: str, cutter: Cutter) -> list[str]:
    """What of a passage's text counts for the vocabulary: its Chinese words, and its Latin ones."""
    plain = normalise(text)
    words = [w for run in _HAN.findall(plain) for w in cutter.cut(run) if _SHORTEST <= len(w) <= _LONGEST]
    return words + _LATIN.findall(plain)


def vocabulary(counts: Iterable[tuple[str, int]]) -> Vocabulary:
    """The vocabulary of a library in which these words (each once) stand so often."""
    latin, often = set(), []
    for word, count in counts:
        if word.isascii():
            latin.add(word)
        elif count >= _OFTEN:
            often.append((word, count))
    most = sorted(often, key=lambda item: (-item[1], item[0]))[:_MOST_WORDS]
    return Vocabulary(dict(most), frozenset(latin))


class Spelling:
    """Reads messages with one library's vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._latin = vocabulary.latin
        self._by_sound: dict[tuple[str, ...], list[str]] = {}
        # The most frequent word of a sound is its first.
        for word in sorted(vocabulary.words, key=lambda w: (-vocabulary.words[w], w)):
            sound = tuple(s for c in word for s in syllables(c))
            if len(sound) == len(word):
                self._by_sound.setdefault(sound, []).append(word)

    def respell(self, text: str) -> str:
        """The text with pinyin fragments in characters, where they spell words of the library; else as it is."""
        plain = text.translate(_LOWER)
        while found := self._first(plain):
            start, stop, word = found
            text, plain = text[:start] + word + text[stop:], plain[:start] + word + plain[stop:]
        return text

    def _first(self, plain: str) -> tuple[int, int, str] | None:
        """The longest stretch that spells words, of equal ones the first; its place and the words."""
        for start, stop in self._runs(plain):
            word = self._word(plain[start:stop])
            if word is not None:
                return start, stop, word
        return None

    def _runs(self, plain: str) -> list[tuple[int, int]]:
        """Stretches of characters side by side around one Latin run, the longest first."""
        if not _LATIN.search(plain):
            return []
        pieces = [match.span() for match in _PIECE.finditer(plain)]
        typed = [n for n, (a, b) in enumerate(pieces) if plain[a].isascii() and plain[a:b] not in self._latin]
        if len(typed) > _MOST_FRAGMENTS:
            return []
        spans = [
            (pieces[first][0], pieces[last][1])
            for place in typed
            for first in range(max(0, place - _LONGEST + 1), place + 1)
            for last in range(place, min(len(pieces), first + _LONGEST))
            if _is_one(plain, pieces[first : last + 1])
        ]
        return sorted(spans, key=lambda span: (span[0] - span[1], span[0]))

    def _word(self, stretch: str) -> str | None:
        """The words that a stretch spells, its characters in their places; None where it spells none."""
        pieces = _PIECE.findall(stretch)
        sounds = [syllables(piece) for piece in pieces]
        written = [None if piece.isascii() else piece for piece in pieces]
        fixed = [piece for piece, sound in zip(written, sounds, strict=True) for _ in sound]
        flat = tuple(s for sound in sounds for s in sound)
        if not all(sounds) or len(flat) < _SHORTEST:
            return None
        return self._spelt(flat, fixed)

    def _spelt(self, sound: tuple[str, ...], fixed: Sequence[str | None]) -> str | None:
        """Words that sound so and hold the fixed characters, at each place the longest with which the rest is spelt."""
        spelt: list[str | None] = [*[None] * len(sound), ""]
        # From the end, each place once: a long run of one syllable has countless readings.
        for start in range(len(sound) - _SHORTEST, -1, -1):
            for size in range(min(_LONGEST, len(sound) - start), _SHORTEST - 1, -1):
                rest = spelt[start + size]
                words = self._by_sound.get(sound[start : start + size], ()) if rest is not None else ()
                word = next((word for word in words if _fits(word, fixed[start:])), None)
                if word is not None:
                    spelt[start] = f"{word}{rest}"
                    break
        return spelt[0]


def _is_one(plain: str, pieces: Sequence[tuple[int, int]]) -> bool:
    """Whether pieces stand side by side with one Latin run among them."""
    latin = sum(plain[a].isascii() for a, _ in pieces)
    return latin == 1 and all(a[1] == b[0] for a, b in itertools.pairwise(pieces))


def _fits(word: str, fixed: Sequence[str | None]) -> bool:
    return all(f is None or f == c for f, c in zip(fixed, word, strict=False))
