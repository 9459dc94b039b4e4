from __future__ import annotations

import pytest

from kb.word_finder import WordFinder

WORDS = WordFinder(["快递", "快递费", "费用", "vip", "t恤", "1.5l", "😡", ""])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("退货", []),
        ("快递到了，快递费呢", ["快递", "快递费"]),
        ("快递费用", ["快递费"]),  # of those at one place the longest, and none over another
        ("到付快递", ["快递"]),
        ("vip 价", ["vip"]),
        ("vipp和svip", []),
        ("我要vip会员", ["vip"]),
        ("买t恤", ["t恤"]),
        ("at恤", []),
        ("1.5l的", ["1.5l"]),
        ("11.5l", []),
        ("😡😡", ["😡", "😡"]),
    ],
)
def test_find(text: str, found: list[str]) -> None:
    assert [text[start:stop] for start, stop in WORDS.find(text)] == found


def test_without_words_nothing_is_found() -> None:
    assert list(WordFinder([]).find("快递")) == []


def test_a_long_list_and_a_long_text() -> None:
    finder = WordFinder(f"词{number}号" for number in range(20_000))
    text = "词19999号" * 250
    assert len(list(finder.find(text))) == 250
