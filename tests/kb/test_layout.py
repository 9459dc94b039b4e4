from __future__ import annotations

import pytest

from kb.layout import units
from kb.splitter import split
from kb.table import ArticleBlocks
from tests.support.articles import make_article


def said(text: str) -> list[str]:
    return [text[unit.start : unit.stop] for unit in units(text, ())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("能退。七天内。", ["能退。", "七天内。"]),
        # A semicolon ends a clause, not a sentence.
        ("甲要退；乙要换；丙都行。丁不行。", ["甲要退；乙要换；丙都行。", "丁不行。"]),
        ("先看（见第 1 条。第 2 条也是）。再说。", ["先看（见第 1 条。第 2 条也是）。", "再说。"]),
        ("客户说“坏了。要退！”，就退。好。", ["客户说“坏了。要退！”，就退。", "好。"]),
        # A bracket that never closes ends with its line.
        ("先看（见第 1 条。完。\n再说。", ["先看（见第 1 条。完。", "再说。"]),
        ("一行\n\n  二行  \n", ["一行", "二行"]),
        ("约 1.5 升。", ["约 1.5 升。"]),
        ("", []),
    ],
)
def test_whole_sentences(text: str, expected: list[str]) -> None:
    assert said(text) == expected


def test_what_limits_and_what_points_back() -> None:
    found = units("可以退。但定制的不行。此类商品不换。运费自理。", ())
    assert [(unit.limits, unit.points_back) for unit in found] == [
        (False, False),
        (True, True),
        (False, True),
        (False, False),
    ]


def test_a_nested_list_is_introduced_twice() -> None:
    article = make_article("a", body="不能退：\n\n- 生鲜：\n  - 水果\n  - 肉\n- 定制\n\n运费自理。")
    passage = split(article)[0]
    found = units(passage.shown, (), ArticleBlocks(article).listed(passage))
    texts = [passage.shown[unit.start : unit.stop] for unit in found]
    assert texts == ["不能退：", "生鲜：", "水果", "肉", "定制", "运费自理。"]
    assert [unit.headed for unit in found] == [None, 0, 1, 1, 0, None]
