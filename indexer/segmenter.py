"""The segmenter with a shop's own words, each of which changes only the texts that it stands in."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache

import rjieba

# What no text holds; and by how much the count of all words grows beforehand for what may be added.
_NO_WORD = "\ue000\ue001"
_RESERVE = 1 << 16
# A character that the dictionary does not have, and how often it counts on the scale.
_WEIGHT = "㐀"
_HEAVY = 10**12
_TIMES = 5


class Segmenter:
    """Cuts Chinese text into words, user words among them.

    The segmenter weighs a way of cutting by the words' counts and by the count of all words together. A user word
    counts as its parts suggest to the general dictionary, whatever other user words there are, and what all of them
    add is taken from a reserve, so that the count of all is always the same: where a stretch is cut depends on the
    user words that stand in it and on no other.
    """

    def __init__(self, user_words: Iterable[str] = ()) -> None:
        counted = {word: _counted(word) for word in sorted(set(user_words))}
        needed = sum(gain for _, gain in counted.values())
        self.reserve = _reserve(needed)
        """What was held in reserve; where that differs all texts may be cut otherwise."""
        # Each dictionary takes 29 MB; the scale has served.
        _scale.cache_clear()
        self._cutter = rjieba.Jieba()
        self._cutter.add_word(_NO_WORD, self.reserve - needed, None)
        for word, (count, _) in counted.items():
            self._cutter.add_word(word, count, None)

    def cut(self, han: str) -> list[str]:
        """A stretch of Chinese characters in words, each character in one."""
        found: list[str] = self._cutter.cut(han)
        return found

    def cut_for_search(self, han: str) -> list[str]:
        """The same with the shorter words that stand in long ones."""
        found: list[str] = self._cutter.cut_for_search(han)
        return found


class _Scale:
    """Tells by how much a word makes the count of all words grow; the segmenter says neither that nor its old count."""

    def __init__(self) -> None:
        self._words = rjieba.Jieba()
        self._words.add_word(_WEIGHT, _HEAVY, None)

    def gain(self, word: str, count: int) -> int:
        """What is added where a word of the dictionary is to count so much. Weigh a word once."""
        before = self._total()
        self._words.add_word(word, count, None)
        return self._total() - before

    def _total(self) -> int:
        # Suggested is weight^5 / total^4, rounded down, plus 1: near to the weight, so a step of the total is four.
        suggested = self._words.suggest_freq(_WEIGHT * _TIMES)
        total: float = (_HEAVY**_TIMES / (suggested - 0.5)) ** (1 / (_TIMES - 1))
        return round(total)


@lru_cache(maxsize=1)
def _scale() -> _Scale:
    return _Scale()


@cache
def _counted(word: str) -> tuple[int, int]:
    """How often a user word counts, and by how much it makes the count of all words grow."""
    # The module's own segmenter, to which nobody adds words: the general dictionary alone.
    count: int = rjieba.suggest_freq(word)
    return count, _scale().gain(word, count) if rjieba.has_word(word) else count


def _reserve(needed: int) -> int:
    """What is held in reserve for user words; it grows in large steps, for each may cut all texts otherwise."""
    reserve = _RESERVE
    while reserve <= needed:
        reserve *= 4
    return reserve
