from __future__ import annotations

import pytest

from kb.mention import ProductNames
from kb.question import Context, Question, Role, Turn
from kb.understanding import in_simplified, is_in_simplified, understand
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
        # A message of enough content is searched for alone.
        (
            "小区门口台阶窄楼道拐弯急没装电梯师傅愿意扛着搬到六楼阳台安装调试么",
            ((CUSTOMER, "电饭煲"),),
            *["小区门口台阶窄楼道拐弯急没装电梯师傅愿意扛着搬到六楼阳台安装调试么"] * 2,
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


@pytest.mark.parametrize(
    ("text", "talk", "bound"),
    [
        ("B7防水吗", ((CUSTOMER, "K15多少钱"),), ["b7"]),
        ("那它多重", ((CUSTOMER, "B7多少钱"), (AGENT, "199 元"), (CUSTOMER, "防水吗")), ["b7"]),
        # A twin is asked about, or something else altogether.
        ("另一款呢", ((CUSTOMER, "B7多少钱"),), []),
        ("对了 发票怎么开", ((CUSTOMER, "B7多少钱"),), []),
        # What only the agent named binds where the message points at it.
        ("这款防水吗", ((CUSTOMER, "推荐个手环"), (AGENT, "推荐您看看B7")), ["b7"]),
        ("防水吗", ((CUSTOMER, "推荐个手环"), (AGENT, "推荐您看看B7")), []),
    ],
)
def test_the_products_that_bind(text: str, talk: Talk, bound: list[str]) -> None:
    assert [m.alias for m in understand(question(text, talk), NAMES).bound] == bound


def test_a_product_that_the_caller_gives_wins_over_the_talk() -> None:
    talked = (Turn(CUSTOMER, "B7多少钱"),)
    asked = Question("那多重", history=talked, context=Context(product="QY-W10"))
    assert understand(asked, NAMES).bound == ()


def test_question_and_talk_in_simplified_characters() -> None:
    asked = in_simplified(question("這個能退嗎①～Ａ", ((CUSTOMER, "電飯煲"), (AGENT, "您好"))))
    assert (asked.text, [turn.text for turn in asked.history]) == ("这个能退吗①～Ａ", ["电饭煲", "您好"])
    long = question("貨" * 2000, ((AGENT, "貨" * 4000),))
    assert in_simplified(long).text == "货" * 2000


@pytest.mark.parametrize(
    ("titles", "simplified"), [([], True), (["退货"], True), (["退貨"], False), (["退貨", "退货"], True)]
)
def test_the_script_of_a_library(titles: list[str], simplified: bool) -> None:
    assert is_in_simplified([make_article(f"a{n}", title) for n, title in enumerate(titles)]) is simplified


@pytest.mark.parametrize(
    ("message", "something"),
    [
        ("在吗", True),
        ("退", True),
        ("哈哈哈哈哈哈哈哈哈", False),
        ("。" * 50, False),
        ("1" * 2000, False),
        ("W10", True),
    ],
)
def test_letters_over_and_over_say_nothing(message: str, something: bool) -> None:
    assert understand(Question(message), ProductNames([])).says_something is something
