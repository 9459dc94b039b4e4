"""Texts to token ids, and token ids back to the characters they came from."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol
from unicodedata import combining

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, ValidationError
from tokenizers import PreTokenizedString, Token, Tokenizer

from indexer.pieces import Pieces
from kb.encoder import Ints
from kb.errors import ModelError

TOKENIZER = "tokenizer.json"
"""The whole tokenizer, where its pieces cannot be mapped."""
RULES = "tokenizer-rules.json"
PIECES = "tokenizer-pieces.bin"

_METASPACE = "▁"


class Read(NamedTuple):
    """One text as the model takes it; `of_text[i]`: whether token i stands for something written, `offsets` where."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    of_text: list[bool]


class Reader(Protocol):
    """A tokenizer that cuts at the model's length."""

    def encode(self, texts: Sequence[str]) -> list[Read]:
        """The tokens of texts, the model's own marks around them."""
        ...

    def id_of(self, piece: str) -> int | None:
        """The id of exactly that piece, or None."""
        ...


class Rules(BaseModel):
    """All of a tokenizer but its pieces.

    normalizer, pre_tokenizer: as in tokenizer.json, empty where it has none. marks: ids of what is one token wherever
    it is written; `stripped_…`: those that take in the white space beside them. before, after: the ids around every
    text. unknown: the id of what has no piece. least: the lowest score of all pieces.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    normalizer: str
    pre_tokenizer: str
    marks: dict[str, int]
    stripped_left: list[str]
    stripped_right: list[str]
    before: list[int]
    after: list[int]
    unknown: int
    least: float


@dataclass(frozen=True)
class Tokenised:
    """One text with its prompt, as token ids.

    ids: `[n] int64`, prompt and markers included.
    kept: `[t] int64`, the positions in `ids` that stand for characters of the text itself.
    spans: `[t, 2] int32`, the characters `[start, end)` of the text, without white space at the ends.
    """

    ids: npt.NDArray[np.int64]
    kept: npt.NDArray[np.int64]
    spans: Ints


class TokenReader:
    """A fast tokenizer that puts a prompt before each text and cuts at the model's length."""

    def __init__(self, path: Path, max_tokens: int) -> None:
        """path: of the whole tokenizer; where its folder has it in two parts, those are read. Raises ModelError."""
        parted = path.with_name(RULES)
        self._reader: Reader = _Mapped(parted, max_tokens) if parted.exists() else _Whole(path, max_tokens)
        self._blank = self._reader.id_of(_METASPACE)

    def read(self, texts: Sequence[str], prompt: str) -> list[Tokenised]:
        """Tokenise texts behind a prompt. Spans count characters of the texts as given."""
        found = self._reader.encode([prompt + text for text in texts])
        return [self._tokenised(one, text, len(prompt)) for one, text in zip(found, texts, strict=True)]

    def _tokenised(self, read: Read, text: str, prompt: int) -> Tokenised:
        ids, kept, spans = read.ids, [], []
        for position, (start, end) in enumerate(read.offsets):
            if end <= prompt or not read.of_text[position] or ids[position] == self._blank:
                continue
            start, end = max(start - prompt, 0), end - prompt
            while start < end and text[start].isspace():
                start += 1
            while start < end and text[end - 1].isspace():
                end -= 1
            while start < end < len(text) and _joins(text[end]):
                end += 1  # an accent belongs to the letter before it
            if start < end:  # a token of white space alone points at nothing
                kept.append(position)
                spans.append((start, end))
        return Tokenised(np.array(ids, np.int64), np.array(kept, np.int64), np.array(spans, np.int32).reshape(-1, 2))


class _Whole:
    """The library's tokenizer."""

    def __init__(self, path: Path, max_tokens: int) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises Exception itself
            raise ModelError(f"{path}: cannot be read ({error}); delete the folder to prepare it again") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)

    def encode(self, texts: Sequence[str]) -> list[Read]:
        whole = self._tokenizer
        found = [whole.encode(texts[0])] if len(texts) == 1 else whole.encode_batch(list(texts))
        return [Read(one.ids, one.offsets, [not mark for mark in one.special_tokens_mask]) for one in found]

    def id_of(self, piece: str) -> int | None:
        number: int | None = self._tokenizer.token_to_id(piece)
        return number


class _Mapped:
    """The library's character map and word splitter, and mapped pieces in place of its own."""

    def __init__(self, path: Path, max_tokens: int) -> None:
        try:
            rules = Rules.model_validate_json(path.read_bytes())
            shell = Tokenizer.from_str(_shell(rules))
        except (OSError, ValidationError) as error:
            raise ModelError(f"{path}: cannot be read ({error}); delete the folder to prepare it again") from error
        self._rules = rules
        self._pieces = Pieces(path.with_name(PIECES), rules.unknown, rules.least)
        self._normalizer, self._pre_tokenizer = shell.normalizer, shell.pre_tokenizer
        self._marks = _marks(rules)
        self._room = max_tokens - len(rules.before) - len(rules.after)

    def encode(self, texts: Sequence[str]) -> list[Read]:
        return [self._framed(*self._tokens(text)) for text in texts]

    def id_of(self, piece: str) -> int | None:
        number = self._rules.marks.get(piece)
        return self._pieces.id_of(piece) if number is None else number

    def _tokens(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        ids: list[int] = []
        offsets: list[tuple[int, int]] = []
        end = 0
        for mark in self._marks.finditer(text) if self._marks else ():
            self._add(text[end : mark.start()], end, ids, offsets)
            ids.append(self._rules.marks[mark.group(mark.lastindex or 0)])
            offsets.append(mark.span())
            end = mark.end()
        self._add(text[end:], end, ids, offsets)
        return ids, offsets

    def _add(self, text: str, begin: int, ids: list[int], offsets: list[tuple[int, int]]) -> None:
        if not text:
            return
        held = PreTokenizedString(text)
        if self._normalizer is not None:
            held.normalize(self._normalizer.normalize)
        if self._pre_tokenizer is not None:
            self._pre_tokenizer.pre_tokenize(held)
        held.tokenize(self._part)
        found = held.to_encoding()
        ids += found.ids
        offsets += ((start + begin, end + begin) for start, end in found.offsets) if begin else found.offsets

    def _part(self, word: str) -> list[Token]:
        return [Token(piece.id, "", (piece.begin, piece.end)) for piece in self._pieces.part(word)]

    def _framed(self, ids: list[int], offsets: list[tuple[int, int]]) -> Read:
        rules = self._rules
        ids, offsets = ids[: self._room], offsets[: self._room]
        before, after = len(rules.before), len(rules.after)
        return Read(
            [*rules.before, *ids, *rules.after],
            [*[(0, 0)] * before, *offsets, *[(0, 0)] * after],
            [*[False] * before, *[True] * len(ids), *[False] * after],
        )


def _shell(rules: Rules) -> str:
    """A tokenizer.json with the rules and hardly a piece."""
    parts = {"normalizer": rules.normalizer, "pre_tokenizer": rules.pre_tokenizer}
    return json.dumps(
        {
            "version": "1.0",
            **{name: json.loads(part) if part else None for name, part in parts.items()},
            "model": {"type": "Unigram", "unk_id": 0, "vocab": [["", 0.0]]},
        }
    )


def _marks(rules: Rules) -> re.Pattern[str] | None:
    """What finds marks in a text, the longest first; its group is the mark itself."""
    found = []
    for mark in sorted(rules.marks, key=len, reverse=True):
        left = r"\s*" if mark in rules.stripped_left else ""
        right = r"\s*" if mark in rules.stripped_right else ""
        found.append(f"{left}({re.escape(mark)}){right}")
    return re.compile("|".join(found)) if found else None


def _joins(character: str) -> bool:
    """Whether a character is an accent or a sound mark (half-width ones too) of the one before it."""
    return bool(combining(character)) or character in "ﾞﾟ"
