"""Texts to token ids, and token ids back to the characters they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import combining

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

from kb.encoder import Ints

_METASPACE = "▁"


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
        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self._blank = self._tokenizer.token_to_id(_METASPACE)

    def read(self, texts: Sequence[str], prompt: str) -> list[Tokenised]:
        """Tokenise texts behind a prompt. Spans count characters of the texts as given."""
        if len(texts) == 1:
            found = [self._tokenizer.encode(prompt + texts[0])]
        else:
            found = self._tokenizer.encode_batch([prompt + text for text in texts])
        return [self._tokenised(e, text, len(prompt)) for e, text in zip(found, texts, strict=True)]

    def _tokenised(self, encoding: Encoding, text: str, prompt: int) -> Tokenised:
        ids, kept, spans = encoding.ids, [], []
        marks, offsets = encoding.special_tokens_mask, encoding.offsets
        for position, (start, end) in enumerate(offsets):
            if end <= prompt or marks[position] or ids[position] == self._blank:
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


def _joins(character: str) -> bool:
    """Whether a character is an accent or a sound mark (half-width ones too) of the one before it."""
    return bool(combining(character)) or character in "ﾞﾟ"
