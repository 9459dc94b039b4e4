from __future__ import annotations

import pytest

from kb.overlap import pairs, shared_stretches


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("退货运费谁出", "退货的运费由买家出", ("退货", "运费")),
        ("运费", "运费", ("运费",)),
        ("退货运费", "退货运费说明", ("退货运费",)),  # the longest
        ("費用", "费用", ("费用",)),
        ("ＱＹ－Ｗ10能洗吗", "QY-W10 能洗羽绒服", ("qy-w10", "能洗")),
        ("退", "退货", ()),  # one character alone says little
        ("运费 运费", "运费", ("运费",)),
        ("……。。", "……。。", ()),  # no letter in it
        ("完全无关", "别的内容", ()),
        ("", "文", ()),
        ("文字", "", ()),
        ("a b", "a b", ()),  # never across a space
    ],
)
def test_shared_stretches(question: str, text: str, expected: tuple[str, ...]) -> None:
    assert shared_stretches(question, text) == expected


def test_a_long_question_over_a_long_text() -> None:
    assert shared_stretches("退货" * 1000, "货退" * 1000 + "运费") == (("退货" * 1000)[:1999],)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("退货运费", {"退货", "货运", "运费"}),
        ("运费", {"运费"}),
        ("運費", {"运费"}),
        ("ＱＹ－Ｗ10", {"qy", "w1", "10"}),  # one written form, parted at the dash
        ("退货，运费 多少", {"退货", "运费", "多少"}),
        ("退 货", set()),
        ("退", set()),
        ("货货货", {"货货"}),
        ("1.5升的", {"5l", "l的"}),  # as 1.5L
        ("1.5 Ｌ的", {"5l", "l的"}),
        ("……", set()),
        ("", set()),
    ],
)
def test_pairs(text: str, expected: set[str]) -> None:
    assert pairs(text) == expected
