from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from kb.article import Article
from kb.assistant import Assistant
from kb.clarify import About, Candidate, Clarifier, Clarify, Option
from kb.index import Index
from kb.mention import ProductNames
from kb.question import Context, Question
from kb.ranking import Ranked
from kb.understanding import understand
from kb.vagueness import vagueness
from tests.support.articles import make_article
from tests.support.library import build_generation, make_assistant

BODY = "## 续航\n\n充满用 {} 天。\n\n## 防水\n\n能游泳。\n"


def library() -> list[Article]:
    return [
        make_article("b1", "手环 B1", BODY.format(7), "product", products=["QY-B1", "B1手环"]),
        make_article("b2", "手环 B2", BODY.format(9), "product", products=["QY-B2", "B2手环"]),
        make_article("all", "换新规则", "## 期限\n\n15 天。", "return-rule"),
        make_article("jd", "京东换新规则", "## 期限\n\n30 天。", "return-rule", channels=["jd"], overrides=["all"]),
        make_article("freight", "运费：谁付（2026 年起）", "运费由买家付。"),
        make_article("refund", "退款多久到账", "退款 3 天。", questions=["钱呢"]),
        make_article("steps", "运费争议", "运费争议先听。", "playbook", audience="internal"),
    ]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return build_generation(library(), tmp_path_factory.mktemp("var"))


def asked(
    index: Index, text: str, ranked: Sequence[tuple[str, int, *tuple[float, ...]]], context: Context | None = None
) -> Clarify | None:
    """The question back for articles, each with the place of its passage and how sure it is, best first.

    A fourth number is how likely it is for this customer.
    """
    context = context or Context()
    understood = understand(Question(text, context=context), ProductNames(index.articles))
    candidates = []
    for position, (name, place, *sure) in enumerate(ranked):
        number = index.ordinal(name)
        assert number is not None
        passage = index.passages_of(number)[place]
        candidates.append(Candidate(Ranked(number, passage, 0.0, {}, position), *sure))
    vague = vagueness(understood, context)
    return Clarifier(index, 0.7).clarify(understood, context, vague, candidates)


TWINS = [("b1", 0, 0.9), ("b2", 0, 0.85), ("freight", 0, 0.2)]


def test_twins_about_as_likely(index: Index) -> None:
    assert asked(index, "手环充一次电用几天", TWINS) == Clarify(
        About.PRODUCT,
        "请问是哪一款？",
        (
            Option("B1手环", "B1手环充一次电用几天", product="QY-B1"),
            Option("B2手环", "B2手环充一次电用几天", product="QY-B2"),
        ),
    )


def test_twins_are_not_asked_for_where_one_is_known_or_likelier_or_both_say_the_same(index: Index) -> None:
    assert asked(index, "QY-B1 手环充一次电用几天", TWINS) is None
    assert asked(index, "手环充一次电用几天", TWINS, Context(product="QY-B1")) is None
    # 0.9 is odds of 9, 0.7 of 2.3: less than a third.
    assert asked(index, "手环充一次电用几天", [("b1", 0, 0.9), ("b2", 0, 0.7)]) is None
    assert asked(index, "手环戴着能游泳洗澡吗", [("b1", 1, 0.9), ("b2", 1, 0.9)]) is None
    # A near miss: neither is half of the threshold.
    assert asked(index, "手环充一次电用几天", [("b1", 0, 0.34), ("b2", 0, 0.33)]) is None


def test_versions_for_channels(index: Index) -> None:
    versions = [("all", 0, 0.8), ("jd", 0, 0.4)]
    said = asked(index, "大家电多少天内可以换新", versions)
    assert said is not None
    assert (said.about, said.question) == (About.CHANNEL, "请问是在哪个渠道买的？")
    assert said.options == (
        Option("京东", "大家电多少天内可以换新", channel="jd"),
        Option("其他渠道", "大家电多少天内可以换新", channel="other"),
    )
    for option in said.options:
        assert asked(index, option.question, versions, Context(channel=option.channel)) is None
    assert asked(index, "京东的大家电多少天内可以换新", versions) is None


def test_for_whom_a_rule_of_one_channel_is(index: Index) -> None:
    # Sure of what it says, and not that it is for this customer.
    limited, other = ("jd", 0, 0.9, 0.5), ("freight", 0, 0.9)
    said = asked(index, "大家电多少天内可以换新", [limited, other])
    assert said is not None
    assert (said.about, [o.channel for o in said.options]) == (About.CHANNEL, ["jd", "other"])
    assert asked(index, "大家电多少天内可以换新", [limited]) == said
    assert asked(index, "大家电多少天内可以换新", [limited, other], Context(channel="jd")) is None
    assert asked(index, "京东的大家电多少天内可以换新", [("jd", 0, 0.9), other]) is None
    # Sure enough as it is; and no answer for anybody.
    assert asked(index, "大家电多少天内可以换新", [("jd", 0, 0.9, 0.8), other]) is None
    assert asked(index, "大家电多少天内可以换新", [("jd", 0, 0.6, 0.5), other]) is None


def test_for_whom_a_rule_is_offers_each_channel_that_has_one_before_elsewhere(tmp_path: Path) -> None:
    names = ["taobao", "jd", "douyin", "wechat"]
    wide = make_article("wide", "换新规则", "## 期限\n\n15 天。", channels=names)
    narrow = make_article("narrow", "电话订单", "## 改单\n\n能改。", channels=["phone"])
    found = [("wide", 0, 0.8, 0.6), ("narrow", 0, 0.1, 0.2)]
    said = asked(build_generation([wide, narrow], tmp_path), "大家电多少天内可以换新", found)
    assert said is not None
    assert [option.channel for option in said.options] == names


def test_versions_that_say_the_same_are_asked_for_where_none_is_sure(tmp_path: Path) -> None:
    same = [make_article(name, "发票", "## 发票\n\n3 天内开。", channels=[name]) for name in ("jd", "douyin")]
    found = [("jd", 0, 0.9, 0.5), ("douyin", 0, 0.9, 0.5)]
    said = asked(build_generation(same, tmp_path), "发票几天可以开出来", found)
    assert said is not None
    assert [option.channel for option in said.options] == ["jd", "douyin", "other"]


def test_a_message_that_names_nothing_chooses_among_what_customers_may_read(index: Index) -> None:
    said = asked(index, "怎么办", [("steps", 0, 0.8), ("freight", 0, 0.75), ("refund", 0, 0.6), ("b1", 0, 0.5)])
    assert said is not None
    assert (said.about, said.question) == (About.TOPIC, "请问是哪方面的问题？")
    assert said.options == (
        Option("运费", "运费：谁付"),
        Option("退款多久到账", "退款多久到账"),
        Option("B1手环", "B1手环 怎么办", product="QY-B1"),
    )


def test_an_option_must_hold_what_a_short_message_names(index: Index) -> None:
    found = [("freight", 0, 0.5), ("refund", 0, 0.45), ("b1", 0, 0.4), ("b2", 0, 0.4)]
    assert asked(index, "季卡", found) is None
    said = asked(index, "防水", [("freight", 0, 0.5), ("b1", 1, 0.4), ("b2", 1, 0.4)])
    assert said is not None
    assert (said.about, [o.question for o in said.options]) == (About.PRODUCT, ["B1手环 防水", "B2手环 防水"])


@pytest.mark.parametrize("text", ["你好", "在吗", "？", "😊", "运费", "钱呢", "手环洗澡的时候戴着能不能防水"])
def test_nothing_is_asked_back(index: Index, text: str) -> None:
    """A greeting, signs, an article's own name or question, and a message that says enough."""
    assert asked(index, text, [("freight", 0, 0.5), ("refund", 0, 0.45)]) is None


def test_of_options_labelled_alike_the_first_keeps_its_place(index: Index) -> None:
    found = [("b1", 0, 0.6), ("b2", 0, 0.55), ("b1", 1, 0.5)]
    said = asked(index, "怎么办", found)
    assert said is not None
    assert [option.label for option in said.options] == ["B1手环", "B2手环"]


def test_an_option_can_be_asked_however_long_the_message(index: Index) -> None:
    said = asked(index, "手环充一次电用几天" + "啊" * 1_991, TWINS)
    assert said is not None
    for option in said.options:
        assert Question(option.question).text.startswith("B")
    cut = asked(index, "充一次电用几天" + "啊" * 1_993, TWINS)
    assert cut is not None
    assert [len(option.question) for option in cut.options] == [2_000, 2_000]


def test_a_heading_that_names_its_product_is_asked_as_it_is(tmp_path: Path) -> None:
    body = "## B1手环 续航\n\n充满用 7 天。\n\n## 防水\n\n能游泳。\n"
    own = build_generation(
        [make_article("b1", "手环", body, "product", products=["B1手环"]), *library()[4:6]], tmp_path
    )
    said = asked(own, "B1手环 不好用", [("freight", 0, 0.5), ("b1", 0, 0.4)])
    assert said is not None
    assert [option.question for option in said.options] == ["B1手环 续航", "B1手环 防水"]


def test_a_clear_lead_is_an_answer(index: Index) -> None:
    assert asked(index, "怎么办", [("freight", 0, 0.97), ("refund", 0, 0.6)]) is None
    assert asked(index, "怎么办", [("freight", 0, 0.9), ("refund", 0, 0.6)]) is not None
    assert asked(index, "怎么办", [("freight", 0, 0.9)]) is None


def test_a_known_product_without_a_question_is_asked_for_its_sections(index: Index) -> None:
    found = [("freight", 0, 0.5), ("b1", 0, 0.4)]
    expected = (Option("续航", "B1手环 续航", product="QY-B1"), Option("防水", "B1手环 防水", product="QY-B1"))
    said = asked(index, "QY-B1 不好用", found)
    assert said is not None
    assert (said.about, said.options) == (About.TOPIC, expected)
    given = asked(index, "有问题", found, Context(product="QY-B1"))
    assert given is not None
    assert given.options == expected
    assert asked(index, "QY-B1 不好用", [("b1", 0, 0.9), ("b2", 0, 0.85)]) is None


def test_the_answer_carries_it_and_more_are_looked_at_than_shown(tmp_path: Path) -> None:
    assistant: Assistant = make_assistant(library(), tmp_path)
    answer = assistant.suggest(Question("怎么办", limit=1))
    assert len(answer.suggestions) == 1
    assert answer.clarify is not None
    assert 2 <= len(answer.clarify.options) <= 4
