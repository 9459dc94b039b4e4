from __future__ import annotations

from kb.article import Article, Kind
from kb.passage import Passage, PassageKind
from kb.sentence import size
from kb.splitter import LIMIT, split

TEN = "商品签收之后七天内。"  # of size 10


def article(body: str, **fields: object) -> Article:
    source = "---\ntitle: 题\nkind: policy\n---\n" + body
    return Article("a", "题", Kind.POLICY, "a.md", source, 5, **fields)  # type: ignore[arg-type]


def shape(body: str, limit: int = LIMIT) -> list[tuple[str, tuple[int, int], str]]:
    return [(p.kind.value, p.lines, p.text) for p in split(article(body), limit)]


def test_a_short_section_is_one_passage() -> None:
    body = "# 题\n\n前言。\n\n## 运费\n\n包邮。\n\n- 江浙沪\n- 上海\n\n说明。\n"
    assert split(article(body)) == (
        Passage("a", 0, PassageKind.TEXT, "题", (), "前言。", (7, 7)),
        Passage("a", 1, PassageKind.TEXT, "题", ("运费",), "包邮。\n江浙沪\n上海\n说明。", (11, 16)),
    )


def test_an_article_without_text_has_no_passages() -> None:
    assert split(article("")) == ()
    assert split(article("# 题\n\n---\n")) == ()


def test_a_heading_with_children_alone_gives_no_passage_and_a_bare_leaf_one_of_its_words() -> None:
    found = split(article("## 售后\n\n### 电话\n\n### 邮件\n\n写信。\n\n## 其他\n"))
    assert [(p.headings, p.text, p.lines) for p in found] == [
        (("售后",), "电话", (7, 7)),
        (("售后", "邮件"), "写信。", (11, 11)),
        ((), "其他", (13, 13)),
    ]


def test_a_long_paragraph_is_cut_at_sentences_into_equal_parts() -> None:
    found = shape(TEN * 31 + "\n")
    assert [(kind, lines, size(text)) for kind, lines, text in found] == [
        ("text", (5, 5), 160),
        ("text", (5, 5), 150),
    ]
    assert "".join(text for _, _, text in found) == TEN * 31


def test_short_blocks_stay_together_up_to_the_limit() -> None:
    found = shape(f"{TEN * 2}\n\n{TEN}\n\n{TEN * 2}\n\n{TEN}\n", 30)
    assert [(size(text), lines) for _, lines, text in found] == [(30, (5, 7)), (30, (9, 11))]


def test_a_section_of_exactly_the_limit_is_whole() -> None:
    assert len(shape(TEN * 30)) == 1
    assert len(shape(TEN * 30 + "好")) == 2


def test_sections_are_never_joined() -> None:
    assert [text for _, _, text in shape("## 一\n\n甲\n\n## 二\n\n乙\n")] == ["甲", "乙"]


def test_an_introduction_stays_with_its_list() -> None:
    found = shape(f"{TEN * 2}\n\n条件如下：\n\n- {TEN}\n- {TEN}\n", 30)
    assert [text for _, _, text in found] == [TEN * 2, f"条件如下：\n{TEN}\n{TEN}"]


def test_the_last_sentence_of_a_long_paragraph_introduces() -> None:
    found = shape(f"{TEN * 8}条件如下：\n\n- {TEN}\n- {TEN}\n", 40)
    assert [text for _, _, text in found] == [TEN * 4, TEN * 3, f"{TEN}条件如下：\n{TEN}\n{TEN}"]


def test_a_table_is_whole_while_it_fits() -> None:
    assert shape("| 地区 | 运费 |\n|---|---|\n| 新疆 | 15 |\n") == [("table", (5, 7), "地区 | 运费\n新疆 | 15")]


def test_a_long_table_is_cut_between_rows_and_its_header_leads() -> None:
    body = "运费如下：\n\n| 地区 | 运费 |\n|---|---|\n" + "".join(f"| 第{n}区 | {n} 元整 |\n" for n in range(10, 16))
    found = split(article(body), 40)
    assert [(p.kind, p.lines, p.lead, p.text) for p in found] == [
        (PassageKind.TABLE, (5, 10), "", "运费如下：\n地区 | 运费\n第10区 | 10 元整\n第11区 | 11 元整"),
        (
            PassageKind.TABLE,
            (11, 14),
            "地区 | 运费",
            "第12区 | 12 元整\n第13区 | 13 元整\n第14区 | 14 元整\n第15区 | 15 元整",
        ),
    ]
    assert found[1].shown.startswith("地区 | 运费\n第12区")


def test_a_procedure_is_whole_up_to_three_times_the_limit() -> None:
    body = "步骤如下：\n\n" + "".join(f"{n}. {TEN}\n" for n in range(1, 8)) + f"\n{TEN}\n\n{TEN * 2}\n"
    found = split(article(body), 30)
    assert [(p.kind, p.lines) for p in found] == [
        (PassageKind.PROCEDURE, (5, 13)),
        (PassageKind.TEXT, (15, 17)),
    ]
    assert found[0].text == "步骤如下：\n" + "\n".join(f"{n}. {TEN}" for n in range(1, 8))


def test_a_longer_procedure_is_cut_between_steps() -> None:
    body = "".join(f"{n}. {TEN * 2}\n   - {TEN}\n" for n in range(1, 7))
    found = shape(body, 50)
    assert [(kind, lines) for kind, lines, _ in found] == [("procedure", (5, 10)), ("procedure", (11, 16))]
    assert found[1][2].startswith(f"4. {TEN * 2}\n  {TEN}\n5. ")


def test_a_passage_is_what_its_larger_part_is() -> None:
    steps = f"1. {TEN}\n2. {TEN}\n"
    assert [kind for kind, _, _ in shape(f"{TEN}\n\n{steps}\n好。\n")] == ["procedure"]
    assert [kind for kind, _, _ in shape(f"{TEN * 3}\n\n{steps}")] == ["text"]


def test_an_answer_is_whole_up_to_twice_the_limit() -> None:
    assert [(kind, size(text)) for kind, _, text in shape(f"## 能退吗？\n\n{TEN * 5}\n\n{TEN}\n", 30)] == [
        ("answer", 60)
    ]
    assert [kind for kind, _, _ in shape(f"## 能退吗？\n\n{TEN * 7}\n", 30)] == ["answer"] * 3
    assert [kind for kind, _, _ in shape(f"## 怎么退？\n\n1. {TEN}\n2. {TEN}\n")] == ["procedure"]
    assert [kind for kind, _, _ in shape("## 多少？\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")] == ["answer"]


def test_a_reply_stands_alone_and_is_never_cut() -> None:
    body = f"## 催单\n\n先安抚。\n\n```reply\n{TEN * 9}\n\n{{姓名}}您好\n```\n\n再查单。\n"
    assert shape(body, 30) == [
        ("text", (7, 7), "先安抚。"),
        ("reply", (9, 13), f"{TEN * 9}\n\n{{姓名}}您好"),
        ("text", (15, 15), "再查单。"),
    ]


def test_questions_are_passages_of_their_own_after_the_body() -> None:
    found = split(article("正文。\n", questions=("能退吗", "怎么退"), field_lines={"questions": 3, "questions[1]": 4}))
    assert [(p.ordinal, p.kind, p.headings, p.text, p.lines) for p in found] == [
        (0, PassageKind.TEXT, (), "正文。", (5, 5)),
        (1, PassageKind.QUESTION, (), "能退吗", (3, 3)),
        (2, PassageKind.QUESTION, (), "怎么退", (4, 4)),
    ]


def test_a_sentence_without_end_is_cut_all_the_same() -> None:
    found = shape("退" * 700)
    assert [size(text) for _, _, text in found] == [300, 300, 100]


def test_long_code_is_cut_between_lines() -> None:
    found = shape("```\n" + "select 1 from t\n" * 10 + "```\n", 35)
    assert all(text.startswith("select 1") and text.endswith("from t") for _, _, text in found)
    assert [lines for _, lines, _ in found] == [(6, 10), (11, 15)]


def test_lines_are_those_of_the_file() -> None:
    body = f"{TEN * 2}\n{TEN * 2}\n{TEN * 2}\n"
    assert [lines for _, lines, _ in shape(body, 20)] == [(5, 5), (6, 6), (7, 7)]
