from __future__ import annotations

import pytest

from indexer.analyser import Characters, Words, user_words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n，。！？-_.", []),
        ("👍🏽🎉", []),
        ("退", ["退"]),
        ("退货费", ["退", "货", "费", "退货", "货费"]),
        ("退，货", ["退", "货"]),  # no pair across a comma
        ("退👍货", ["退", "货"]),
        ("退貨", ["退", "货", "退货"]),  # traditional characters
        ("Ｗ１０", ["w10"]),  # full width
        ("USB", ["usb"]),
        ("qy-w10", ["qy", "w10", "qyw10"]),
        ("QY—W10", ["qy", "w10", "qyw10"]),
        ("qy w10", ["qy", "w10", "qyw10"]),
        ("qy_w10", ["qy", "w10", "qyw10"]),
        ("QY　Ｗ10", ["qy", "w10", "qyw10"]),
        ("QYW10", ["qyw10"]),
        ("a,b1", ["a", "b1"]),  # a comma parts two things
        ("10+5", ["10", "5"]),
        ("red wine", ["red", "wine"]),  # words without a digit are no code
        ("w10  s", ["w10", "s"]),  # two spaces are no gap inside a code
        ("1.5L", ["1.5", "l", "1.5l", "升"]),  # also asked for as 几升的
        ("1.5 L", ["1.5", "l", "1.5l", "升"]),
        ("15L", ["15", "l", "15l", "升"]),
        ("款1.5升", ["款", "1.5", "l", "1.5l", "升"]),
        ("一升半", ["1.5", "l", "1.5l", "升"]),
        ("5公斤", ["5", "kg", "5kg", "公", "斤", "公斤"]),
        ("10-15kg", ["10", "15kg", "15", "kg", "公", "斤", "公斤"]),  # no 1015kg
        ("5g网", ["5g", "5", "g", "网"]),  # a network, no weight
        ("w10升", ["w10", "升"]),  # a code's number has no unit
        ("qy-p12-max", ["qy", "p12", "max", "qyp12", "p12max", "qyp12max"]),
        ("qy p12 max", ["qy", "p12", "max", "qyp12", "p12max", "qyp12max"]),
        ("QY-P 12-Max", ["qy", "p", "12", "max", "qyp", "12max", "qyp12max"]),
        ("p12max", ["p12max"]),
        ("v2.0", ["2.0", "v", "v2.0"]),
        ("E03错", ["e03", "错"]),
        ("w10洗s", ["w10", "洗", "s"]),  # no code across a character
        ("ありがとう", ["ありがとう"]),
        ("Ёлка 10", ["ёлка", "10", "ёлка10"]),
        ("한국어", ["한국어"]),
        ("①㎡", ["1m2"]),
        ("𠮷", ["𠮷"]),
    ],
)
def test_characters(text: str, expected: list[str]) -> None:
    assert sorted(Characters().terms(text)) == sorted(expected)


@pytest.mark.parametrize(
    "other",
    ["qy-w10", "QY-W10", "qy w10", "ＱＹ－Ｗ１０", "QY‑W10", "qyw10", "QY—w10", "qy_w10"],
)
@pytest.mark.parametrize("analyser", [Characters(), Words()], ids=["chars", "words"])
def test_every_way_to_write_a_model_number_shares_a_term(analyser: Characters | Words, other: str) -> None:
    assert "qyw10" in analyser.terms(f"我的{other}坏了")


def test_near_models_share_no_joined_term() -> None:
    assert "qyw10s" not in Characters().terms("QY-W10")
    assert "qyw10" not in Characters().terms("QY-W10S")
    assert "15l" not in Characters().terms("1.5L")


def test_repeated_terms_are_repeated() -> None:
    assert Characters().terms("退退").count("退") == 2


def test_words_cut_by_jieba_and_by_the_library_own_words() -> None:
    assert Words().terms("洗衣机的运费") == ["洗衣", "洗衣机", "的", "运费"]
    assert "青柚集市" not in Words().terms("青柚集市的运费")
    assert "青柚集市" in Words(["青柚集市"]).terms("青柚集市的运费")


@pytest.mark.parametrize("text", ["", "。。", "👍"])
def test_words_of_nothing(text: str) -> None:
    assert Words().terms(text) == []


def test_words_keep_codes_whole() -> None:
    assert Words().terms("ＱＹ－Ｗ10 1.5L") == ["qy", "w10", "qyw10", "1.5", "l", "1.5l", "升"]


def test_user_words() -> None:
    assert user_words(["青柚集市", "QY-W10 滾筒洗衣機", "退", "一二三四五六七八九", "青柚集市"]) == [
        "滚筒洗衣机",
        "青柚集市",
    ]
    assert user_words([]) == []
