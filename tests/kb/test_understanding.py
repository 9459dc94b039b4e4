from __future__ import annotations

import pytest

from kb.mention import ProductNames
from kb.question import Question, Role, Turn
from kb.understanding import understand
from tests.support.articles import make_article

CUSTOMER, AGENT = Role.CUSTOMER, Role.AGENT
NAMES = ProductNames(
    [
        make_article("b7", products=["QY-B7"]),
        make_article("k15", products=["QY-K15", "电饭煲"]),
        make_article("w10", products=["QY-W10"]),
    ]
)
Talk = tuple[tuple[Role, str], ...]


def question(text: str, talk: Talk = ()) -> Question:
    return Question(text, history=tuple(Turn(role, said) for role, said in talk))


@pytest.mark.parametrize(
    ("text", "talk", "message", "searched"),
    [
        ("亲，在吗？防水吗😭", (), "防水吗", "防水吗"),
        ("您好 防水吗", ((CUSTOMER, "你好 手环多少钱"), (AGENT, "199 元")), "防水吗", "手环多少钱\n防水吗"),
        # A long message is searched for alone.
        (
            "我想知道这款新的手环能不能戴着游泳呢",
            ((CUSTOMER, "电饭煲"),),
            *["我想知道这款新的手环能不能戴着游泳呢"] * 2,
        ),
    ],
)
def test_message_and_what_is_searched(text: str, talk: Talk, message: str, searched: str) -> None:
    understood = understand(question(text, talk), NAMES)
    assert (understood.message, understood.searched) == (message, searched)


@pytest.mark.parametrize(
    ("text", "talk", "named", "talked_about"),
    [
        ("B7防水吗", (), ["b7"], []),
        ("防水吗", (), [], []),
        ("防水吗", ((CUSTOMER, "B7多少钱"),), [], ["b7"]),
        # The latest turn that names any, of whole turns, not the names of several.
        ("防水吗", ((CUSTOMER, "K15和W10"), (CUSTOMER, "B7呢"), (CUSTOMER, "好的")), [], ["b7"]),
        ("防水吗", ((CUSTOMER, "B7呢"), (CUSTOMER, "K15和W10")), [], ["k15", "w10"]),
        # What the customer named counts before what the agent named later.
        ("防水吗", ((CUSTOMER, "B7呢"), (AGENT, "推荐您看看K15")), [], ["b7"]),
        ("防水吗", ((CUSTOMER, "你好"), (AGENT, "B7吗"), (AGENT, "还是K15")), [], ["k15"]),
        # The talk is read whether or not the message names one too.
        ("K15呢", ((CUSTOMER, "B7多少钱"),), ["k15"], ["b7"]),
        ("电饭煲呢", (), ["电饭煲"], []),
    ],
)
def test_products(text: str, talk: Talk, named: list[str], talked_about: list[str]) -> None:
    understood = understand(question(text, talk), NAMES)
    assert [m.alias for m in understood.named] == named
    assert [m.alias for m in understood.talked_about] == talked_about


def test_mentions_say_which_articles_list_them() -> None:
    (mention,) = understand(question("qy-k15 保修多久"), NAMES).named
    assert (mention.alias, mention.articles, mention.binds) == ("qyk15", frozenset({1}), True)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("E08怎么消掉", {"e08"}),
        ("Ｅ０８怎么消掉", {"e08"}),
        ("QY-W10报E08", {"qyw10", "e08"}),
        ("qy w10", {"w10"}),
        ("E08-", {"e08"}),
        # A quantity, letters alone, digits alone and one character are none.
        ("10kg能洗吗", set()),
        ("wifi连不上", set()),
        ("2026-11-22下的单", set()),
        ("满100减20", set()),
        ("-", set()),
        ("退货", set()),
    ],
)
def test_codes(text: str, codes: set[str]) -> None:
    assert understand(question(text), NAMES).codes == codes


def test_codes_are_of_the_message_and_not_of_the_talk() -> None:
    assert understand(question("怎么消掉", ((CUSTOMER, "E08"),)), NAMES).codes == frozenset()


def test_a_long_message_is_read_in_time() -> None:
    understood = understand(question("a" * 2000), NAMES)
    assert (understood.codes, understood.named) == (frozenset(), ())
