from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from eval.desk import Desk
from eval.question_set import LabelledQuestion, Relevant
from kb.question import Context, Role, Turn
from tests.support.articles import make_article

LIBRARY = [
    make_article("general"),
    make_article("jd-rule", channels=["jd"]),
    make_article("shops", channels=["jd", "taobao"]),
    make_article("exception", channels=["douyin"], overrides=["general"]),
    make_article("band", products=["QY-B7", "手环"]),
    make_article("kettle", products=["QY-K1"]),
]
DESK = Desk(LIBRARY)


def labelled(text: str = "能退吗", *relevant: str, **given: Any) -> LabelledQuestion:  # noqa: ANN401
    named = tuple(map(Relevant, relevant))
    return replace(LabelledQuestion("q", text, relevant=named), **given)


def many(question: LabelledQuestion) -> list[Context]:
    return [DESK.sent(replace(question, id=f"q{n}")).context for n in range(200)]


def test_every_question_gets_a_channel_and_every_other_one_a_product() -> None:
    sent = many(labelled())
    assert set(Counter(context.channel for context in sent)) == {"douyin", "jd", "taobao"}
    products = Counter(context.product for context in sent)
    assert set(products) == {None, "QY-B7", "QY-K1"}
    assert 70 < products[None] < 130


@pytest.mark.parametrize(
    ("relevant", "channels"),
    [
        (["jd-rule"], {"jd"}),
        (["shops"], {"jd", "taobao"}),
        (["shops", "jd-rule"], {"jd"}),
        # At this channel another article stands above it.
        (["general"], {"jd", "taobao"}),
    ],
)
def test_a_channel_for_which_the_labels_hold(relevant: list[str], channels: set[str]) -> None:
    assert {context.channel for context in many(labelled("能退吗", *relevant))} == channels


def test_a_products_own_article_is_asked_from_its_page() -> None:
    assert {context.product for context in many(labelled("防水吗", "band"))} == {None, "QY-B7", "手环"}


def test_what_a_question_says_itself_stays() -> None:
    given = Context(channel="douyin", product="QY-K1")
    assert set(many(labelled(context=given))) == {given}
    assert {context.channel for context in many(labelled("抖音上买的能退吗"))} == {None}
    assert {context.product for context in many(labelled("QY-B7能退吗"))} == {None}
    talk = (Turn(Role.CUSTOMER, "看看手环"),)
    assert {context.product for context in many(labelled(history=talk))} == {None}


def test_the_same_question_is_sent_alike_and_nothing_else_of_it_changes() -> None:
    question = labelled("能退吗", "general", tags=("short",), answer_contains=("七天",))
    sent = DESK.sent(question)
    assert sent == DESK.sent(question)
    assert replace(sent, context=question.context) == question


def test_a_library_without_channels_and_products_gives_none() -> None:
    question = labelled("能退吗", "a")
    assert Desk([make_article("a")]).sent(question) == question
