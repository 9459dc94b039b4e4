from __future__ import annotations

import pytest

from kb.refusal import refusing


@pytest.mark.parametrize(
    ("headings", "said", "heading"),
    [
        (("活动", "不参加的商品"), "生鲜、课程。", "不参加的商品"),
        (("不能退的", "食品"), "生鲜、奶粉。", "不能退的"),
        (("例外",), "预售按链接写的天数。", "例外"),
        (("哪些商品不能自提？",), "大件。", "哪些商品不能自提？"),
        (("Not included",), "Gift cards.", "Not included"),
        # Said by the text itself.
        (("不参加的商品",), "生鲜不参加。", None),
        # Refuses nothing.
        (("能不能退",), "可以退。", None),
        (("下单时付的运费退不退？",), "一起退。", None),
        (("运费", "首重"), "8 元。", None),
        (("不能开机怎么办",), "先充电。", None),
        (("为什么不能退？",), "已经拆封。", None),
        ((), "可以。", None),
    ],
)
def test_by_hand(headings: tuple[str, ...], said: str, heading: str | None) -> None:
    assert refusing(headings, said) == heading
