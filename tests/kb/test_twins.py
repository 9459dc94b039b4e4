from __future__ import annotations

import pytest

from kb.mention import ProductNames
from kb.twins import Twins
from tests.support.articles import make_article

ARTICLES = [
    make_article("p", kind="product", products=["QY-P12", "P12"]),
    make_article("p-max", kind="product", products=["QY-P12 Max", "P12 Max"]),
    make_article("both", kind="product", products=["QY-P12", "QY-P12 Max"]),
    make_article("k10", kind="product", products=["QY-K10"]),
    make_article("k15", kind="product", products=["QY-K15"]),
    make_article("rule", kind="policy", products=["QY-P12 Max", "QY-K10"]),
]
NAMES, TWINS = ProductNames(ARTICLES), Twins(ARTICLES)


@pytest.mark.parametrize(
    ("talk", "message", "articles"),
    [
        ("P12多少钱", "大的那款呢", {1, 2, 5}),
        ("P12还是P12 Max", "大的那款", {1, 2, 5}),
        ("P12多少钱", "那 Max 呢", {1, 2, 5}),
        ("P12 Max多少钱", "小的呢", {0, 2}),
        ("P12 Max多少钱", "普通款呢", {0, 2}),
        ("P12 Max多少钱", "標準版呢", {0, 2}),
        ("P12多少錢", "大的那個呢", {1, 2, 5}),
    ],
)
def test_the_one_that_fits(talk: str, message: str, articles: set[int]) -> None:
    (found,) = TWINS.named(message, NAMES.mentions(talk))
    assert (set(found.articles), found.binds) == (articles, True)


@pytest.mark.parametrize(
    ("talk", "message"),
    [
        ("P12多少钱", "内存多大"),
        ("P12多少钱", "大的话怎么退"),
        ("P12多少钱", "屏幕大吗"),
        ("K10多少钱", "大的那款呢"),
        ("手机", "大的那款呢"),
        ("", "大的那款呢"),
        ("P12多少钱", "max2呢"),
    ],
)
def test_nothing_where_it_is_not_sure(talk: str, message: str) -> None:
    assert TWINS.named(message, NAMES.mentions(talk)) == ()


def test_names_that_end_alike_are_told_apart_by_how_they_begin() -> None:
    beds = [make_article(f"b{n}", kind="product", products=[name]) for n, name in enumerate(("单人床垫", "双人床垫"))]
    (found,) = Twins(beds).named("双人的呢", ProductNames(beds).mentions("单人床垫多少钱"))
    assert found.articles == {1}


def test_a_kind_of_many_products_is_no_family() -> None:
    many = [make_article(f"w{n}", kind="product", products=[f"{chr(0x4E00 + n)}洗衣机"]) for n in range(2_000)]
    # Each compared with each would take minutes.
    assert Twins(many).named(f"{chr(0x4E05)}的呢", ProductNames(many).mentions("一洗衣机多少钱")) == ()


def test_many_products_of_one_kind_are_read_in_time() -> None:
    many = [make_article(f"w{n}", kind="product", products=[f"QY-W{n}", "洗衣机"]) for n in range(500)]
    assert Twins(many).named("大的呢", ProductNames(many).mentions("QY-W7")) == ()
