from __future__ import annotations

import pytest

from kb.content import content, weight


@pytest.mark.parametrize(
    ("text", "words", "heavy"),
    [
        ("", (), 0),
        ("那多少钱", (), 0),
        ("好的", (), 0),
        ("在吗", (), 0),
        ("这个能退吗", ("退",), 1),
        ("K15呢", ("k15",), 2),
        ("几天能到账啊", ("到账",), 2),
        ("放着会过期吗", ("过期",), 2),
        ("今天下单今天能发吗", ("下单", "发"), 3),
        # An order's number is none.
        ("1234567890", (), 0),
    ],
)
def test_content(text: str, words: tuple[str, ...], heavy: int) -> None:
    assert content(text) == words
    assert weight(words) == heavy
