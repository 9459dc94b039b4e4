"""A text's pieces by a Unigram model whose pieces are mapped: the same as the `tokenizers` library finds.

Pieces are read when a text first needs those that begin with its characters, so that memory holds the scripts that are
written here and no others. Rounding, ties and what an unknown character costs follow the library's own search.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from indexer.arrays import read_arrays
from kb.errors import ModelError

_METASPACE = "▁"
# What an unknown character's score lies below the lowest one of any piece.
_PENALTY = 10.0
# Words without Chinese characters come again and again; a clause of them seldom does.
_REMEMBERED = 4096
_LONGEST_REMEMBERED = 24


class Piece(NamedTuple):
    """One piece of a word: its id, and where it begins and ends in the word's UTF-8 bytes."""

    id: int
    begin: int
    end: int


class _Block(NamedTuple):
    """All pieces that may begin at a place, with their ids and scores; `longest` in characters."""

    pieces: Mapping[str, tuple[int, float]]
    longest: int


class Pieces:
    """Parts words into pieces; several threads may use it at once."""

    def __init__(self, path: Path, unknown: int, least: float) -> None:
        """unknown: the id of what has no piece. least: the lowest score of all. Raises ModelError."""
        try:
            arrays = read_arrays(path)
            self._text = arrays["text"].data
            self._starts, self._ids, self._scores = (arrays[name].data for name in ("starts", "ids", "scores"))
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{path}: cannot be read ({error}); delete the folder to prepare it again") from error
        self._all = range(len(self._ids))
        self._unknown = unknown
        self._cost = least - _PENALTY
        self._blocks: dict[str, _Block] = {}
        self._words: dict[str, tuple[Piece, ...]] = {}
        self._lock = threading.Lock()

    def id_of(self, piece: str) -> int | None:
        """The id of exactly that piece, or None."""
        text = piece.encode()
        place = bisect_left(self._all, text, key=self._piece)
        return self._ids[place] if place < len(self._all) and self._piece(place) == text else None

    def part(self, word: str) -> Sequence[Piece]:
        """The pieces of the way to part the word whose scores add up highest; runs of unknown characters are one."""
        known = self._words.get(word)
        if known is not None:
            return known
        found = self._joined(word, self._best(word))
        if len(word) <= _LONGEST_REMEMBERED:
            if len(self._words) >= _REMEMBERED:
                self._words = {}
            self._words[word] = found
        return found

    def _best(self, word: str) -> list[tuple[int, int]]:
        """For each end in the word, after the first: where the best last piece begins, and its id (Viterbi)."""
        size = len(word)
        scores: list[float | None] = [0.0] + [None] * size
        ways = [(0, self._unknown)] * (size + 1)
        blocks, cost, unknown = self._blocks, self._cost, self._unknown
        for start in range(size):
            here = scores[start] or 0.0  # never None: the character before was a piece, or unknown
            first = word[start]
            if first == _METASPACE:
                first = word[start : start + 2]
            block = blocks.get(first) or self._block(first)
            alone = False
            pieces = block.pieces
            for end in range(start + 1, min(start + block.longest, size) + 1):
                piece = pieces.get(word[start:end])
                if piece is None:
                    continue
                alone = alone or end == start + 1
                score = here + piece[1]
                before = scores[end]
                if before is None or score > before:
                    scores[end], ways[end] = score, (start, piece[0])
            if not alone:
                before = scores[start + 1]
                if before is None or here + cost > before:
                    scores[start + 1], ways[start + 1] = here + cost, (start, unknown)
        return ways

    def _joined(self, word: str, ways: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
        """The best way from end to end, with neighbouring unknown characters in one piece."""
        backwards: list[tuple[int, int, int]] = []
        end = len(word)
        while end:
            start, number = ways[end]
            if number == self._unknown and backwards and backwards[-1][0] == number:
                backwards[-1] = (number, start, backwards[-1][2])
            else:
                backwards.append((number, start, end))
            end = start
        found, at = [], 0
        for number, start, end in reversed(backwards):
            after = at + len(word[start:end].encode())
            found.append(Piece(number, at, after))
            at = after
        return tuple(found)

    def _block(self, first: str) -> _Block:
        """The pieces that begin with a character; with two where the first is the mark of a word's beginning."""
        with self._lock:
            known = self._blocks.get(first)
            if known is not None:
                return known
            text = first.encode()
            pieces: dict[str, tuple[int, float]] = {}
            if first.startswith(_METASPACE):
                # Its pieces are a third of all: not read together. It may also stand alone.
                self._add(pieces, bisect_left(self._all, _METASPACE.encode(), key=self._piece), _METASPACE.encode())
            if first != _METASPACE:
                place = bisect_left(self._all, text, key=self._piece)
                while place < len(self._all) and self._piece(place).startswith(text):
                    self._add(pieces, place)
                    place += 1
            block = _Block(pieces, max(map(len, pieces), default=1))
            self._blocks[first] = block
            return block

    def _add(self, pieces: dict[str, tuple[int, float]], place: int, only: bytes | None = None) -> None:
        if place < len(self._all) and (only is None or self._piece(place) == only):
            pieces[self._piece(place).decode()] = (self._ids[place], self._scores[place])

    def _piece(self, place: int) -> bytes:
        return bytes(self._text[self._starts[place] : self._starts[place + 1]])
