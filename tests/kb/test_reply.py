from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest

from kb.agreement import Asked
from kb.article import Article
from kb.encoder import TokenVectors
from kb.leg import Alignment, Query
from kb.mention import ProductNames, ProductsAsked
from kb.passage import Passage, PassageKind
from kb.reply import Reply, compose
from kb.splitter import split
from kb.suggestion import ReplyKind
from tests.support.articles import make_article


def asked(text: str = "") -> Asked:
    tokens = TokenVectors(np.empty((0, 1), np.float32), np.empty((0, 2), np.int32))
    return Asked(Query(text, np.ones(1, np.float32), tokens))


NOTHING = Alignment(np.empty((0, 2), np.int32), np.empty((0, 0), np.float32))


def about(passage: Passage, *words: str) -> Alignment:
    """One question token a word; it agrees wholly with each place of that word in what was encoded."""
    places = [
        (start, start + len(word), row)
        for row, word in enumerate(words)
        for start in range(len(passage.encoded))
        if passage.encoded.startswith(word, start)
    ]
    similarity = np.zeros((len(words), len(places)), np.float32)
    for column, (_, _, row) in enumerate(places):
        similarity[row, column] = 1
    return Alignment(np.array([p[:2] for p in places], np.int32).reshape(-1, 2), similarity)


def content(article: Article) -> list[Passage]:
    return [p for p in split(article) if p.kind is not PassageKind.QUESTION]


def reply_of(
    article: Article, number: int, *words: str, question: str = "", slots: Mapping[str, str] | None = None
) -> Reply:
    siblings = content(article)
    passage = siblings[number]
    alignment = about(passage, *words) if words else NOTHING
    reply = compose(article, passage, siblings, alignment, asked(question), slots)
    for start, stop in reply.spans:
        assert 0 <= start < stop <= len(passage.shown)
    for (_, stop), (start, _) in pairwise(reply.spans):
        assert stop < start
    return reply


APPROVED = make_article(
    "a",
    body="# 运费\n\n满 59 元免运费。\n\n```reply\n亲，{name}，满 59 元包邮哦。\n```\n\n# 退货\n\n七天内可以退货。",
)


def test_approved_wording_comes_first() -> None:
    assert reply_of(APPROVED, 0) == Reply("亲，{name}，满 59 元包邮哦。", ReplyKind.APPROVED, blanks=("name",))


def test_an_approved_passage_itself_is_highlighted_whole() -> None:
    reply = reply_of(APPROVED, 1)
    assert (reply.kind, reply.text) == (ReplyKind.APPROVED, "亲，{name}，满 59 元包邮哦。")
    assert reply.spans == ((0, len(reply.text)),)


def test_wording_approved_for_another_section_is_not_taken() -> None:
    assert reply_of(APPROVED, 2) == Reply("七天内可以退货。", ReplyKind.SENTENCES, ((0, 8),))


def test_a_phrase_has_one_wording_for_all_its_sections() -> None:
    body = "# 用途\n\n道歉时用。\n\n# 话术\n\n```reply\n非常抱歉。\n```"
    assert reply_of(make_article("p", body=body, kind="phrase"), 0).text == "非常抱歉。"
    two = body + "\n\n```reply\n对不起。\n```"
    assert reply_of(make_article("p", body=two, kind="phrase"), 0).kind is ReplyKind.SENTENCES
    assert reply_of(make_article("p", body=body, kind="policy"), 0).kind is ReplyKind.SENTENCES


@pytest.mark.parametrize(
    "body",
    [
        "# 运费\n\n满 59 元免运费。\n\n```reply\n包邮哦。\n```",
        "```reply\n包邮哦。\n```",
        "1. 查件\n2. 补发",
        "| 级别 | 补偿 |\n|---|---|\n| 一 | 五元 |",
        "正文。",
    ],
)
@pytest.mark.parametrize("kind", ["playbook", "phrase", "policy"])
def test_an_internal_article_gives_advice_and_never_anything_to_send(body: str, kind: str) -> None:
    article = make_article("i", body=body, kind=kind, audience="internal")
    for number in range(len(content(article))):
        assert reply_of(article, number).kind is ReplyKind.ADVICE


def test_an_internal_passage_never_borrows_approved_wording() -> None:
    article = make_article("i", body="满 59 元免运费。\n\n```reply\n包邮哦。\n```", audience="internal")
    assert reply_of(article, 0).text == "满 59 元免运费。"


def test_a_procedure_gives_all_its_steps_in_order() -> None:
    reply = reply_of(make_article("s", body="按下面做：\n\n1. 打开订单\n2. 点退货\n3. 等上门"), 0, "点退货")
    assert reply.kind is ReplyKind.STEPS
    assert reply.text == "按下面做：\n1. 打开订单\n2. 点退货\n3. 等上门"


TABLE = make_article(
    "t", body="运费如下：\n\n| 地区 | 首重 | 备注 |\n|---|---|---|\n| 华东 | 8 元 | |\n| 新疆 | 15 元 | 满 199 免 |"
)


def test_a_table_row_names_its_columns() -> None:
    reply = reply_of(TABLE, 0, "新疆")
    assert (reply.kind, reply.text) == (ReplyKind.TABLE, "地区：新疆；首重：15 元；备注：满 199 免")
    (start, stop) = reply.spans[0]
    assert content(TABLE)[0].shown[start:stop] == "新疆 | 15 元 | 满 199 免"


def test_an_empty_cell_is_left_out() -> None:
    assert reply_of(TABLE, 0, "华东").text == "地区：华东；首重：8 元"
    last = make_article("t", body="| 地区 | 首重 | 备注 |\n|---|---|---|\n| 华东 | 8 元 | |")
    assert reply_of(last, 0, "华东").text == "地区：华东；首重：8 元"
    first = make_article("t", body="| | 首重 |\n|---|---|\n| 华东 | 8 元 |\n| | 9 元 |")
    assert reply_of(first, 0, "8").text == "华东（首重）：8 元"


def test_a_pipe_in_a_cell_is_no_border() -> None:
    article = make_article("t", body="| 键 | 值 |\n|---|---|\n| A | 1 |\n| B\\|C | 2 |")
    assert reply_of(article, 0, "C").text == "键：B|C；值：2"


def test_a_pipe_that_stands_free_in_a_cell_is_no_border_either() -> None:
    article = make_article("t", body="| 键 | 值 |\n|---|---|\n| A | 1 |\n| B \\| C | 2 |")
    assert reply_of(article, 0, "C") == Reply("键：B | C；值：2", ReplyKind.TABLE, ((12, 21),))


def test_the_rows_of_a_table_that_was_split_have_its_header_too() -> None:
    rows = "\n".join(f"| 地区{n:03} | {n} 元，{'详' * 20} |" for n in range(60))
    article = make_article("t", body=f"| 地区 | 运费 |\n|---|---|\n{rows}")
    passages = content(article)
    assert len(passages) > 2
    number = next(n for n, p in enumerate(passages) if "地区059" in p.text)
    assert passages[number].lead
    assert reply_of(article, number, "地区059").text == f"地区：地区059；运费：59 元，{'详' * 20}"


TWO_TABLES = make_article(
    "t", body="| 地区 | 运费 |\n|---|---|\n| 华东 | 8 元 |\n\n| 重量 | 加价 |\n| :- | -: |\n| 5 公斤 | 3 元 |"
)


@pytest.mark.parametrize(
    ("word", "expected"), [("华东", "地区：华东；运费：8 元"), ("公斤", "重量：5 公斤；加价：3 元")]
)
def test_a_row_is_named_by_the_header_of_its_own_table(word: str, expected: str) -> None:
    assert len(content(TWO_TABLES)) == 1
    assert reply_of(TWO_TABLES, 0, word).text == expected


MIXED = make_article(
    "t", body=f"{'先看购买渠道。' * 12}\n\n| 地区 | 运费 |\n|---|---|\n| 华东 | 8 元 |\n\n节日不加价。"
)


def test_a_table_inside_a_text_is_named_by_its_columns_too() -> None:
    (passage,) = content(MIXED)
    assert passage.kind is PassageKind.TEXT
    assert reply_of(MIXED, 0, "华东") == Reply("地区：华东；运费：8 元", ReplyKind.TABLE, ((93, 101),))
    assert reply_of(MIXED, 0, "节日").text == "节日不加价。"


PARAMETERS = make_article(
    "t", body="| 项目 | P12 | P12 Max |\n|---|---|---|\n| 快充 | 67 瓦 | 90 瓦 |\n| 尺寸（毫米） | 150 | 160 |"
)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("快充多少瓦", "快充；P12：67 瓦；P12 Max：90 瓦"),
        ("p12max快充多少瓦", "快充（P12 Max）：90 瓦"),
        ("P12 快充多少瓦", "快充（P12）：67 瓦"),
    ],
)
def test_only_the_columns_asked_for_of_a_table_of_values(question: str, expected: str) -> None:
    assert reply_of(PARAMETERS, 0, "快充", question=question).text == expected


def test_a_column_without_a_name_of_its_own_is_not_named() -> None:
    article = make_article("t", body="| 项目 | 规定 |\n|---|---|\n| 账单日 | 每月 1 日 |\n| 还款日 | 每月 10 日 |")
    assert reply_of(article, 0, "还款").text == "还款日：每月 10 日"


WEIGHTS = make_article(
    "t", body="| 体重 | 码 |\n|---|---|\n| 5 到 7 公斤 | S |\n| 8 到 10 公斤 | M |\n| 11 到 13 公斤 | L |"
)


@pytest.mark.parametrize(("question", "size"), [("12斤的娃", "S"), ("九公斤", "M"), ("23 斤", "L")])
def test_an_amount_of_the_question_finds_the_row_that_holds_it(question: str, size: str) -> None:
    assert reply_of(WEIGHTS, 0, question=question).text.endswith(f"公斤；码：{size}")


def test_rows_that_agree_alike_are_both_given() -> None:
    reply = reply_of(WEIGHTS, 0, "S", "L")
    assert reply.text == "体重：5 到 7 公斤；码：S\n体重：11 到 13 公斤；码：L"
    assert len(reply.spans) == 2


SHORT = "七天内可以退货。运费自理。"
LONG = (
    "本店商品自签收次日起七天内可以无理由退货，商品须完好，配件、赠品、吊牌齐全，不影响第二次销售。"
    "定制商品不支持。退货的运费由买家承担，质量问题由卖家承担，运费险最多赔 25 元。"
    "退款在仓库收到商品后 24 小时内处理，原路退回，银行卡需要一到三个工作日，信用卡三到七个工作日，请耐心等待。"
    "如有疑问请联系在线客服，在线客服每天八点到二十四点为您服务，也可以拨打热线，热线每天九点到二十一点接听。"
)


def test_a_short_passage_is_given_whole() -> None:
    assert reply_of(make_article("a", body=SHORT), 0, "运费") == Reply(SHORT, ReplyKind.SENTENCES, ((0, 13),))


@pytest.mark.parametrize("words", [("运费险",), ("银行卡",), ("热线",), ("定制", "运费险"), (), ("不在",)])
def test_sentences_are_the_passage_own_words(words: tuple[str, ...]) -> None:
    article = make_article("a", body=LONG)
    passage = content(article)[0]
    reply = reply_of(article, 0, *words)
    (start, stop) = reply.spans[0]
    assert reply.kind is ReplyKind.SENTENCES
    assert reply.text in passage.shown
    assert passage.shown[start:stop].strip() == reply.text
    assert len(reply.text) < len(passage.shown)
    assert all(word in reply.text for word in words if word in LONG)
    assert reply.text.endswith("。")


def test_without_agreement_the_earliest_of_the_longest_runs() -> None:
    reply = reply_of(make_article("a", body=LONG), 0)
    assert reply.text.startswith("本店商品自签收次日起")


def test_words_of_the_heading_do_not_count() -> None:
    article = make_article("a", title="热线几点开", body=f"# 热线\n\n{LONG}")
    assert content(article)[0].encoded.startswith("热线几点开 > 热线\n本店")
    assert "也可以拨打热线" in reply_of(article, 0, "热线").text


def test_one_sentence_without_an_end() -> None:
    text = "很长" * 200
    article = make_article("a", body=text)
    for number, passage in enumerate(content(article)):
        assert reply_of(article, number, "长").text == passage.shown


def test_a_refusal_is_not_answered_with_wording_that_refuses_nothing() -> None:
    body = "## 能免吗？\n\n不能，满 59 元才免。\n\n```reply\n亲，满 59 元包邮哦。\n```"
    assert reply_of(make_article("a", body=body), 0).text == "不能，满 59 元才免。"
    again = body.replace("包邮哦", "才包邮，不能免哦")
    assert reply_of(make_article("a", body=again), 0).kind is ReplyKind.APPROVED


def test_wording_about_something_else_in_the_same_section_is_not_taken() -> None:
    body = "购物车里的价格会变，以提交订单那一刻为准。\n\n```reply\n您这单 {件数} 件，一共 {金额} 元。\n```"
    assert reply_of(make_article("a", body=body), 0).kind is ReplyKind.SENTENCES


def test_blanks_are_filled_and_what_is_left_is_named() -> None:
    reply = reply_of(APPROVED, 0, slots={"name": "{名}小王", "其他": "x"})
    assert (reply.text, reply.blanks) == ("亲，{名}小王，满 59 元包邮哦。", ())
    assert reply_of(APPROVED, 0, slots={}).blanks == ("name",)


def test_one_of_the_questions_is_never_a_reply() -> None:
    article = make_article("a", body="", questions=("几天能退",))
    passage = split(article)[-1]
    assert passage.kind is PassageKind.QUESTION
    reply = compose(article, passage, (), NOTHING, asked("几天能退"))
    assert (reply.text, reply.spans) == ("", ())


FILLER = "退货地址在订单里看，快递公司自己选，运单号填在退货申请里，仓库收到以后会发一条短信给您，请保留寄件底单。"


@pytest.mark.parametrize("start", ["但", "除", "其中", "例外：", "仅", "只限", "如", "不过"])
def test_a_condition_stays_with_what_it_limits(start: str) -> None:
    condition = f"{start}定制商品另行约定。"
    body = f"{FILLER}七天内支持无理由退货{'，商品要完好' * 20}。{condition}{FILLER}"
    reply = reply_of(make_article("a", body=body), 0, "无理由")
    assert reply.text.endswith(f"。{condition}")


def test_a_sentence_that_points_back_takes_along_what_it_points_to() -> None:
    body = f"{FILLER}贴膜不能撕{'，边角要平整' * 20}。否则按七折退款。{FILLER}"
    reply = reply_of(make_article("a", body=body), 0, "七折")
    assert reply.text.startswith("贴膜不能撕")


def test_a_line_of_a_list_keeps_what_introduces_it() -> None:
    items = "\n".join(f"- {what}{'，仓库拒收' * 7}" for what in ("生鲜", "定制", "虚拟商品"))
    body = f"以下不能退：\n\n{items}\n\n{FILLER}"
    reply = reply_of(make_article("a", body=body), 0, "虚拟")
    assert reply.text.startswith("以下不能退：\n")
    assert "虚拟商品" in reply.text
    assert reply_of(make_article("a", body=body), 0, "底单").text == FILLER


def test_a_refused_row_keeps_what_refuses_it() -> None:
    body = "下列地区不送：\n\n| 省 | 市 |\n|---|---|\n| 甲 | 乙 |\n| 丙 | 丁 |"
    assert reply_of(make_article("a", body=body), 0, "丙").text == "下列地区不送：\n省：丙；市：丁"


def test_each_row_keeps_what_refuses_it_and_what_limits_it() -> None:
    body = (
        "以下可送：\n\n| 省 | 市 |\n|---|---|\n| 丙 | 丁 |\n\n但雨天顺延。\n\n"
        "以下不送：\n\n| 省 | 镇 |\n|---|---|\n| 丙 | 戊 |\n\n除非自提。"
    )
    text = reply_of(make_article("a", body=body), 0, "丙").text
    assert text == "省：丙；市：丁\n但雨天顺延。\n以下不送：\n省：丙；镇：戊\n除非自提。"


def test_what_limits_a_table_comes_with_its_list_and_however_long() -> None:
    limit = f"但以下除外{'，请先看清楚' * 20}：\n\n- 甲\n- 乙"
    body = f"| 省 | 价 |\n|---|---|\n| 丙 | 8 元 |\n| 丁 | 9 元 |\n\n{limit}"
    text = reply_of(make_article("a", body=body), 0, "丙").text
    assert text.startswith("省：丙；价：8 元\n但以下除外")
    assert text.endswith("：\n甲\n乙")


def test_a_column_of_conditions_is_given_with_the_one_asked_for() -> None:
    body = (
        "| 地区 | 首重运费 | 预计送达时效 | 备注 |\n|---|---|---|---|\n"
        f"| 新疆 | 15 元 | 5 到 7 天 | 乡镇不送货上门{'，请到代收点取件' * 5} |\n| 北京 | 8 元 | 2 天 | |"
    )
    text = reply_of(make_article("a", body=body), 0, "新疆", question="新疆首重运费多少").text
    assert text.startswith("地区：新疆；首重运费：15 元；备注：乡镇不送")
    assert "送达" not in text


def test_a_long_condition_right_behind_is_never_left_out() -> None:
    condition = f"但{'按约定另行处理，' * 25}不退。"
    body = f"{FILLER}七天内支持无理由退货。{condition}"
    assert reply_of(make_article("a", body=body), 0, "无理由").text.endswith(condition)


def test_what_a_heading_refuses_is_said_behind_it() -> None:
    article = make_article("a", body="## 不参加的商品\n\n生鲜、课程。\n\n## 参加的商品\n\n手机。")
    refused = reply_of(article, 0, "课程")
    assert (refused.text, refused.spans) == ("不参加的商品：\n生鲜、课程。", ((0, 6),))
    assert reply_of(article, 1, "手机").text == "手机。"


def test_advice_keeps_the_heading_that_refuses() -> None:
    article = make_article("a", "甲", "## 绝不能答应\n\n1. 保证到货\n2. 保证降价", "playbook", audience="internal")
    assert reply_of(article, 0, "到货").text == "绝不能答应：\n1. 保证到货\n2. 保证降价"


@pytest.mark.parametrize("head", ["但以下除外：", "以下支持："])
def test_a_row_behind_refused_ones_is_not_refused_with_them(head: str) -> None:
    body = f"下列不支持：\n\n| 省 | 市 |\n|---|---|\n| 丙 | 丁 |\n\n{head}\n\n| 省 | 镇 |\n|---|---|\n| 丙 | 戊 |"
    text = reply_of(make_article("a", body=body), 0, "丙").text
    assert text == f"下列不支持：\n省：丙；市：丁\n{head}\n省：丙；镇：戊"


WARRANTY = make_article(
    "w",
    body="| 类别 | 商品举例 | 整机 |\n|---|---|---|\n| 大家电 | 滚筒洗衣机 QY-W10、QY-W10S | 3 年 |\n"
    "| 手机 | QY-P12 系列 | 1 年 |\n| 小家电 | 电饭煲 | 1 年 |",
)
TWINS = make_article("n", body="| 项目 | QY-W10 | QY-W10S |\n|---|---|---|\n| 噪声 | 52 分贝 | 50 分贝 |")
PRODUCTS = ProductNames(
    [
        make_article("w10", products=["QY-W10", "滚筒洗衣机 W10"]),
        make_article("w10s", products=["QY-W10S"]),
        make_article("washers", products=["QY-W10", "QY-W10S", "滚筒洗衣机"]),
        make_article("p12", products=["QY-P12"]),
        make_article("k15", products=["QY-K15", "电饭煲"]),
    ]
)


@pytest.mark.parametrize(
    ("article", "product", "words", "text"),
    [
        # The phones' row agrees most by its letters; it is not the washing machine's.
        (WARRANTY, "QY-W10", ["手机"], "大家电；商品举例：滚筒洗衣机 QY-W10、QY-W10S；整机：3 年"),
        (WARRANTY, "w10s", ["手机"], "大家电；商品举例：滚筒洗衣机 QY-W10、QY-W10S；整机：3 年"),
        # A name that all of its articles share with the code, where no row has the code itself.
        (WARRANTY, "QY-K15", ["手机"], "小家电；商品举例：电饭煲；整机：1 年"),
        # What names nothing of the table's, or nothing at all, rules no row out.
        (WARRANTY, "QY-B7", ["手机"], "手机；商品举例：QY-P12 系列；整机：1 年"),
        (WARRANTY, "", ["手机"], "手机；商品举例：QY-P12 系列；整机：1 年"),
        (TWINS, "QY-W10S", ["噪声"], "噪声（QY-W10S）：50 分贝"),
        (TWINS, "QY-W10", ["噪声"], "噪声（QY-W10）：52 分贝"),
        (TWINS, "", ["噪声"], "噪声；QY-W10：52 分贝；QY-W10S：50 分贝"),
    ],
)
def test_the_row_and_the_column_of_the_product_asked_about(
    article: Article, product: str, words: list[str], text: str
) -> None:
    (passage,) = content(article)
    question = Asked(asked().query, ProductsAsked(PRODUCTS, PRODUCTS.mentions(product)))
    assert compose(article, passage, [passage], about(passage, *words), question).text == text


def test_rows_that_nothing_tells_apart_are_all_given() -> None:
    cells = [("小", 1), ("中", 2), ("大", 3), ("特大", 4)]
    table = "| 码 | 价 |\n|---|---|\n" + "\n".join(f"| {name} | {price} 元 |" for name, price in cells)
    assert reply_of(make_article("s", body=table), 0, "元").text.count("\n") == 3
    many = table + "".join(f"\n| 第{n}种 | {n} 元 |" for n in range(5, 8))
    assert reply_of(make_article("s", body=many), 0, "元").text.count("\n") == 1


DISPATCH = (
    "16 点以前付款的当天发出，以付款的时间为准，与什么时候提交订单没有关系，也不看什么时候加入购物车。\n\n"
    "| 付款 | 发出 |\n|---|---|\n| 16 点以前 | 当天 |\n| 16 点以后 | 第二天 |\n\n"
    "周六、周日和节假日照常发出，春节停运的日子除外。直播渠道的订单发出另有时限，不按这张表。"
)


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        # The note below the table agrees as well as the section's first sentence.
        (["发出"], "16 点以前付款的当天发出"),
        (["发出", "时"], "16 点以前付款的当天发出"),
        (["直播渠道", "时限"], "直播渠道的订单发出另有时限"),
    ],
)
def test_what_a_section_says_first_is_said_where_the_question_chooses_nothing(words: list[str], begins: str) -> None:
    assert reply_of(make_article("d", body=DISPATCH), 0, *words).text.startswith(begins)
