"""Where words of a long list stand in a text: a look-up a character, whatever the length of the list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_EDGE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


class WordFinder:
    """Normalised words, ready to be looked for from several threads."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(filter(None, words))
        sizes: dict[str, set[int]] = {}
        for word in self._words:
            sizes.setdefault(word[0], set()).add(len(word))
        self._sizes = {first: sorted(of, reverse=True) for first, of in sizes.items()}

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Ranges `[start, stop)` of the words in a normalised text, in order, of those at one place the longest.

        None lies over another. A word's Latin letters and digits never match inside a longer run of them.
        """
        at = 0
        while at < len(text):
            size = next((n for n in self._sizes.get(text[at], ()) if self._stands(text, at, at + n)), 0)
            if size:
                yield at, at + size
            at += size or 1

    def _stands(self, text: str, start: int, stop: int) -> bool:
        if stop > len(text) or text[start:stop] not in self._words:
            return False
        return not (_parts_a_run(text, start) or _parts_a_run(text, stop))


def _parts_a_run(text: str, at: int) -> bool:
    """Whether letters or digits stand on both sides of a place."""
    return 0 < at < len(text) and text[at - 1] in _EDGE and text[at] in _EDGE
