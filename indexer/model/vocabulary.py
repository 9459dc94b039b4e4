"""The pieces of a Unigram tokenizer, taken out of its JSON into arrays that are mapped and not read.

The `tokenizers` library keeps 250,000 pieces in 280 MB and takes most of a second for it. Sorted and mapped they take
what a text touches, every process shares it, and no script has to be left out. The rows of the word embedding are
sorted with them: a shop's texts then touch a few neighbouring pages of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.arrays import write_arrays
from indexer.tokens import PIECES, RULES, Rules

Order = npt.NDArray[np.int64]

_EXAMPLE = "好"


@dataclass(frozen=True)
class Parted:
    """A tokenizer in two: `rules`, without pieces, and the arrays of the pieces.

    order: `[v] int64`, for each new id the old one; where it stands the word embedding's row must go.
    """

    rules: Rules
    arrays: Mapping[str, npt.NDArray[Any]]
    order: Order

    def write(self, folder: Path) -> None:
        """Write rules and pieces into a folder."""
        (folder / RULES).write_text(self.rules.model_dump_json() + "\n", encoding="utf-8")
        write_arrays(folder / PIECES, {name: [array] for name, array in self.arrays.items()})


def part(path: Path) -> Parted | None:
    """A tokenizer.json in two; None where it must stay whole.

    It stays whole unless it is a Unigram model without byte fallback, whose marks are found in the text as written.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    model, added = content["model"], content.get("added_tokens") or []
    plain = all(not mark["normalized"] and not mark["single_word"] for mark in added)
    if model.get("type") != "Unigram" or model.get("unk_id") is None or model.get("byte_fallback") or not plain:
        return None
    vocabulary = [(str(piece), float(score)) for piece, score in model["vocab"]]
    old = {piece: number for number, (piece, _) in enumerate(vocabulary)}
    marks = {str(mark["content"]): int(mark["id"]) for mark in added}
    fixed = {*marks.values(), int(model["unk_id"])}
    order = _order([piece for piece, _ in vocabulary], fixed)
    new = np.argsort(order)  # of a permutation: its inverse
    before, after = _frame(path)
    rules = Rules(
        normalizer=_held(content, "normalizer"),
        pre_tokenizer=_held(content, "pre_tokenizer"),
        marks=marks,
        stripped_left=[mark["content"] for mark in added if mark["lstrip"]],
        stripped_right=[mark["content"] for mark in added if mark["rstrip"]],
        before=[int(new[i]) if i < len(new) else i for i in before],
        after=[int(new[i]) if i < len(new) else i for i in after],
        unknown=int(model["unk_id"]),
        least=min(score for _, score in vocabulary),
    )
    arrays = _arrays({piece: (int(new[number]), vocabulary[number][1]) for piece, number in old.items() if piece})
    return Parted(rules, arrays, order)


def _order(pieces: list[str], fixed: set[int]) -> Order:
    """The old id of each new one: what is `fixed` keeps its id, all others take the free ones by their text."""
    free = [number for number in range(len(pieces)) if number not in fixed]
    order = np.arange(len(pieces), dtype=np.int64)
    order[free] = sorted(free, key=lambda number: pieces[number].encode())
    return order


def _arrays(pieces: Mapping[str, tuple[int, float]]) -> dict[str, npt.NDArray[Any]]:
    """`text`: the pieces by their bytes, side by side; `starts`: where each begins, and the end; ids and scores."""
    written = sorted((piece.encode(), *pieces[piece]) for piece in pieces)
    sizes = np.fromiter((len(text) for text, _, _ in written), np.uint32, len(written))
    return {
        "text": np.frombuffer(b"".join(text for text, _, _ in written), np.uint8),
        "starts": np.concatenate([np.zeros(1, np.uint32), np.cumsum(sizes, dtype=np.uint32)]),
        "ids": np.array([number for _, number, _ in written], np.uint32),
        "scores": np.array([score for _, _, score in written], np.float64),
    }


def _frame(path: Path) -> tuple[list[int], list[int]]:
    """The ids that the tokenizer puts before and after a text."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    bare = tokenizer.encode(_EXAMPLE, add_special_tokens=False).ids
    whole = tokenizer.encode(_EXAMPLE).ids
    begin = next(i for i in range(len(whole)) if whole[i : i + len(bare)] == bare)
    return whole[:begin], whole[begin + len(bare) :]


def _held(content: Mapping[str, Any], name: str) -> str:
    part = content.get(name)
    return json.dumps(part, ensure_ascii=False) if part else ""
