from __future__ import annotations

import pytest

from kb.markdown import BlockKind, Section, sections


def shape(body: str, first_line: int = 1) -> list[tuple[str, tuple[int, int], str]]:
    return [
        (block.kind.value, block.lines, block.text)
        for section in sections(body, first_line)
        for block in section.blocks
    ]


def test_sections_know_their_path_level_line_and_leaves() -> None:
    body = "前言\n\n# 一\n\n字\n\n### 三\n\n字\n\n## 二\n\nSetext\n===\n\n字\n"
    found = sections(body, 10)
    assert [(s.headings, s.level, s.line, s.is_leaf) for s in found] == [
        ((), 0, 10, True),
        (("一",), 1, 12, False),
        (("一", "三"), 3, 16, True),
        (("一", "二"), 2, 20, True),
        (("Setext",), 1, 22, True),
    ]


def test_a_first_heading_that_repeats_the_title_is_not_in_the_path() -> None:
    found = sections("#  退货 规则\n\n字\n\n## 运费\n\n字\n\n# 退货 规则\n", 1, "退货 规则")
    assert [(s.headings, s.heading, s.is_title) for s in found] == [
        ((), "退货 规则", True),
        (("运费",), "运费", False),
        (("退货 规则",), "退货 规则", False),
    ]
    assert sections("## 题\n", 1, "题")[0].headings == ("题",)
    assert sections("# 另\n\n# 题\n", 1, "题")[1].headings == ("题",)
    assert sections("# \n", 1, "")[0].is_title is False


def test_empty_headings_make_sections_without_a_name() -> None:
    assert [s.headings for s in sections("# 一\n\n##\n\n### 三\n")] == [("一",), ("一",), ("一", "三")]


def test_headings_in_lists_quotes_and_fences_make_no_section() -> None:
    body = "- # 一\n\n> # 二\n\n```\n# 三\n```\n\n    # 四\n"
    assert [s.level for s in sections(body)] == [0]
    assert shape(body) == [
        ("list", (1, 1), "一"), ("quote", (3, 3), "二"), ("code", (6, 6), "# 三"), ("code", (9, 9), "# 四"),
    ]  # fmt: skip


@pytest.mark.parametrize("heading", ["能退吗？", "能退吗?", "问：退货", "问: 退货", "Q: return", "q：退货"])
def test_question_headings_are_known(heading: str) -> None:
    assert Section((), heading, 1, 1, ()).is_question


@pytest.mark.parametrize("heading", ["", "退货", "问题", "Quality", "？退货"])
def test_other_headings_are_no_questions(heading: str) -> None:
    assert not Section((), heading, 1, 1, ()).is_question


@pytest.mark.parametrize(
    ("mark", "plain"),
    [
        ("**七天**_无_*理由*", "七天无理由"),
        ('[链接](http://a.b "题") <http://c.d>', "链接 http://c.d"),
        ("![图*片*](x.png)", "图片"),
        ("`a | b`", "a | b"),
        ("<b>粗</b> <!-- 注 -->", "<b>粗</b> <!-- 注 -->"),
        ("<div>\n粗\n</div>", "<div>\n粗\n</div>"),
        ("&lt;&nbsp;&amp; \\* \\\\", "<\xa0& * \\"),
        ("[a]\n\n[a]: http://x", "a"),
        ("软\n换行\\\n硬换行  \n完", "软\n换行\n硬换行\n完"),
        ("`跨\n行` 码", "跨 行 码"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("~~删~~", "~~删~~"),
    ],
)
def test_marks_are_dropped_and_words_kept(mark: str, plain: str) -> None:
    assert shape(mark)[0][2] == plain


def test_a_paragraphs_lines_stand_on_their_own_line_of_the_file() -> None:
    (section,) = sections("一\n二  \n三\n", 7)
    assert [line.lines for part in section.blocks[0].parts for line in part] == [(7, 7), (8, 8), (9, 9)]


def test_where_a_mark_swallowed_a_line_end_lines_stand_on_the_whole_block() -> None:
    (section,) = sections("`一\n二` 三\n四\n", 7)
    assert [(line.text, line.lines) for line in section.blocks[0].parts[0]] == [
        ("一 二 三", (7, 9)),
        ("四", (7, 9)),
    ]


def test_lists_keep_items_order_and_depth() -> None:
    body = "3. 三\n4. 四\n   - 内\n     1. 深\n\n   续\n5. \n6. 六\n"
    (section,) = sections(body)
    (block,) = section.blocks
    assert block.kind is BlockKind.STEPS
    assert block.text == "3. 三\n4. 四\n  内\n    1. 深\n  续\n6. 六"
    assert [[line.lines[0] for line in part] for part in block.parts] == [[1], [2, 3, 4, 6], [8]]
    assert shape("- 一\n- 二\n")[0] == ("list", (1, 2), "一\n二")


def test_tables_keep_header_and_rows_with_their_lines() -> None:
    body = "| 地区 | 运费 |\n|:--|--:|\n| **江浙沪** | `0` |\n| a \\| b | |\n"
    (block,) = sections(body, 5)[0].blocks
    assert (block.kind, block.lines) == (BlockKind.TABLE, (5, 8))
    assert [(line.text, line.lines) for part in block.parts for line in part] == [
        ("地区 | 运费", (5, 5)),
        ("江浙沪 | 0", (7, 7)),
        ("a | b | ", (8, 8)),
    ]


def test_code_keeps_its_lines_and_blanks() -> None:
    assert shape("```sh\n一\n\n  二\n```\n") == [("code", (2, 4), "一\n\n  二")]
    assert sections("```sh x\n一\n```\n")[0].blocks[0].info == "sh x"
    assert shape("```\n```\n") == []


def test_replies_are_known_by_their_info_string() -> None:
    assert shape("```reply\n您好 {name}\n```\n") == [("reply", (1, 3), "您好 {name}")]
    assert shape("~~~ reply 售后\n好\n~~~\n")[0][0] == "reply"
    assert shape("```replying\n好\n```\n")[0][0] == "code"


def test_a_reply_within_a_list_follows_the_list() -> None:
    assert shape("1. 安抚\n\n   ```reply\n   抱歉\n   ```\n2. 退款\n") == [
        ("steps", (1, 6), "1. 安抚\n2. 退款"),
        ("reply", (3, 5), "抱歉"),
    ]
    assert [kind for kind, _, _ in shape("> ```reply\n> 抱歉\n> ```\n")] == ["reply"]


def test_quotes_hold_every_kind_of_block() -> None:
    body = "> 一\n>\n> - 二\n>\n> | a | b |\n> |---|---|\n> | 1 | 2 |\n>\n> > 深\n>\n>     码\n"
    assert shape(body) == [("quote", (1, 11), "一\n二\na | b\n1 | 2\n深\n码")]


@pytest.mark.parametrize("body", ["", "\n\n", "---\n", "[a]: http://x\n", "- \n"])
def test_a_body_without_words_has_no_blocks(body: str) -> None:
    assert shape(body) == []
