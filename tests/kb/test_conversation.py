from __future__ import annotations

import pytest

from kb.conversation import searched
from kb.question import Question, Role, Turn

CUSTOMER, AGENT = Role.CUSTOMER, Role.AGENT


@pytest.mark.parametrize(
    ("text", "history", "expected"),
    [
        ("多少钱", (), "多少钱"),
        (" 多少钱\n", (), "多少钱"),
        ("那大的那款呢", ((CUSTOMER, "1升的电饭煲多少钱"),), "1升的电饭煲多少钱\n那大的那款呢"),
        # The last customer's turn, not the agent's and not an older one.
        ("那大的呢", ((CUSTOMER, "电饭煲"), (AGENT, "199 元"), (CUSTOMER, "1升"), (AGENT, "有")), "1升\n那大的呢"),
        ("那大的呢", ((AGENT, "您好"),), "那大的呢"),
        # A turn without words is none.
        ("那大的呢", ((CUSTOMER, "电饭煲"), (CUSTOMER, " \n")), "电饭煲\n那大的呢"),
        ("那大的呢", ((CUSTOMER, ""),), "那大的呢"),
        # 16 characters are short, 17 are not.
        ("一二三四五六七八九十一二三四五六", ((CUSTOMER, "电饭煲"),), "电饭煲\n一二三四五六七八九十一二三四五六"),
        ("一二三四五六七八九十一二三四五六七", ((CUSTOMER, "电饭煲"),), "一二三四五六七八九十一二三四五六七"),
    ],
)
def test_searched(text: str, history: tuple[tuple[Role, str], ...], expected: str) -> None:
    question = Question(text, history=tuple(Turn(role, said) for role, said in history))
    assert searched(question) == expected


def test_a_long_turn_does_not_push_the_message_off_the_encoder() -> None:
    question = Question("那大的呢", history=(Turn(CUSTOMER, "啊" * 3990 + "电饭煲"),))
    assert searched(question) == "啊" * 197 + "电饭煲\n那大的呢"
