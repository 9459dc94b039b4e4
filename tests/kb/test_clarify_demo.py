"""The demo shop's vague messages, with the packaged model: each choice leads on, and to where it came from."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from indexer.model.prepare import PreparedModel
from indexer.workspace import Workspace
from kb.assistant import Assistant
from kb.clarify import Option
from kb.question import Context, Question
from kb.settings import load_settings
from kb.suggestion import Answer

AT = datetime.fromisoformat("2026-11-22T10:00:00+08:00")
VAGUE = """
不好用 有问题 怎么办 坏了 退 这个多少钱 怎么用 怎么还没到 不想要了 这个能退吗 优惠 有优惠吗 怎么退货 发票 尺码
面霜怎么用 洗衣机能洗羽绒服吗 电动牙刷续航多久 扫地机不工作了 W10有问题
"""
PRECISE = ["W10S 的噪声多大", "你们老板姓什么", "能寄到南极吗", "有季卡吗", "在吗", "地址写错了还能改吗"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def assistant(packaged_model: PreparedModel, test_var: Path) -> Assistant:
    workspace = Workspace(load_settings(library=ROOT / "articles", var=test_var))
    assert workspace.model.folder == packaged_model.folder
    return workspace.assistant()


def ask(assistant: Assistant, text: str, option: Option | None = None) -> Answer:
    said = Context(at=AT, product=option.product, channel=option.channel) if option else Context(at=AT)
    return assistant.suggest(Question(text, context=said))


def test_vague_messages_are_asked_back_and_every_choice_leads_on(assistant: Assistant) -> None:
    asked, reached, options = 0, 0, 0
    for message in VAGUE.split():
        first = ask(assistant, message)
        if first.clarify is None:
            continue
        asked += 1
        for option in first.clarify.options:
            then = ask(assistant, option.question, option)
            assert then.clarify != first.clarify, (message, option)
            options += 1
            found = [s.source for s in then.suggestions[:3]]
            products = {option.product} if option.product else set()
            reached += any(
                option.label in source.title
                or option.label in source.headings
                or products & set(assistant.index.articles[assistant.index.ordinal(source.article) or 0].products)
                for source in found
            )
    # One message or one option in ten may go astray when weights change; more is a fault.
    assert asked >= 16
    assert reached >= 0.9 * options


@pytest.mark.parametrize("message", PRECISE)
def test_precise_messages_are_not(assistant: Assistant, message: str) -> None:
    assert ask(assistant, message).clarify is None
