from __future__ import annotations

import pytest

from kb.normalise import normalise, normalise_code


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", ""),
        ("ＱＹ－Ｗ１０", "qy-w10"),
        ("QY–W10", "qy-w10"),
        ("QY−W10", "qy-w10"),
        ("１５～２０元", "15-20元"),
        ("退貨運費", "退货运费"),
        ("ﾜｯﾄ", "ワット"),
        ("㎏", "kg"),
        ("①", "1"),
        ("e\u0301", "é"),
        ("，。！？", ",。!?"),
        ("👍", "👍"),
        ("a\u0000b", "a\u0000b"),
        ("𠮷", "𠮷"),
    ],
)
def test_normalise(written: str, expected: str) -> None:
    assert normalise(written) == expected


@pytest.mark.parametrize("written", ["QY-W10", "Ｑ　退貨", "①②", "İstanbul", "ß", "１．５Ｌ", "～—"])
def test_normalising_twice_changes_nothing(written: str) -> None:
    assert normalise(normalise(written)) == normalise(written)
    assert normalise_code(normalise_code(written)) == normalise_code(written)


@pytest.mark.parametrize(
    "written", ["QY-W10", "qy w10", "QYW10", "Qy_W10", "qy/w10", "ＱＹ－Ｗ１０", "q.y·w 1 0", " QY—W10\n"]
)
def test_one_code(written: str) -> None:
    assert normalise_code(written) == "qyw10"


def test_other_codes() -> None:
    assert normalise_code("QY-W10S") != normalise_code("QY-W10")
    assert normalise_code("滾筒 洗衣機") == "滚筒洗衣机"
    assert normalise_code("-") == ""
