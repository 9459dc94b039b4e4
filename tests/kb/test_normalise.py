from __future__ import annotations

import pytest

from kb.normalise import fold, fold_placed, normalise, normalise_code, simplified


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
        # A number has its unit in one script, without a gap.
        ("１.５L", "1.5l"),
        ("1.5 升", "1.5l"),
        ("1.5 l", "1.5l"),
        ("一升半", "1.5l"),
        ("两升的", "2l的"),
        ("5公斤", "5kg"),
        ("５千克", "5kg"),
        ("5 KG", "5kg"),
        ("三公斤半", "3.5kg"),
        ("170公分", "170cm"),
        ("15－20厘米", "15-20cm"),
        ("500毫升/次", "500ml/次"),
        ("20000毫安時", "20000mah"),
        ("1500 瓦", "1500w"),
        # Nothing is computed, and what is no unit stays.
        ("10斤", "10斤"),
        ("37度", "37度"),
        ("2小时", "2小时"),
        ("第3升级版", "第3升级版"),
        ("5克拉", "5克拉"),
        ("60瓦时", "60瓦时"),
        ("十三公斤", "十三公斤"),
        ("第三公斤", "第三公斤"),
        ("统一升级", "统一升级"),
        ("几升", "几升"),
        ("公斤", "公斤"),
        # The number of a model has no unit.
        ("W10升", "w10升"),
        ("QY-W10 L", "qy-w10 l"),
        ("v1.5 升", "v1.5 升"),
    ],
)
def test_normalise(written: str, expected: str) -> None:
    assert normalise(written) == expected


@pytest.mark.parametrize(
    "written", ["QY-W10", "Ｑ　退貨", "①②", "İstanbul", "ß", "１．５Ｌ", "～—", "一升半升", "1 升 2L", "5 公斤g"]
)
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
    assert normalise_code("电饭煲 1.5 L") != normalise_code("电饭煲 15L")
    assert normalise_code("QY.W10") == normalise_code("QY. W10.") == "qyw10"


def test_every_folded_letter_has_its_place() -> None:
    assert fold_placed("退貨A") == ("退货a", [0, 1, 2])
    assert fold_placed("㎏…貨") == ("kg...货", [0, 0, 1, 1, 1, 2])
    assert fold_placed("") == ("", [])


def test_only_the_script_is_simplified() -> None:
    assert simplified("這個①多少錢～Ａ") == "这个①多少钱～Ａ"


def test_what_is_kept_of_messages_is_bounded() -> None:
    for number in range(500):
        normalise(f"第{number}句")
    assert normalise.cache_info().currsize <= 64
    assert fold.cache_info().currsize <= 64
