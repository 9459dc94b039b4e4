from __future__ import annotations

import numpy as np
import pytest
from tokenizers import normalizers

from indexer.model.charsmap import pack


def normalised(characters: dict[str, str], text: str) -> str:
    return str(normalizers.Precompiled(pack(characters)).normalize_str(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＡＢ１２", "AB12"),
        ("全角　空格", "全角 空格"),
        ("等等…", "等等..."),
        ("铃\u0007声", "铃声"),
        ("不变 unchanged 🙂", "不变 unchanged 🙂"),
        ("", ""),
    ],
)
def test_characters_are_replaced_and_others_stay(text: str, expected: str) -> None:
    characters = {"Ａ": "A", "Ｂ": "B", "１": "1", "２": "2", "\u3000": " ", "…": "...", "\u0007": ""}

    assert normalised(characters, text) == expected


def test_thousands_of_entries_do_not_disturb_each_other() -> None:
    chosen = np.random.default_rng(5).choice(np.arange(0x80, 0x2FFFF), 5000, replace=False).tolist()
    characters = {chr(c): f"<{c:x}>" for c in chosen if not 0xD800 <= c < 0xE000}
    pack_once = normalizers.Precompiled(pack(characters))

    wrong = [c for c, text in characters.items() if pack_once.normalize_str(c) != text]
    others = [chr(ord(c) + 1) for c in characters if chr(ord(c) + 1) not in characters and c != "\ud7ff"]
    changed = [c for c in others if pack_once.normalize_str(c) != c]

    assert wrong == []
    assert changed == []
