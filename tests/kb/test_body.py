from __future__ import annotations

import pytest

from kb.article import Article, Kind
from kb.body import body_problems, cells


def found(body: str, title: str = "标题") -> list[tuple[int, str]]:
    source = "---\ntitle: 标题\nkind: policy\n---\n" + body
    article = Article("a", title, Kind.POLICY, "a.md", source, 5)
    return [(problem.line, problem.what) for problem in body_problems(article)]


@pytest.mark.parametrize("body", ["", "\n", "  \n\n\t\n", "---\n", "[a]: http://b\n", "# 标题\n", "#\n##\n", "- \n"])
def test_an_empty_body_is_told(body: str) -> None:
    assert [what for _, what in found(body)] == ["the body is empty"]


def test_an_empty_body_is_placed_inside_the_file() -> None:
    assert found("")[0][0] == 4
    assert found("\n\n")[0][0] == 5
    assert found("\n\n# 标题\n")[0][0] == 5


@pytest.mark.parametrize("body", ["字", "## 别的标题\n", "# 标题\n\n字", "```\n字\n```\n", "<br>\n", "![图](x)"])
def test_a_body_with_a_word_is_not_empty(body: str) -> None:
    assert found(body) == []


@pytest.mark.parametrize(
    ("row", "count"),
    [
        ("| a | b |", 2),
        ("a | b", 2),
        ("| a | b", 2),
        (r"| a \| b | c |", 2),
        (r"| `a \| b` | c |", 2),
        ("| `a | b` | c |", 3),
        ("| a | |", 2),
        ("|  |  |", 2),
        ("| a || c |", 3),
        ("> | a | b |", 2),
        ("  > > | a | b |  ", 2),
        ("一段文字", 1),
        (r"| a \\| b |", 1),
    ],
)
def test_cells_are_counted_as_the_parser_counts_them(row: str, count: int) -> None:
    assert cells(row) == count


def test_a_table_that_lost_a_cell_is_told_at_its_row() -> None:
    body = "| 地区 | 运费 | 时效 |\n|---|---|---|\n| 江浙沪 | 0 | 1 天 |\n| 新疆 | 15 |\n| 西藏 | 20 | 5 | 多 |\n"
    assert found(body) == [
        (8, "a table row with 2 cell(s) under a header of 3"),
        (9, "a table row with 4 cell(s) under a header of 3"),
    ]


def test_text_right_below_a_table_would_become_a_row() -> None:
    assert found("| a | b |\n|---|---|\n| 1 | 2 |\n说明在此\n") == [
        (8, "a table row with 1 cell(s) under a header of 2")
    ]


def test_an_unescaped_pipe_in_code_is_told() -> None:
    assert found("| a | b |\n|---|---|\n| `x|y` | 2 |\n")[0][0] == 7
    assert found("| a | b |\n|---|---|\n| `x\\|y` | 2 |\n") == []


def test_tables_in_quotes_and_lists_are_looked_at() -> None:
    assert found("> | a | b |\n> |---|---|\n> | 1 | 2 |\n> | 1 |\n") == [
        (8, "a table row with 1 cell(s) under a header of 2")
    ]
    assert found("- | a | b |\n  |---|---|\n  | 1 | 2 |\n  | 1 | 2 | 3 |\n")[0][0] == 8


def test_a_header_unlike_its_dashes_is_told_at_the_header() -> None:
    assert found("说明：\n\n| a | b | c |\n|---|---|\n| 1 | 2 | 3 |\n") == [
        (7, "a table header with 3 cell(s) over a line of 2")
    ]
    assert found("一段\n| a | b |\n|---|---|---|\n")[0][0] == 6


@pytest.mark.parametrize(
    "body",
    [
        "| a | b |\n|:-:|--:|\n| | |\n",
        "a | b\n--|--\n1 | 2\n",
        "| a |\n|---|\n",
        "标题二\n---\n\n正文\n",
        "甲 | 乙\n\n丙\n",
        "```\n| a | b |\n|---|\n| 1 |\n```\n",
    ],
)
def test_sound_tables_and_what_is_none_are_left_alone(body: str) -> None:
    assert found(body) == []


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("字\n\n```\n码\n", 7),
        ("字\n\n```\n码", 7),
        ("```", 5),
        ("~~~ sh\n```\n", 5),
        ("````\n```\n", 5),
        ("- 项\n\n  ```\n  码\n\n后文\n", 7),
        ("> ```\n> 码\n\n后文\n", 5),
        ("```reply\n您好\n", 5),
    ],
)
def test_an_unclosed_fence_is_told_where_it_opens(body: str, line: int) -> None:
    assert found(body) == [(line, "a fence that is not closed")]


@pytest.mark.parametrize(
    "body",
    [
        "```\n码\n```",
        "```\n```\n字\n",
        "~~~\n```\n~~~\n",
        "- 项\n\n  ```\n  码\n  ```\n",
        "> ```\n> 码\n> ```\n",
        "```\n\n\n```\n字",
        "`` ` ``\n",
    ],
)
def test_a_closed_fence_is_sound(body: str) -> None:
    assert found(body) == []


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("```reply\n```\n", 5),
        ("```reply\n \n```\n", 5),
        ("字\n\n```reply\n您好\n{姓名，请稍候\n```\n", 9),
        ("```reply\n{订单}和{单号\n```\n", 6),
        ("```reply\n{ {单号}\n```\n", 6),
        ("```reply\n{}\n```\n", 6),
        ("1. 步\n\n   ```reply\n   {a\n   ```\n", 8),
    ],
)
def test_a_reply_that_cannot_be_sent_is_told(body: str, line: int) -> None:
    assert [place for place, _ in found(body)] == [line]


def test_sound_replies_and_other_fences_are_left_alone() -> None:
    assert found("```reply\n{姓名}您好，单号 {单号}。:}\n```\n") == []
    assert found("```json\n{\n```\n") == []


def test_nesting_that_the_parser_would_drop_is_told() -> None:
    assert "nested too deep" in found(">" * 200 + " 字\n")[0][1]
    assert found(">" * 20 + " 字\n") == []
