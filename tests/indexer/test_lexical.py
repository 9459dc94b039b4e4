from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import bm25s
import numpy as np
import pytest

from indexer.analyser import Analyser, Characters, Words
from indexer.drafting import searched_text
from indexer.edge import edge_of
from indexer.lexical import ALSO, LexicalLeg
from indexer.places import Layout
from indexer.postings import Postings
from indexer.sounds import Sounds
from kb.leg import Query
from kb.splitter import split
from kb.validity import Bools
from tests.support.fake_index import NO_TOKENS
from tests.support.library import small_library


def leg_of(texts: list[str], folder: Path, analyser: Analyser | None = None) -> LexicalLeg:
    by = analyser or Characters()
    Postings.of([by.terms(text) for text in texts]).write(folder / "postings")
    return LexicalLeg(by, [Postings.read(folder / "postings")], Layout.whole(len(texts)))


def query(text: str) -> Query:
    return Query(text, np.empty(0, np.float32), NO_TOKENS)


def everything(n: int) -> Bools:
    return np.ones(n, dtype=np.bool_)


def bm25(tf: int, length: int, average: float, df: int, n: int) -> float:
    """Lucene's formula: ln(1 + (N - df + 0.5) / (df + 0.5)) · tf / (tf + k1 (1 - b + b · l / avg))."""
    idf = math.log(1 + (n - df + 0.5) / (df + 0.5))
    return idf * tf / (tf + 1.5 * (1 - 0.75 + 0.75 * length / average))


def test_value_of_one_term_by_hand(tmp_path: Path) -> None:
    # Lengths 2, 3 and 1 in terms: the average is 2. "aa" stands in two of three texts, twice in the second.
    leg = leg_of(["aa bb", "aa aa cc", "dd"], tmp_path)
    scores = leg.score(query("aa"), np.arange(3))
    assert scores.tolist() == pytest.approx([bm25(1, 2, 2, 2, 3), bm25(2, 3, 2, 2, 3), 0], rel=1e-5)
    # ln(1 + 1.5 / 2.5) · 1 / (1 + 1.5) and ln(1.6) · 2 / (2 + 1.5 · 1.375)
    assert scores.tolist() == pytest.approx([0.470004 / 2.5, 0.470004 * 2 / 4.0625, 0], rel=1e-5)


def test_terms_add_up_and_repeated_ones_count_again(tmp_path: Path) -> None:
    leg = leg_of(["aa bb", "aa aa cc", "dd"], tmp_path)
    one, other = leg.score(query("aa"), np.arange(3)), leg.score(query("bb"), np.arange(3))
    np.testing.assert_allclose(leg.score(query("bb aa"), np.arange(3)), one + other, rtol=1e-5)
    np.testing.assert_allclose(leg.score(query("aa aa"), np.arange(3)), 2 * one, rtol=1e-5)


def test_search_finds_the_best_first(tmp_path: Path) -> None:
    leg = leg_of(["aa bb", "aa aa cc", "dd"], tmp_path)
    hits = leg.search(query("aa"), everything(3), 10)
    assert hits.ordinals.tolist() == [1, 0]
    np.testing.assert_array_equal(hits.scores, leg.score(query("aa"), hits.ordinals))


def test_the_mask_holds(tmp_path: Path) -> None:
    leg = leg_of(["aa bb", "aa aa cc", "aa"], tmp_path)
    assert leg.search(query("aa"), np.array([True, False, True]), 10).ordinals.tolist() == [2, 0]
    assert leg.search(query("aa"), np.zeros(3, dtype=np.bool_), 10).ordinals.tolist() == []


@pytest.mark.parametrize("text", ["", "？！", "zz", "👍"])
def test_a_query_without_known_terms_finds_nothing(tmp_path: Path, text: str) -> None:
    leg = leg_of(["aa bb", "退货"], tmp_path)
    assert leg.search(query(text), everything(2), 10).ordinals.tolist() == []
    assert leg.score(query(text), np.arange(2)).tolist() == [0, 0]


@pytest.mark.parametrize("texts", [[], [""], ["！！", "👍"]])
def test_a_library_without_any_term(tmp_path: Path, texts: list[str]) -> None:
    leg = leg_of(texts, tmp_path)
    for text in ("", "退货", "！！"):
        assert leg.search(query(text), everything(len(texts)), 10).ordinals.tolist() == []
        assert leg.score(query(text), np.arange(len(texts))).tolist() == [0] * len(texts)


def test_a_text_without_terms_among_others(tmp_path: Path) -> None:
    leg = leg_of(["", "aa", ""], tmp_path)
    assert leg.search(query("aa"), everything(3), 10).ordinals.tolist() == [1]


@pytest.mark.parametrize("k", [1, 3, 20, 60])
def test_equal_scores_keep_the_order_of_the_library(tmp_path: Path, k: int) -> None:
    leg = leg_of(["bb", *["aa"] * 60, "aa aa"], tmp_path)
    hits = leg.search(query("aa"), everything(62), k)
    assert hits.ordinals.tolist() == [61, *range(1, 61)][:k]
    odd = np.arange(62) % 2 == 1
    assert leg.search(query("aa"), odd, k).ordinals.tolist() == [61, *range(1, 60, 2)][:k]


def test_the_name_is_the_analyser(tmp_path: Path) -> None:
    assert leg_of(["aa"], tmp_path).name == "chars"
    assert leg_of(["退货"], tmp_path, Words()).name == "words"


def test_same_texts_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        Postings.of([Characters().terms(text) for text in ("退货运费", "aa bb")]).write(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_scores_are_those_of_bm25s(tmp_path: Path) -> None:
    texts = [searched_text(p, a) for a in small_library() for p in split(a)]
    leg = leg_of(texts, tmp_path)
    terms = [Characters().terms(text) for text in texts]
    vocabulary = {term: n for n, term in enumerate(sorted({t for ts in terms for t in ts}))}
    index = bm25s.BM25(k1=1.5, b=0.75)
    index.index(([[vocabulary[t] for t in ts] for ts in terms], vocabulary), show_progress=False)
    for asked in ("退货的运费", "感恩周优惠", "洗衣机 qy-w10", "退货退货"):
        expected = index.get_scores(Characters().terms(asked))
        np.testing.assert_allclose(leg.score(query(asked), np.arange(len(texts))), expected, rtol=1e-5)


def test_words_of_the_same_meaning_are_found_for_half(tmp_path: Path) -> None:
    leg = leg_of(["aa bb", "cc dd", "ee"], tmp_path)
    asked = replace(query("aa"), also="cc\nzz")
    own, other = leg.score(query("aa"), np.arange(3)), leg.score(query("cc"), np.arange(3))
    np.testing.assert_allclose(leg.score(asked, np.arange(3)), own + ALSO * other, rtol=1e-5)
    assert leg.search(asked, everything(3), 10).ordinals.tolist() == [0, 1]
    # A message of which the library knows no term still finds what means the same.
    assert leg.search(replace(query("zz"), also="cc"), everything(3), 10).ordinals.tolist() == [1]


def test_a_term_of_the_question_itself_counts_once(tmp_path: Path) -> None:
    leg = leg_of(["aa bb", "cc"], tmp_path)
    np.testing.assert_array_equal(
        leg.score(replace(query("aa"), also="aa"), np.arange(2)), leg.score(query("aa"), np.arange(2))
    )
    # A term of two of the other words counts once.
    np.testing.assert_array_equal(
        leg.score(replace(query("aa"), also="cc\ncc bb"), np.arange(2)),
        leg.score(replace(query("aa"), also="cc\nbb"), np.arange(2)),
    )


def test_words_of_the_same_meaning_have_no_sound(tmp_path: Path) -> None:
    leg = leg_of(["运费", "邮资"], tmp_path, Sounds())
    assert leg.search(replace(query("云费"), also="邮资"), everything(2), 10).ordinals.tolist() == [0]


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 200, 5000])
@pytest.mark.parametrize("share", [0.0, 0.02, 1.0])
def test_the_edge_is_what_sorting_finds(count: int, share: float) -> None:
    rng = np.random.default_rng(count)
    # Of few values, so that many are equal at the edge.
    scores = np.where(rng.random(count) < share, rng.integers(1, 9, count), 0).astype(np.float32)
    for wanted in {1, min(50, count), count}:
        assert edge_of(scores, wanted) == np.sort(scores)[count - wanted]
