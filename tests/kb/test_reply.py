from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from kb.article import Article
from kb.leg import Alignment
from kb.passage import Passage, PassageKind
from kb.reply import Reply, compose
from kb.splitter import split
from kb.suggestion import ReplyKind
from tests.support.articles import make_article

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


def reply_of(article: Article, number: int, *words: str) -> Reply:
    siblings = content(article)
    passage = siblings[number]
    reply = compose(article, passage, siblings, about(passage, *words) if words else NOTHING)
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
    assert reply_of(APPROVED, 0) == Reply("亲，{name}，满 59 元包邮哦。", ReplyKind.APPROVED)


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
    assert reply_of(first, 0, "8").text == "华东；首重：8 元"


def test_a_pipe_in_a_cell_is_no_border() -> None:
    article = make_article("t", body="| 键 | 值 |\n|---|---|\n| A | 1 |\n| B\\|C | 2 |")
    assert reply_of(article, 0, "C").text == "键：B|C；值：2"


def test_a_row_whose_cells_cannot_be_told_apart_is_given_as_it_stands() -> None:
    article = make_article("t", body="| 键 | 值 |\n|---|---|\n| A | 1 |\n| B \\| C | 2 |")
    assert reply_of(article, 0, "C") == Reply("B | C | 2", ReplyKind.TABLE, ((12, 21),))


def test_the_rows_of_a_table_that_was_split_have_its_header_too() -> None:
    rows = "\n".join(f"| 地区{n:03} | {n} 元，{'详' * 20} |" for n in range(60))
    article = make_article("t", body=f"| 地区 | 运费 |\n|---|---|\n{rows}")
    passages = content(article)
    assert len(passages) > 2
    number = next(n for n, p in enumerate(passages) if "地区059" in p.text)
    assert passages[number].lead
    assert reply_of(article, number, "地区059").text == f"地区：地区059；运费：59 元，{'详' * 20}"


def test_a_row_is_never_named_by_the_header_of_another_table() -> None:
    article = make_article(
        "t", body="| 地区 | 运费 |\n|---|---|\n| 华东 | 8 元 |\n\n| 重量 | 加价 |\n| :- | -: |\n| 5 公斤 | 3 元 |"
    )
    (passage,) = content(article)
    reply = reply_of(article, 0, "5 公斤")
    assert reply.kind is ReplyKind.SENTENCES
    assert "重量 | 加价\n5 公斤 | 3 元" in reply.text
    assert reply.text in passage.shown


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
