from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kb.article import Article, Kind
from kb.encoder import Floats
from kb.features import FEATURES, FeatureReader, standardise
from kb.mention import ProductNames
from kb.passage import Passage, PassageKind
from kb.question import Context, Question, Role, Turn
from kb.understanding import understand
from kb.validity import Validity
from tests.support.articles import make_article
from tests.support.fake_index import FakeIndex, FakeLate
from tests.support.library import make_assistant, small_library

LEGS = ("dense", "late", "chars", "words", "sounds")
B7, K15 = make_article("b7", products=["QY-B7"]), make_article("k15", products=["QY-K15"])
Z = math.sqrt(1.5)  # of 1, 2, 3: mean 2, deviation sqrt(2/3)


def passage(article: str = "a", **fields: Any) -> Passage:  # noqa: ANN401
    said: dict[str, Any] = {
        "ordinal": 0,
        "kind": PassageKind.TEXT,
        "title": "标题",
        "headings": (),
        "text": "正文",
        "lines": (1, 1),
    }
    return Passage(article, **(said | fields))


def index_of(articles: Sequence[Article], passages: Sequence[Passage]) -> FakeIndex:
    """An index whose legs are never asked."""
    names = [a.id for a in articles]
    return FakeIndex(
        articles,
        passages,
        np.array([names.index(p.article) for p in passages], dtype=np.int64),
        [],
        FakeLate(np.zeros(len(passages), np.float32)),
        {},
        Validity(articles),
    )


def read(
    index: FakeIndex,
    ordinals: Sequence[int],
    scores: Mapping[str, Sequence[float]] | None = None,
    question: Question | None = None,
) -> Floats:
    """The features of these passages; a leg that is not named scores all 0."""
    question = question or Question("问题")
    given = {leg: [0.0] * len(ordinals) for leg in LEGS} | dict(scores or {})
    return FeatureReader(index).read(
        np.array(ordinals, dtype=np.int64),
        {leg: np.array(s, dtype=np.float32) for leg, s in given.items()},
        understand(question, ProductNames(index.articles)),
        question.context,
    )


def column(features: Floats, name: str) -> list[float]:
    return [float(value) for value in features[:, FEATURES.index(name)]]


def of_one(
    name: str,
    message: str,
    article: Mapping[str, Any],
    own: Mapping[str, Any],
    context: Context,
    talk: Sequence[str] = (),
) -> float:
    """One feature of the one passage `own` of `article`, in a library that has the B7 and the K15 too."""
    index = index_of([make_article("a", **article), B7, K15], [passage(**own)])
    question = Question(message, tuple(Turn(Role.CUSTOMER, said) for said in talk), context)
    return column(read(index, [0], question=question), name)[0]


# Of three passages, what the legs scored and the feature that comes of it.
SCORED: list[tuple[str, dict[str, list[float]], list[float]]] = [
    *((f"{score}_z", {score: [1.0, 2.0, 3.0]}, [-Z, 0.0, Z]) for score in (*LEGS, "weak")),
    *((f"{score}_z", {score: [0.1, 0.1, 0.1]}, [0.0, 0.0, 0.0]) for score in (*LEGS, "weak")),
    ("dense_gap", {"dense": [0.9, 0.85, 0.95]}, [-1, -2, 0]),
    ("late_gap", {"late": [0.9, 0.85, 0.95]}, [-1, -2, 0]),
    ("weak_gap", {"weak": [0.9, 0.85, 0.95]}, [-1, -2, 0]),
    # It is no leg of its own, but a second reading of late interaction.
    ("firsts", {"late": [1, 2, 0], "weak": [2, 1, 0]}, [0, 0.2, 0]),
    # The distance is to the best of the pool, wherever that lies.
    ("dense_gap", {"dense": [-0.1, -0.2, -0.15]}, [0, -2, -1]),
    ("late_gap", {"late": [0.5, 0.5, 0.5]}, [0, 0, 0]),
    ("chars_part", {"chars": [2, 4, 0]}, [0.5, 1, 0]),
    ("words_part", {"words": [2, 8, 0]}, [0.25, 1, 0]),
    ("sounds_part", {"sounds": [3, 3, 0]}, [1, 1, 0]),
    ("chars_part", {"chars": [0, 0, 0]}, [0, 0, 0]),
    # One leg of five has its best here, two there; words found none and has no best.
    ("firsts", {"dense": [3, 1, 2], "late": [1, 2, 0], "chars": [0, 9, 0], "sounds": [0, 0, 1]}, [0.2, 0.4, 0.2]),
    # Of equals the first of the library.
    ("firsts", {"dense": [1, 1, 1]}, [0.2, 0, 0]),
    ("firsts", {}, [0, 0, 0]),
]


@pytest.mark.parametrize(("name", "scores", "expected"), SCORED)
def test_of_scores(name: str, scores: dict[str, list[float]], expected: list[float]) -> None:
    index = index_of([make_article("a")], [passage(ordinal=n) for n in range(3)])
    assert column(read(index, [0, 1, 2], scores), name) == pytest.approx(expected, abs=1e-4)


NO: dict[str, Any] = {}
ANY = Context()
# 退货的运费 has the pairs 退货, 货的, 的运 and 运费.
FREIGHT = "退货的运费"
OF_PASSAGE: list[tuple[str, str, dict[str, Any], dict[str, Any], Context, float]] = [
    ("is_question", "问", NO, {"kind": PassageKind.QUESTION}, ANY, 1),
    ("is_question", "问", NO, {"kind": PassageKind.ANSWER}, ANY, 0),
    ("is_reply", "问", NO, {"kind": PassageKind.REPLY}, ANY, 1),
    ("is_reply", "问", NO, NO, ANY, 0),
    ("is_table", "问", NO, {"kind": PassageKind.TABLE}, ANY, 1),
    ("is_table", "问", NO, {"kind": PassageKind.PROCEDURE}, ANY, 0),
    ("length", "问", NO, {"text": "五个字的文"}, ANY, math.log(6) / 6),
    ("length", "问", NO, {"text": "五个字的文", "lead": "头"}, ANY, math.log(8) / 6),
    ("length", "问", NO, {"text": "文" * 5000}, ANY, math.log(5001) / 6),
    ("later", "问", NO, {"ordinal": 0}, ANY, 0),
    ("later", "问", NO, {"ordinal": 3}, ANY, 0.3),
    ("later", "问", NO, {"ordinal": 10}, ANY, 1),
    ("later", "问", NO, {"ordinal": 25}, ANY, 1),
    ("is_introduction", "问", NO, {"headings": ()}, ANY, 1),
    ("is_introduction", "问", NO, {"headings": ("运费",)}, ANY, 0),
    ("is_nested", "问", NO, {"headings": ("运费", "新疆")}, ANY, 1),
    ("is_nested", "问", NO, {"headings": ("运费",)}, ANY, 0),
    ("heading_share", FREIGHT, NO, {"headings": ("运费", "退货")}, ANY, 0.5),
    ("heading_share", FREIGHT, NO, {"headings": ("關於退貨的運費",)}, ANY, 1),
    # The title is no heading, and two headings are not read as one word.
    ("heading_share", FREIGHT, NO, {"title": FREIGHT}, ANY, 0),
    ("heading_share", "退货", NO, {"headings": ("退", "货")}, ANY, 0),
    ("body_share", FREIGHT, NO, {"text": "退货要运费"}, ANY, 0.5),
    ("body_share", FREIGHT, NO, {"text": "无关"}, ANY, 0),
    # Title, headings and lead are searched with the text.
    ("body_share", FREIGHT, NO, {"title": "退货", "headings": ("货的",), "lead": "的运", "text": "运费"}, ANY, 1),
    ("body_share", "QY-W10", NO, {"text": "ＱＹ－Ｗ１０"}, ANY, 1),
    ("body_share", "！", NO, {"text": "！"}, ANY, 0),
    ("code_here", "E08和W10", NO, {"text": "E08 表示漏水"}, ANY, 0.5),
    ("code_here", "E08和W10", {"products": ["QY-W10"]}, {"text": "E08 表示漏水"}, ANY, 1),
    ("code_here", "qy-w10", NO, {"text": "QY-W10 容量"}, ANY, 1),
    ("code_here", "E-08", NO, {"headings": ("e08",)}, ANY, 1),
    ("code_here", "漏水", NO, {"text": "E08 表示漏水"}, ANY, 0),
    ("code_missing", "E08和W10", NO, {"text": "E08 表示漏水"}, ANY, 0),
    ("code_missing", "E08和W10", NO, {"text": "E18 表示缺水"}, ANY, 1),
    ("code_missing", "缺水", NO, {"text": "漏水"}, ANY, 0),
]
OF_ARTICLE: list[tuple[str, str, dict[str, Any], dict[str, Any], Context, float]] = [
    ("question_same", "能退吗", {"questions": ["能换吗", "能退吗"]}, NO, ANY, 1),
    ("question_same", "您好，能退嗎", {"questions": ["能退吗"]}, NO, ANY, 1),
    ("question_same", "能退么", {"questions": ["能退吗"]}, NO, ANY, 0),
    ("question_same", "能退吗", NO, NO, ANY, 0),
    # {退货} and {退货, 货吗}: one of two.
    ("not_question", "退货", {"not_questions": ["电饭煲", "退货吗"]}, NO, ANY, 0.5),
    ("not_question", "退货", {"not_questions": ["退貨"]}, NO, ANY, 1),
    ("not_question", "退货", {"not_questions": ["电饭煲"]}, NO, ANY, 0),
    ("not_question", "退货", NO, NO, ANY, 0),
    ("not_question", "！", {"not_questions": ["？"]}, NO, ANY, 0),
    ("title_share", FREIGHT, {"title": "退货运费"}, NO, ANY, 0.5),
    ("title_share", FREIGHT, {"title": "发票"}, NO, ANY, 0),
    ("title_share", "！", {"title": "退货运费"}, NO, ANY, 0),
    ("keyword", "包邮吗", {"keywords": ["运费", "包邮"]}, NO, ANY, 1),
    ("keyword", "我是vip", {"keywords": ["ＶＩＰ"]}, NO, ANY, 1),
    ("keyword", "邮费多少", {"keywords": ["包邮"]}, NO, ANY, 0),
    # One character alone says little.
    ("keyword", "包邮吗", {"keywords": ["邮"]}, NO, ANY, 0),
    ("keyword", "包邮吗", NO, NO, ANY, 0),
    ("product_named", "QY-B7防水吗", {"products": ["QY-B7"]}, NO, ANY, 1),
    ("product_named", "QY-B7防水吗", {"products": ["QY-B7", "QY-K15"]}, NO, ANY, 1),
    ("product_named", "QY-K15防水吗", {"products": ["QY-B7"]}, NO, ANY, -1),
    ("product_named", "QY-K15和QY-B7", {"products": ["QY-B7"]}, NO, ANY, 1),
    ("product_named", "QY-B7防水吗", NO, NO, ANY, 0),
    ("product_named", "防水吗", {"products": ["QY-B7"]}, NO, ANY, 0),
    ("product_given", "问", {"products": ["QY-B7"]}, NO, Context(product="qy b7"), 1),
    ("product_given", "问", {"products": ["QY-B7"]}, NO, ANY, 0),
    ("product_given", "问", NO, NO, Context(product="qy b7"), 0),
    ("channel_own", "问", {"channels": ["jd"]}, NO, Context(channel="jd"), 1),
    ("channel_own", "问", {"channels": ["jd"]}, NO, ANY, 0),
    ("channel_own", "问", NO, NO, Context(channel="jd"), 0),
    # The library names no other channel, and customers come from one more at least.
    ("channel_unasked", "发票怎么开", {"channels": ["jd", "douyin"]}, NO, ANY, 1 / 3),
    ("channel_unasked", "JD发票怎么开", {"channels": ["jd", "douyin"]}, NO, ANY, 0),
    ("channel_unasked", "douyin 发票", {"channels": ["jd", "douyin"]}, NO, ANY, 0),
    ("channel_unasked", "douyin的发票", {"channels": ["jd", "douyin"]}, NO, ANY, 0),
    ("channel_unasked", "京东的发票", {"channels": ["jd", "douyin"]}, NO, ANY, 0),
    ("channel_unasked", "taobao的发票", {"channels": ["jd", "douyin"]}, NO, ANY, 1 / 3),
    ("channel_unasked", "不是京东买的，发票怎么开", {"channels": ["jd"]}, NO, ANY, 1 / 2),
    ("channel_unasked", "发票发京东快递吗", {"channels": ["jd"]}, NO, ANY, 1 / 2),
    ("channel_unasked", "能用微信支付吗", {"channels": ["wechat"]}, NO, ANY, 1 / 2),
    ("channel_unasked", "狗东的发票", {"channels": ["JD"]}, NO, ANY, 0),
    ("channel_unasked", "换个电话", {"channels": ["phone"]}, NO, ANY, 1 / 2),
    ("channel_unasked", "发票", {"channels": ["jd"]}, NO, Context(channel="jd"), 0),
    ("channel_unasked", "发票", NO, NO, ANY, 0),
    ("is_promotion", "问", {"kind": "promotion"}, NO, ANY, 1),
    ("is_promotion", "问", {"kind": "policy"}, NO, ANY, 0),
    ("is_playbook", "问", {"kind": "playbook"}, NO, ANY, 1),
    ("is_playbook", "问", {"kind": "policy", "audience": "internal"}, NO, ANY, 1),
    ("is_playbook", "问", {"kind": "policy"}, NO, ANY, 0),
    ("is_phrase", "问", {"kind": "phrase"}, NO, ANY, 1),
    ("is_phrase", "问", {"kind": "playbook"}, NO, ANY, 0),
    ("is_product", "问", {"kind": "product"}, NO, ANY, 1),
    ("is_product", "问", {"kind": "return-rule"}, NO, ANY, 0),
]


@pytest.mark.parametrize(("name", "message", "article", "own", "context", "expected"), [*OF_PASSAGE, *OF_ARTICLE])
def test_of_passage_and_article(
    name: str, message: str, article: dict[str, Any], own: dict[str, Any], context: Context, expected: float
) -> None:
    assert of_one(name, message, article, own, context) == pytest.approx(expected, abs=1e-6)


TALKED: list[tuple[str, list[str], dict[str, Any], float]] = [
    ("防水吗", ["QY-B7多少钱"], {"products": ["QY-B7"]}, 1),
    ("防水吗", ["QY-K15多少钱"], {"products": ["QY-B7"]}, -1),
    ("防水吗", ["QY-B7多少钱"], NO, 0),
    ("防水吗", ["多少钱"], {"products": ["QY-B7"]}, 0),
    ("防水吗", [], {"products": ["QY-B7"]}, 0),
    # What the message names itself is its subject, and the talk counts no more.
    ("QY-K15防水吗", ["QY-B7多少钱"], {"products": ["QY-B7"]}, 0),
]


@pytest.mark.parametrize(("message", "talk", "article", "expected"), TALKED)
def test_of_the_talk(message: str, talk: list[str], article: dict[str, Any], expected: float) -> None:
    assert of_one("product_talked", message, article, {}, ANY, talk) == expected


def test_what_the_talk_adds_is_compared_with_the_passage_but_not_with_keywords() -> None:
    assert of_one("body_share", "防水吗", NO, {"text": "手环"}, ANY, ["手环"]) == pytest.approx(1 / 3)
    assert of_one("keyword", "防水吗", {"keywords": ["手环"]}, NO, ANY, ["手环"]) == 0
    assert of_one("channel_unasked", "怎么开", {"channels": ["jd"]}, NO, ANY, ["jd发票"]) == 0


def test_the_share_of_the_channels_that_an_article_is_not_for() -> None:
    limited = [make_article("a", channels=["jd"]), make_article("b", channels=["JD", "douyin", "wechat", "phone"])]
    index = index_of([*limited, make_article("c")], [passage(text="一"), passage("b", text="二"), passage("c")])
    assert column(read(index, [0, 1, 2]), "channel_unasked") == pytest.approx([0.75, 0.2, 0])


def test_every_feature_has_a_case_that_is_not_nought() -> None:
    by_hand = {name for name, _, expected in SCORED if any(expected)}
    by_hand |= {case[0] for case in [*OF_PASSAGE, *OF_ARTICLE] if case[-1]}
    assert by_hand | {"product_talked"} == set(FEATURES)
    assert len(FEATURES) == len(set(FEATURES))


def test_what_an_article_is_made_for_counts_as_far_as_it_is_about_what_is_asked() -> None:
    made = make_article("a", channels=["jd"], products=["QY-B7"])
    index = index_of([made], [passage(text=str(n), ordinal=n) for n in range(3)])
    # The best, one that lies half as far below it as nothing counts, and one that lies farther.
    question = Question("问题", context=Context(channel="jd", product="QY-B7"))
    features = read(index, [0, 1, 2], {"late": [0.5, 0.425, 0.2]}, question)
    assert column(features, "channel_own") == pytest.approx([1, 0.5, 0])
    assert column(features, "product_given") == pytest.approx([1, 0.5, 0])


def test_a_row_for_each_passage_in_the_order_asked() -> None:
    index = index_of([make_article("a"), B7], [passage(text="一"), passage(text="一二三", ordinal=1), passage("b7")])
    features = read(index, [2, 0, 1], {"dense": [3, 1, 2]})
    assert features.shape == (3, len(FEATURES))
    assert features.dtype == np.float32
    assert column(features, "later") == pytest.approx([0, 0, 0.1])
    assert column(features, "length") == pytest.approx([math.log(n) / 6 for n in (3, 2, 4)])
    assert column(features, "dense_z") == pytest.approx([Z, -Z, 0])


def test_an_empty_pool() -> None:
    features = read(index_of([], []), [])
    assert features.shape == (0, len(FEATURES))
    assert features.dtype == np.float32


def test_a_single_candidate_stands_out_in_nothing() -> None:
    index = index_of([make_article("a")], [passage()])
    features = read(index, [0], {leg: [0.7] for leg in LEGS})
    assert [column(features, f"{leg}_z") for leg in LEGS] == [[0]] * 5
    assert column(features, "late_gap") == [0]
    assert column(features, "firsts") == [pytest.approx(1)]


def test_a_leg_that_the_index_does_not_have_counts_as_nothing_found() -> None:
    index = index_of([make_article("a")], [passage(), passage(ordinal=1)])
    understood = understand(Question("问题"), ProductNames([]))
    features = FeatureReader(index).read(
        np.array([0, 1]), {"late": np.array([0.5, 0.7], np.float32)}, understood, Context()
    )
    for name in ("dense_z", "dense_gap", "chars_z", "chars_part", "sounds_part"):
        assert column(features, name) == [0, 0]
    assert column(features, "late_gap") == pytest.approx([-4, 0], abs=1e-5)


def test_a_reader_gives_the_same_the_second_time() -> None:
    index = index_of([make_article("a", keywords=["包邮"]), K15], [passage(text="包邮"), passage("k15", text="包邮")])
    reader, names = FeatureReader(index), ProductNames(index.articles)
    scores = {leg: np.array([0.2, 0.4], np.float32) for leg in LEGS}

    def once(text: str) -> list[list[float]]:
        rows: list[list[float]] = reader.read(np.array([0, 1]), scores, understand(Question(text), names), ANY).tolist()
        return rows

    first = once("包邮吗")
    other = once("QY-K15 保修")
    assert once("包邮吗") == first
    assert other != first


def test_what_is_kept_of_one_pool_serves_another() -> None:
    articles = [make_article("a", kind=Kind.PROMOTION), make_article("b", kind=Kind.PRODUCT)]
    passages = [passage(text="包邮"), passage("b", kind=PassageKind.TABLE), passage("b", ordinal=5)]
    reader, understood = FeatureReader(index_of(articles, passages)), understand(Question("包邮"), ProductNames([]))

    def of(*ordinals: int) -> Floats:
        return reader.read(np.array(ordinals), {}, understood, ANY)

    assert column(of(0, 1), "is_promotion") == [1, 0]
    assert column(of(0, 1), "is_table") == [0, 1]
    every = of(0, 1, 2)
    assert column(every, "is_product") == [0, 1, 1]
    assert column(every, "is_table") == [0, 1, 0]
    assert column(every, "later") == pytest.approx([0, 0, 0.5])
    assert column(every, "body_share") == [1, 0, 0]


def test_in_a_whole_library(tmp_path: Path) -> None:
    assistant = make_assistant(small_library(), tmp_path)
    considered, index = assistant.consider(Question("优惠券能叠加吗")), assistant.index
    found = [index.articles[a].id for a in index.article_of[considered.pool.ordinals]]
    rows = dict(zip(found, considered.features, strict=True))
    at = FEATURES.index
    assert rows["festival"][at("is_promotion")] == 1
    assert rows["coupon"][at("is_promotion")] == 0
    # 优惠, 惠券, 能叠 and 叠加 of 优惠, 惠券, 券能, 能叠, 叠加 and 加吗 stand in 优惠券不能叠加。
    assert rows["coupon"][at("body_share")] == pytest.approx(4 / 6)
    assert rows["festival"][at("body_share")] == pytest.approx(1 / 6)
    assert rows["coupon"][at("title_share")] == pytest.approx(1 / 6)
    # Both hold the one word that the toy encoder knows.
    assert rows["coupon"][at("late_gap")] == rows["festival"][at("late_gap")] == 0


@pytest.mark.parametrize(
    ("scores", "expected"), [([1, 2, 3], [-Z, 0, Z]), ([], []), ([7], [0]), ([0.1] * 97, [0] * 97), ([-1, 1], [-1, 1])]
)
def test_standardise(scores: list[float], expected: list[float]) -> None:
    found = standardise(np.array(scores, np.float32))
    assert found.dtype == np.float32
    assert found.tolist() == pytest.approx(expected)
