from __future__ import annotations

import pytest

from kb.subject import size, subject


@pytest.mark.parametrize(
    "message",
    ["不好用", "有问题", "怎么办", "坏了", "这个多少钱", "怎么用", "不想要了", "it is not working", ""],
)
def test_what_names_nothing(message: str) -> None:
    assert subject(message) == ()


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("退", ("退",)),
        ("怎么退货", ("退货",)),
        ("運費多少", ("运费",)),
        ("洗衣机坏了", ("洗衣机",)),
        ("why is the REFUND late", ("refund", "late")),
    ],
)
def test_what_is_left_is_normalised(message: str, words: tuple[str, ...]) -> None:
    assert subject(message) == words


def test_names_are_left_out_however_they_are_spaced() -> None:
    assert subject("QY-W10 有问题", ["qyw10"]) == ()
    assert subject("qy w 10 漏水", ["qyw10"]) == ("漏水",)


def test_size_counts_a_latin_word_as_two() -> None:
    assert size(("运费", "refund", "7")) == 6
    assert size(()) == 0
