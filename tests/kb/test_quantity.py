from __future__ import annotations

import math

import pytest

from kb.quantity import Amount, amounts

DAY = 1440


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12斤的娃", [("mass", 6000, 6000)]),
        ("一斤半", [("mass", 750, 750)]),
        ("6 到 8 公斤", [("mass", 6000, 8000)]),
        ("6–8kg", [("mass", 6000, 8000)]),
        ("1,000 克", [("mass", 1000, 1000)]),
        ("四天了", [("time", 4 * DAY, 4 * DAY)]),
        ("五个半月", [("time", 5.5 * 30 * DAY, 5.5 * 30 * DAY)]),
        ("24–72 小时", [("time", DAY, 3 * DAY)]),
        ("满 72 小时（3 天）", [("time", 3 * DAY, math.inf), ("time", 3 * DAY, 3 * DAY)]),
        ("200 元及以上", [("money", 200, math.inf)]),
        ("5 公斤以内", [("mass", 0, 5000)]),
        ("一百二十块钱", [("money", 120, 120)]),
        ("十二块", [("money", 12, 12)]),
        ("三百五十块", [("money", 350, 350)]),
        ("三百五块", [("money", 350, 350)]),
        ("三百零五块", [("money", 305, 305)]),
        ("二十万元", [("money", 200_000, 200_000)]),
        ("一万二块", [("money", 12_000, 12_000)]),
        ("超重了…5斤", [("mass", 2500, 2500)]),
        ("１.５升", [("volume", 1500, 1500)]),
        # Neither a unit nor an amount.
        ("第 3 章", []),
        ("2026 年 11 月 22 日", []),
        ("12号", []),
        ("QY-W10", []),
        ("1.2.3 斤", []),
        ("1" * 2_000, []),
        ("万" * 2_000, []),
        ("", []),
    ],
)
def test_amounts_by_hand(text: str, expected: list[tuple[str, float, float]]) -> None:
    assert [(a.dimension, a.low, a.high) for a in amounts(text)] == expected


@pytest.mark.parametrize(
    ("cell", "asked", "holds"),
    [
        ("不到 4 公斤", "4 公斤", False),
        ("不到 4 公斤", "3.9 公斤", True),
        ("超过 2 小时", "2 小时", False),
        ("超过 2 小时", "三个小时", True),
        ("最多 2 件", "2 件", True),
        ("4 到 5 公斤", "5 公斤", True),
        ("4 到 5 公斤", "5 天", False),
    ],
)
def test_a_range_holds_an_amount(cell: str, asked: str, holds: bool) -> None:
    assert amounts(cell)[0].holds(amounts(asked)[0]) is holds


def test_a_range_holds_a_range_inside_it() -> None:
    assert Amount("mass", 1, 5).holds(Amount("mass", 2, 3))
    assert not Amount("mass", 2, 3).holds(Amount("mass", 1, 5))
