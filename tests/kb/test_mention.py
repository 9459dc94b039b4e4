from __future__ import annotations

import pytest

from kb.mention import ProductNames
from tests.support.articles import make_article

ARTICLES = [
    make_article("b7", products=["QY-B7", "B7 手环"]),
    make_article("b7-pro", products=["QY-B7-PRO", "B7 Pro 手环"]),
    make_article("k15", products=["QY-K15", "电饭煲"]),
    make_article("both", products=["QY-B7", "QY-B7-PRO"]),
    make_article("everything"),
    make_article("other-house", products=["AC 900"]),
    make_article("max", products=["QY-P12-MAX", "P12 Max"]),
    make_article("p12", products=["QY-P12"]),
    make_article("litre", products=["水壶 1.5L"]),
]
NAMES = ProductNames(ARTICLES)


@pytest.mark.parametrize(
    ("text", "aliases"),
    [
        ("B7防水吗", ["b7"]),
        ("b7 pro 防水吗", ["b7pro"]),
        ("B7-Pro防水吗", ["b7pro"]),
        ("ＱＹ－Ｂ７", ["qyb7"]),
        ("qy b7pro和B7哪个好", ["qyb7pro", "b7"]),
        ("电饭煲多少钱", ["电饭煲"]),
        ("飯煲", []),
        ("電飯煲", ["电饭煲"]),
        # A code within a longer one is none.
        ("b70", []),
        ("xb7", []),
        ("k15s", []),
        # A prefix of one product is no house prefix, and is not left out.
        ("ac900", ["ac900"]),
        ("900", []),
        # However it is spaced and dashed.
        ("P12 Max", ["p12max"]),
        ("p12max好用吗", ["p12max"]),
        ("QY-P 12-Max", ["qyp12max"]),
        ("qy p12　ＭＡＸ", ["qyp12max"]),
        ("Ｐ１２－ＭＡＸ", ["p12max"]),
        ("p 12 和 p12 max", ["p12", "p12max"]),
        ("p12maxi", []),
        ("1.5升水壶", []),
        ("水壶1.5升", ["水壶15l"]),
        ("水壶 一升半的", ["水壶15l"]),
        ("", []),
    ],
)
def test_mentions(text: str, aliases: list[str]) -> None:
    assert [m.alias for m in NAMES.mentions(text)] == aliases


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("B7 Pro 防水吗", ["b7-pro", "both", "everything"]),
        ("B7 和 B7 Pro", ["b7", "b7-pro", "both", "everything"]),
        ("k15", ["k15", "everything"]),
        # A plain name binds nothing, nor does no name.
        ("电饭煲", [a.id for a in ARTICLES]),
        ("退货", [a.id for a in ARTICLES]),
    ],
)
def test_a_named_model_rules_out_its_twin(text: str, allowed: list[str]) -> None:
    bound = NAMES.bound(NAMES.mentions(text))
    assert [a.id for a, may in zip(ARTICLES, bound, strict=True) if may] == allowed


def test_without_articles() -> None:
    assert ProductNames([]).mentions("b7") == ()
    assert ProductNames([]).bound([]).shape == (0,)


@pytest.mark.parametrize(
    ("text", "product", "another"),
    [
        ("K15 多少钱", "QY-B7", True),
        ("B7 Pro 防水吗", "QY-B7", True),
        # Of two that are named one is the product itself.
        ("B7 和 K15", "QY-B7", False),
        # Another name of the same: all of its articles list the code too.
        ("B7 手环防水吗", "QY-B7", False),
        # A plain name may be a kind of thing, or a thing that is put into the product.
        ("电饭煲", "QY-B7", False),
        ("退货", "QY-B7", False),
        ("K15", "不认识的", True),
    ],
)
def test_another_product_than_the_one_looked_at(text: str, product: str, another: bool) -> None:
    assert NAMES.name_another(NAMES.mentions(text), product) is another
