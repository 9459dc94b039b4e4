from __future__ import annotations

import pytest

from indexer.sounds import Sounds


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("退货", ["tui huo"]),
        ("tuihuo", ["tui huo"]),
        ("退火", ["tui huo"]),  # a homophone
        ("tui huo 多久", ["tui huo", "huo duo", "duo jiu"]),
        ("账", []),
        ("到帐", ["dao zan"]),
        ("到账", ["dao zan"]),
        ("退货，多久", ["tui huo", "duo jiu"]),  # punctuation parts
        ("qy-w10", []),
        ("hello退货", ["tui huo"]),
        ("绿色", ["lv se"]),
        ("lvse", ["lv se"]),
        ("xian", []),  # the fewest syllables: one
        ("", []),
    ],
)
def test_terms(text: str, terms: list[str]) -> None:
    assert Sounds().terms(text) == terms
