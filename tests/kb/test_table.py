from __future__ import annotations

import pytest

from kb.passage import Passage
from kb.splitter import split
from kb.table import ArticleBlocks, Row
from tests.support.articles import make_article


def read(body: str, number: int = 0) -> tuple[ArticleBlocks, Passage]:
    article = make_article("t", body=body)
    return ArticleBlocks(article), split(article)[number]


def test_two_tables_of_one_passage_keep_their_headers() -> None:
    blocks, passage = read("| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n\n说明。\n\n| 丙 | 丁 |\n|---|---|\n| 1 | 2 |\n| 3 | |")
    first, second = blocks.tables(passage)
    assert [(row.names, row.cells) for row in first.rows] == [(("甲", "乙"), ("1", "2"))]
    assert [(row.names, row.cells) for row in second.rows] == [(("丙", "丁"), ("1", "2")), (("丙", "丁"), ("3", ""))]
    assert [passage.shown[slice(*(table.header or (0, 0)))] for table in (first, second)] == ["甲 | 乙", "丙 | 丁"]
    assert passage.shown[second.rows[1].start : second.rows[1].stop] == "3 |"


def test_a_pipe_in_a_cell_is_no_border() -> None:
    blocks, passage = read("| 键 | 值 |\n|---|---|\n| B \\| C | 2 |")
    assert blocks.tables(passage)[0].rows[0].cells == ("B | C", "2")


def test_a_table_that_was_cut_has_its_header_in_each_passage() -> None:
    body = "| 地区 | 运费 |\n|---|---|\n" + "\n".join(f"| 地区{n:03} | {n} 元，{'详' * 20} |" for n in range(60))
    article = make_article("t", body=body)
    blocks = ArticleBlocks(article)
    rows = [row for passage in split(article) for table in blocks.tables(passage) for row in table.rows]
    assert [row.cells[0] for row in rows] == [f"地区{n:03}" for n in range(60)]
    assert {row.names for row in rows} == {("地区", "运费")}


def test_a_table_without_a_header_has_rows_alone() -> None:
    blocks, passage = read("尺寸表：\n\n| | |\n|---|---|\n| 高 | 10 厘米 |\n| 宽 | 20 厘米 |\n\n以上含外壳。")
    (table,) = blocks.tables(passage)
    assert table.header is None
    assert [(row.names, row.cells) for row in table.rows] == [
        (("", ""), ("高", "10 厘米")),
        (("", ""), ("宽", "20 厘米")),
    ]
    assert [row.text() for row in table.rows] == ["高：10 厘米", "宽：20 厘米"]


def test_a_table_with_an_empty_corner() -> None:
    blocks, passage = read("| | 普通 |\n|---|---|\n| 运费 | 8 元 |")
    assert [row.text() for row in blocks.tables(passage)[0].rows] == ["运费（普通）：8 元"]


@pytest.mark.parametrize(
    "body", ["没有表。", "a | b，不是表", "- 甲\n- 乙", "    | 甲 | 乙 |\n    |---|---|\n    | 1 | 2 |"]
)
def test_what_is_no_table_has_none(body: str) -> None:
    blocks, passage = read(body)
    assert blocks.tables(passage) == ()


def test_lines_of_lists_are_known_where_something_introduces_them() -> None:
    blocks, passage = read("不能退：\n\n- 甲\n- 乙\n\n运费自理。")
    assert {passage.shown[start] for start in blocks.listed(passage)} == {"甲", "乙"}
    blocks, passage = read("- 甲\n- 乙")
    assert blocks.listed(passage) == frozenset()


@pytest.mark.parametrize(
    ("names", "cells", "columns", "text"),
    [
        (("地区", "首重", "备注"), ("新疆", "15 元", "满 199 免"), None, "地区：新疆；首重：15 元；备注：满 199 免"),
        (("地区", "首重", "备注"), ("新疆", "15 元", "满 199 免"), (2,), "地区：新疆；备注：满 199 免"),
        (("地区", "首重"), ("新疆", ""), None, "地区：新疆"),
        (("项目", "W10"), ("容量", "10 公斤"), None, "容量（W10）：10 公斤"),
        (("项目", "W10（新）"), ("容量", "10 公斤"), None, "容量；W10（新）：10 公斤"),
        (("项目", "规定"), ("还款日", "10 日"), None, "还款日：10 日"),
        (("项目", "A", "B"), ("容量", "1", "2"), None, "容量；A：1；B：2"),
        (("项目", "A", "B"), ("容量", "1", "2"), (2,), "容量（B）：2"),
        (("", "A", "B"), ("容量", "1", "2"), None, "容量；A：1；B：2"),
        (("地区", "首重"), ("", "9 元"), None, "首重：9 元"),
        (("地区", ""), ("新疆", "9 元"), None, "地区：新疆；9 元"),
    ],
)
def test_a_row_names_its_columns(
    names: tuple[str, ...], cells: tuple[str, ...], columns: tuple[int, ...] | None, text: str
) -> None:
    assert Row(0, 1, names, cells).text(columns) == text
