"""What the Assistant does with dates: said in the talk, changes of a rule, articles that begin soon."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kb.assistant import Assistant, AssistantSettings
from kb.moment import parse_moment
from kb.question import Context, Question, Role, Turn
from kb.suggestion import Answer
from tests.support.articles import ZONE, make_article
from tests.support.library import make_assistant

ARTICLES = [
    make_article("return-old", "退货规则", "退货的运费最多补 12 元。", "return-rule"),
    make_article(
        "return-new",
        "新的退货规则",
        "退货的运费最多补 25 元。",
        "return-rule",
        supersedes="return-old",
        effective_from="2026-11-01",
    ),
    make_article("coupon", "优惠说明", "优惠券不能叠加。"),
    make_article(
        "festival",
        "满减",
        "手环满 200 减 30。",
        "promotion",
        overrides=["coupon"],
        effective_from="2026-12-10T20:00:00+08:00",
    ),
    make_article(
        "festival-jd", "京东满减", "手环满 200 减 40。", "promotion", channels=["jd"], effective_from="2026-12-10"
    ),
    make_article("over", "旧满减", "手环满 200 减 10。", "promotion", effective_until="2026-11-20"),
]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return make_assistant(ARTICLES, tmp_path_factory.mktemp("var"))


def ask(assistant: Assistant, text: str, *turns: str, at: str = "2026-11-22T10:00:00+08:00", **context: str) -> Answer:
    said = {k: parse_moment(v, ZONE) if k == "as_of" else v for k, v in context.items()}
    history = tuple(Turn(Role.CUSTOMER, turn) for turn in turns)
    whole = Context(at=datetime.fromisoformat(at), **said)  # type: ignore[arg-type]
    return assistant.suggest(Question(text, history, whole))


def articles(answer: Answer) -> list[str]:
    return [s.source.article for s in answer.suggestions]


@pytest.mark.parametrize(
    ("text", "turns", "first", "note"),
    [
        ("10月28号买的，退货的运费", (), "return-old", "按 2026-10-28 下单时的规则；11-01 起改为《新的退货规则》"),
        ("退货的运费", ("我10月28号买的",), "return-old", "按 2026-10-28 下单时的规则；11-01 起改为《新的退货规则》"),
        ("昨天买的，退货的运费", ("我10月28号买的",), "return-new", "按 2026-11-21 下单时的规则"),
        ("10月28号收到的，退货的运费", (), "return-new", "2026-11-01 00:00 起有效"),
        ("退货的运费", (), "return-new", "2026-11-01 00:00 起有效"),
    ],
)
def test_a_date_said_decides_which_rule_answers(
    assistant: Assistant, text: str, turns: tuple[str, ...], first: str, note: str
) -> None:
    answer = ask(assistant, text, *turns)
    assert articles(answer)[0] == first
    assert not {"return-old", "return-new"} - {first} & set(articles(answer))
    period = answer.suggestions[0].period
    assert period is not None
    assert period.note == note


def test_the_context_goes_before_what_is_said(assistant: Assistant) -> None:
    answer = ask(assistant, "10月28号买的，退货的运费", as_of="2026-11-05")
    assert articles(answer)[0] == "return-new"
    period = answer.suggestions[0].period
    assert period is not None
    assert (period.as_of, period.said) == (datetime.fromisoformat("2026-11-05T00:00:00+08:00"), None)


def test_days_are_those_of_the_shops_zone(tmp_path: Path) -> None:
    # 01:00 in Shanghai on 2 November is 17:00 in London on the 1st: yesterday there is 31 October.
    for zone, first in (("Asia/Shanghai", "return-new"), ("Europe/London", "return-old")):
        there = make_assistant(ARTICLES, tmp_path / first, AssistantSettings(zone=ZoneInfo(zone)))
        assert articles(ask(there, "昨天买的，退货的运费", at="2026-11-02T01:00:00+08:00"))[0] == first


NEAR = "2026-12-09T10:00:00+08:00"


def test_what_begins_soon_is_offered_beside_where_nothing_answers(assistant: Assistant) -> None:
    answer = ask(assistant, "手环满减", at=NEAR, channel="taobao")
    assert not answer.answerable
    (soon,) = answer.upcoming
    assert (soon.rank, soon.source.article) == (1, "festival")
    assert soon.period is not None
    assert soon.period.note == "2026-12-10 20:00 起生效"
    assert "festival" not in articles(answer)
    assert "over" not in [*articles(answer), soon.source.article]


def test_it_changes_nothing_of_the_suggestions(assistant: Assistant, tmp_path: Path) -> None:
    without = make_assistant(ARTICLES, tmp_path, AssistantSettings(soon=timedelta()))
    for text in ("手环满减", "优惠券", "退货的运费", "你们几点上班"):
        there, here = ask(without, text, at=NEAR), ask(assistant, text, at=NEAR)
        assert here.suggestions == there.suggestions
        assert (here.answerable, there.upcoming) == (there.answerable, ())


@pytest.mark.parametrize(
    ("at", "context"),
    [
        ("2026-12-07T23:59:59+08:00", {}),  # too early
        ("2026-12-10T20:00:00+08:00", {}),  # in force
        (NEAR, {"as_of": "2026-11-22"}),  # an order of the past
    ],
)
def test_else_it_is_not_offered(assistant: Assistant, at: str, context: dict[str, str]) -> None:
    assert ask(assistant, "手环满减", at=at, channel="taobao", **context).upcoming == ()


def test_where_something_in_force_answers_nothing_to_come_is_offered(assistant: Assistant) -> None:
    answer = ask(assistant, "退货的运费", at=NEAR)
    assert (answer.answerable, answer.upcoming) == (True, ())


def test_what_does_not_answer_is_not_offered_for_coming_soon(assistant: Assistant) -> None:
    answer = ask(assistant, "你们几点上班", at=NEAR)
    assert (answer.answerable, answer.upcoming) == (False, ())


def test_at_most_two_and_by_channel(assistant: Assistant) -> None:
    assert [s.source.article for s in ask(assistant, "手环满减", at=NEAR, channel="jd").upcoming][:1] == ["festival"]
    assert {s.source.article for s in ask(assistant, "手环满减", at=NEAR).upcoming} == {"festival", "festival-jd"}


def test_the_settings_that_decide_are_in_the_hash() -> None:
    plain = AssistantSettings()
    assert replace(plain, soon=timedelta(hours=48), zone=ZoneInfo("Asia/Shanghai")).config == plain.config
    others = [replace(plain, soon=timedelta()), replace(plain, zone=ZoneInfo("UTC"))]
    assert len({plain.config, *(other.config for other in others)}) == 3
