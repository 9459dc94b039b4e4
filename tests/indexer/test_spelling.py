from __future__ import annotations

from collections import Counter

import pytest

from indexer.segmenter import Segmenter
from indexer.spelling import Spelling, Vocabulary, vocabulary, words_of

WORDS = {
    "退货": 9,
    "退火": 2,
    "发票": 5,
    "信用卡": 4,
    "羽绒服": 6,
    "到账": 7,
    "运费": 8,
    "淘宝": 3,
    "是的": 9,
    "西安": 5,
}
SPELLING = Spelling(Vocabulary(WORDS, frozenset({"reset", "xian", "wifi"})))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("tuihuo多久到账", "退货多久到账"),  # the more frequent of two words of one sound
        ("TuiHuo 多久", "退货 多久"),
        ("fapiao怎么开", "发票怎么开"),
        ("xinyongka退的 一个礼拜了", "信用卡退的 一个礼拜了"),
        ("yurongfu能洗吗", "羽绒服能洗吗"),
        ("我要tui货", "我要退货"),
        ("几天能到zhang", "几天能到账"),
        ("tao宝上买的", "淘宝上买的"),
        ("tuihuoyunfei谁出", "退货运费谁出"),
        ("tuihuo还是fapiao", "退货还是发票"),
    ],
)
def test_pinyin_of_the_librarys_words_is_read(typed: str, read: str) -> None:
    assert SPELLING.respell(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "怎么reset",  # stands in the library as it is, as do the next two
        "xian有货吗",
        "wifi连不上",
        "parcel stuck了",  # no pinyin
        "shide吧size",  # one syllable and an English word; the other is pinyin of a word, see below
        "K15多重",
        "qy-w10怎么洗",
        "tui了没",  # one syllable alone says too little
        "tuihuo8",  # part of a code
        "退火多久",  # characters are left as they are
        "",
    ],
)
def test_what_else_is_typed_stays(typed: str) -> None:
    expected = "是的吧size" if typed.startswith("shide") else typed

    assert SPELLING.respell(typed) == expected


def test_words_come_from_the_texts_and_once_is_not_enough() -> None:
    texts = ["退货 > 运费\n退货的运费由买家付", "WiFi 2.4G，一次性用品"]
    counts = Counter(word for text in texts for word in words_of(text, Segmenter(["买家"])))
    found = vocabulary(counts.items())

    assert found.words["退货"] == 2
    assert found.words["运费"] == 2
    assert "一次性" not in found.words
    assert found.latin == {"wifi", "g"}


def test_places_stay_where_lower_case_is_longer() -> None:
    assert SPELLING.respell("İİ tuihuo多久") == "İİ 退货多久"


def test_a_long_message_is_read_once() -> None:
    homophones = Spelling(Vocabulary({"事实": 3, "试试": 3, "实时": 2, "十四": 2, "史诗": 2}, frozenset()))

    assert homophones.respell("shi" * 501) == "shi" * 501  # countless readings, and none to the end
    assert homophones.respell("shi" * 4) == "事实事实"
    assert SPELLING.respell("的" * 1_900 + "tuihuo") == "的" * 1_900 + "退货"
    # So many words that nobody knows are another language.
    assert SPELLING.respell("tuihuo " * 250) == "tuihuo " * 250
