"""How a customer feels, read from lists of words: angry, threatening, in a hurry. No model decides it.

A question about complaints ("投诉电话多少") counts as a threat: who asks where to complain is about to. A negated
word ("不急", "没生气", "不会投诉") counts nothing, nor does one that is part of another ("急诊", "产生气泡").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from kb.moods import INNOCENT, MoodWords
from kb.normalise import fold, fold_placed
from kb.word_finder import WordFinder


class MoodKind(StrEnum):
    """A mood that needs care before an answer; the strongest first."""

    THREAT = "threat"
    ANGER = "anger"
    URGENCY = "urgency"


@dataclass(frozen=True)
class MoodWord:
    """A word that tells of a mood: as the customer wrote it, and its character range `[start, end)` in the message."""

    kind: MoodKind
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Mood:
    """The strongest mood of a message, and every word that told of one, in order."""

    kind: MoodKind
    words: tuple[MoodWord, ...]


# A negation directly before a word, with what may stand between the two ("不是很着急", "没有要投诉").
_NEGATED = re.compile(
    r"(?P<before>.?)(?:不是|不会|不想|不要|不用|不必|不打算|没有|没打算|没想|没|别|不|无需|并非|未)"
    r"(?:那么|这么|怎么|特别|非常|来|给|打|写|要|想|很|太|多|再|去|算|打算|用|你们|你|您|这个|什么){0,3}$"
)
_NEGATED_IN_ENGLISH = re.compile(
    r"(?:\b(?:not|no|never|without)|n't|n’t)(?: (?:a|an|any|in a|so|that|very|really|too))? $"
)
_REACH = 18


class MoodReader:
    """Recognises the moods of one shop's words; ready to be asked from several threads."""

    def __init__(self, words: MoodWords) -> None:
        self._kind: dict[str, MoodKind] = {}
        # The strongest mood keeps a word that stands in two lists.
        for kind, listed in (
            (MoodKind.URGENCY, words.urgency),
            (MoodKind.ANGER, words.anger),
            (MoodKind.THREAT, words.threat),
        ):
            self._kind.update(dict.fromkeys(map(fold, listed), kind))
        # An innocent word keeps its inside from being read.
        innocent = [word for word in map(fold, INNOCENT) if word not in self._kind]
        self._finder = WordFinder([*self._kind, *innocent])

    def read(self, message: str) -> Mood | None:
        """The mood of a message as it was written; None where no word tells of one."""
        plain = fold(message)
        if next(self._finder.find(plain), None) is None:
            return None
        plain, places = fold_placed(message)
        found: list[MoodWord] = []
        for first, stop in self._finder.find(plain):
            kind = self._kind.get(plain[first:stop])
            if kind is None or _is_negated(plain, first):
                continue
            start, end = places[first], places[stop - 1] + 1
            found.append(MoodWord(kind, message[start:end], start, end))
        if not found:
            return None
        strongest = next(kind for kind in MoodKind if any(word.kind is kind for word in found))
        return Mood(strongest, tuple(found))


def mood(message: str, words: MoodWords) -> Mood | None:
    """The mood of one message; for many use one MoodReader."""
    return MoodReader(words).read(message)


def _is_negated(plain: str, start: int) -> bool:
    before = plain[max(0, start - _REACH) : start]
    if _NEGATED_IN_ENGLISH.search(before):
        return True
    match = _NEGATED.search(before)
    # Of 要不要投诉 and 不得不投诉 neither is negated.
    return match is not None and match["before"] not in ("得", plain[start - 1 : start])
