from __future__ import annotations

import random

import pytest
import rjieba

from indexer import segmenter
from indexer.segmenter import Segmenter

TEXT = "我买的青柚集市大闸蟹礼券充绒量和内胆都要专票下播以后电饭煲内胆运费险怎么退"


def test_a_user_word_is_cut_as_one() -> None:
    assert "青柚集市" not in Segmenter().cut(TEXT)
    assert "青柚集市" in Segmenter(["青柚集市"]).cut(TEXT)
    assert {"青柚", "集市", "青柚集市"} <= {*Segmenter(["青柚集市", "青柚"]).cut_for_search(TEXT)}


def test_words_that_stand_elsewhere_change_nothing() -> None:
    dice = random.Random(4)  # noqa: S311 (no secrets)
    others = ["".join(dice.choices("退换货运费险洗衣机的是在了一不", k=dice.randint(2, 6))) for _ in range(300)]
    others = [word for word in others if word not in TEXT]
    own = ["青柚集市", "内胆", "专票", "礼券"]
    assert Segmenter([*own, *others]).cut_for_search(TEXT) == Segmenter(own).cut_for_search(TEXT)


@pytest.mark.parametrize(("word", "before"), [("退货", None), ("羽绒", None), ("啊哈哈哈", 0)])
def test_the_scale_weighs_words_of_the_dictionary_and_others(word: str, before: int | None) -> None:
    scale = segmenter._Scale()
    known = 1000 - scale.gain(word, 1000)
    assert before is None or known == before
    # What a word counts when it is set again is what it was set to.
    assert scale.gain(word, 1003) == 3
    assert scale.gain(word, known) == known - 1003


def test_the_count_of_all_words_is_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[rjieba.Jieba] = []
    real = rjieba.Jieba

    def make() -> rjieba.Jieba:
        made.append(real())
        return made[-1]

    segmenter._counted("洗衣机")
    segmenter._scale()
    monkeypatch.setattr(rjieba, "Jieba", make)
    totals = []
    for words in ([], ["青柚集市"], ["退货", "专票", "加人", "日到", "青柚集市充绒量"]):
        Segmenter(words)
        cutter = made.pop()
        cutter.add_word("㐀", 10**12, None)
        totals.append(cutter.suggest_freq("㐀" * 5))
    assert len(set(totals)) == 1


def test_the_reserve_grows_in_large_steps() -> None:
    assert segmenter._reserve(0) == segmenter._reserve(65_535) == 65_536
    assert segmenter._reserve(65_536) == 262_144
