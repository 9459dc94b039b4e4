"""The Assistant with learned weights: order, confidence, and why."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kb.assistant import Assistant, AssistantSettings
from kb.question import Question, Role, Turn
from kb.ranking_model import RankingModel
from tests.support.answers import articles, asked, still
from tests.support.articles import make_article
from tests.support.library import NOW, make_assistant, small_library
from tests.support.weights import make_model


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return make_assistant(small_library(), tmp_path_factory.mktemp("var"))


# 6 times the feature is the logarithm of 1 and the length: festival 17, return-new 14, refund and washer 12,
# coupon and invoice-jd 8.
LONGEST, SHORTEST = {"length": 6.0}, {"length": -6.0}


def learned(assistant: Assistant, model: RankingModel, threshold: float = 0.5) -> Assistant:
    """The same generation ranked by other weights."""
    settings = AssistantSettings(threshold=threshold, model=model)
    return Assistant(assistant.index, assistant._encoder, settings, clock=lambda: NOW)


@pytest.mark.parametrize(
    ("ranking", "expected"),
    [
        (LONGEST, ["festival", "return-new", "refund", "washer", "coupon", "invoice-jd"]),
        # The coupon's place is the promotion's that overrides it; equals keep the library's order.
        (SHORTEST, ["festival", "coupon", "invoice-jd", "refund", "washer", "return-new"]),
        (
            {"is_product": 1.0, "is_playbook": 2.0},
            ["refund", "washer", "festival", "coupon", "invoice-jd", "return-new"],
        ),
        # All equal: the library's order.
        ({}, ["festival", "coupon", "invoice-jd", "refund", "return-new", "washer"]),
    ],
)
def test_learned_weights_decide_the_order(assistant: Assistant, ranking: dict[str, float], expected: list[str]) -> None:
    assert articles(learned(assistant, make_model(ranking)).suggest(asked("手环"))) == expected


def test_the_learned_score_is_explained(assistant: Assistant) -> None:
    first = learned(assistant, make_model(LONGEST)).suggest(asked("手环", explain=True)).suggestions[0]
    assert first.why is not None
    assert first.why.scores["sum"] == pytest.approx(math.log(18), abs=1e-5)


def test_the_learned_confidence_by_hand(assistant: Assistant) -> None:
    model = make_model(LONGEST, {"lead": 10.0, "late": 0.25}, intercept=-1.0)
    first, second = learned(assistant, model).suggest(asked("运费", limit=2)).suggestions
    lead = math.log(18 / 15)
    assert first.confidence == pytest.approx(1 / (1 + math.exp(1 - 10 * lead)), abs=1e-5)
    # The only one that holds the word: late interaction is 1, and 10 times it a feature.
    assert second.confidence == pytest.approx(1 / (1 + math.exp(1 + 10 * lead - 2.5)), abs=1e-5)


def test_an_exception_makes_an_answer_no_less_sure(assistant: Assistant) -> None:
    model = make_model(SHORTEST, {"lead": 10.0, "lead_over_five": 5.0})
    upper, lower = learned(assistant, model).suggest(asked("手环", limit=2, channel="taobao")).suggestions
    assert (upper.source.article, lower.source.article) == ("festival", "coupon")
    lead = math.log(13 / 9)
    over_five = (2 * math.log(13) + math.log(15)) / 3 - math.log(9)
    expected = 1 / (1 + math.exp(-10 * lead - 5 * over_five))
    assert (upper.confidence, lower.confidence) == pytest.approx((expected, expected), abs=1e-5)


@pytest.mark.parametrize("ranking", [LONGEST, SHORTEST])
@pytest.mark.parametrize("limit", range(1, 7))
def test_the_learned_confidence_does_not_depend_on_the_limit(
    assistant: Assistant, ranking: dict[str, float], limit: int
) -> None:
    clever = learned(assistant, make_model(ranking, {"lead": 1.0, "lead_over_five": 1.0, "late": 0.1}))
    whole, cut = clever.suggest(asked("退货的运费")), clever.suggest(asked("退货的运费", limit=limit))
    assert cut.suggestions == whole.suggestions[:limit]
    assert cut.answerable == whole.answerable


def test_what_holds_for_some_channels_is_less_sure_where_none_is_known(assistant: Assistant) -> None:
    # The library names no other channel, and customers come from one more at least: 0.731 · 1 / 2.
    sure = learned(assistant, make_model(SHORTEST, intercept=1.0))
    answer = sure.suggest(asked("发票", explain=True))
    found = {one.source.article: one for one in answer.suggestions}
    assert found["invoice-jd"].confidence == pytest.approx(0.731 / 2, abs=1e-3)
    assert found["coupon"].confidence == pytest.approx(0.731, abs=1e-3)
    why = found["invoice-jd"].why
    assert why is not None
    assert why.notes[0] == "no channel is known, and it is for 50% of the library's: times that"
    for question in (asked("发票", channel="jd"), asked("京东的发票")):
        known = {one.source.article: one.confidence for one in sure.suggest(question).suggestions}
        assert known["invoice-jd"] == pytest.approx(0.731, abs=1e-3)


def test_what_is_lifted_over_a_rule_of_one_channel_is_no_surer_than_that(tmp_path: Path) -> None:
    base = make_article("base", "京东发票", "发票由京东开具。", channels=["jd"])
    upper = make_article("upper", "京东发票周", "发票当天开具。", channels=["jd"], overrides=["base"])
    sure = learned(make_assistant([base, upper], tmp_path), make_model(SHORTEST, intercept=1.0))
    first = sure.suggest(asked("发票")).suggestions[0]
    assert first.source.article == "upper"
    assert first.confidence == pytest.approx(0.731 / 2, abs=1e-3)
    first = sure.suggest(asked("发票", channel="jd")).suggestions[0]
    assert first.source.article == "upper"
    assert first.confidence == pytest.approx(0.731, abs=1e-3)


def test_an_agent_who_asks_for_the_channel_names_none(assistant: Assistant) -> None:
    sure = learned(assistant, make_model(SHORTEST, intercept=1.0))
    talk = (Turn(Role.CUSTOMER, "在吗"), Turn(Role.AGENT, "请问您是在京东还是抖音下单的呢？"))
    found = {one.source.article: one for one in sure.suggest(Question("发票", talk)).suggestions}
    assert found["invoice-jd"].confidence == pytest.approx(0.731 / 2, abs=1e-3)


@pytest.mark.parametrize(("threshold", "answerable"), [(0.7, True), (0.74, False)])
def test_the_threshold_is_of_the_learned_confidence(assistant: Assistant, threshold: float, answerable: bool) -> None:
    sure = make_model(LONGEST, intercept=1.0)  # 1 / (1 + 1 / e) = 0.731
    assert learned(assistant, sure, threshold).suggest(asked("手环")).answerable is answerable


def test_with_learned_weights_no_candidates_are_no_answer(tmp_path: Path) -> None:
    settings = AssistantSettings(model=make_model(LONGEST, intercept=9.0))
    answer = make_assistant([], tmp_path, settings).suggest(asked("运费"))
    assert (answer.suggestions, answer.answerable) == ((), False)


def test_threads_get_the_same_answers_by_learned_weights(assistant: Assistant) -> None:
    model = make_model({"late_z": 1.0, "body_share": 2.0, "title_share": 1.0}, {"lead": 1.0})
    questions = [asked(text) for text in ("退货的运费", "优惠", "发票", "快递丢件")] * 8
    with ThreadPoolExecutor(8) as pool:
        together = [still(a) for a in pool.map(learned(assistant, model).suggest, questions)]
    alone = learned(assistant, model)
    assert together == [still(alone.suggest(q)) for q in questions]
