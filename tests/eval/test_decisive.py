from __future__ import annotations

import pytest

from eval.decisive import stands_in


@pytest.mark.parametrize(
    ("decisive", "text"),
    [
        ("7天", "签收后 7 天内"),
        ("满100减20", "每满 100，减 20！"),
        ("QY-W10", "型号：qy w10。"),
        ("ＡＢＣ", "abc"),
        ("退貨", "可以退货"),
        ("1.5升", "容量 1.5 升"),
        ("1500元", "共 1,500 元"),
        ("2026.10.15", "2026-10-15 起"),
        ("400-800-1234", "电话 4008001234"),
        ("3-5天", "3～5 天"),
        ("5%", "返 5 %"),
        ("24小时", "（2026年）24小时"),
        ("不 退", "不，退"),
        ("？", "真的？"),
    ],
)
def test_stands_in(decisive: str, text: str) -> None:
    assert stands_in(decisive, text)


@pytest.mark.parametrize(
    ("decisive", "text"),
    [
        ("5天", "15天"),
        ("5天", "1.5天"),
        ("15元", "1.5元"),
        ("1.5元", "15元"),
        ("满100", "满1000"),
        ("满100", "满100.5"),
        ("满1", "满1,000"),
        ("5%", "5元"),
        ("7天", ""),
        ("？", "真的"),
        ("a.c", "abc"),
    ],
)
def test_does_not_stand_in(decisive: str, text: str) -> None:
    assert not stands_in(decisive, text)
