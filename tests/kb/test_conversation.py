from __future__ import annotations

import pytest

from kb.conversation import Link, thread
from kb.question import Question, Role, Turn
from kb.topics import Topics
from tests.support.articles import make_article

CUSTOMER, AGENT = Role.CUSTOMER, Role.AGENT
TOPICS = Topics(
    [
        make_article("washer", "滚筒洗衣机：容量、烘干", keywords=["洗衣机", "滚筒"]),
        make_article("cooker", "电饭煲：几人用", keywords=["电饭煲", "手续"]),
        make_article("invoice", "开发票", keywords=["发票", "抬头"]),
        make_article("refund", "退款多久到账", keywords=["退款", "到账"]),
    ]
)
Talk = tuple[tuple[Role, str], ...]
WASHER: Talk = ((CUSTOMER, "洗衣机能烘干吗"), (AGENT, "能的"))


@pytest.mark.parametrize(
    ("text", "talk", "link", "turns"),
    [
        ("多少钱", (), Link.NONE, ()),
        ("多少钱", ((AGENT, "您好"),), Link.NONE, ()),
        ("多少钱", ((CUSTOMER, " \n"), (CUSTOMER, "")), Link.NONE, ()),
        ("那多少钱", WASHER, Link.FOLLOWS, ("洗衣机能烘干吗",)),
        ("这个能退吗", WASHER, Link.FOLLOWS, ("洗衣机能烘干吗",)),
        ("一次放几斤", WASHER, Link.FOLLOWS, ("洗衣机能烘干吗",)),
        # Turns without content are left out; of those with content the last two count.
        (
            "然后呢",
            (*WASHER, (CUSTOMER, "嗯嗯"), (CUSTOMER, "好的"), (CUSTOMER, "在吗")),
            Link.FOLLOWS,
            ("洗衣机能烘干吗",),
        ),
        (
            "然后呢",
            ((CUSTOMER, "电饭煲"), *WASHER, (CUSTOMER, "衣服没干透")),
            Link.FOLLOWS,
            ("洗衣机能烘干吗", "衣服没干透"),
        ),
        # Where the customer only answered, the agent's question holds the subject.
        ("能全退吗", ((AGENT, "您是想退洗衣机吗？"), (CUSTOMER, "嗯")), Link.FOLLOWS, ("您是想退洗衣机吗？",)),
        # A subject of its own that is not the talk's.
        ("发票怎么开", WASHER, Link.ANEW, ()),
        ("电饭煲几个人用", WASHER, Link.ANEW, ()),
        ("对了 地址能改吗", WASHER, Link.ANEW, ()),
        ("好的，另外问下运费谁出", WASHER, Link.ANEW, ()),
        # A subject of its own, but the talk's.
        ("抬头写错了", ((CUSTOMER, "发票怎么开"),), Link.FOLLOWS, ("发票怎么开",)),
        # What was said before the subject changed is not of it.
        ("抬头写错了", (*WASHER, (CUSTOMER, "发票怎么开")), Link.FOLLOWS, ("发票怎么开",)),
        ("多少钱", (*WASHER, (CUSTOMER, "这个能开发票吗")), Link.FOLLOWS, ("洗衣机能烘干吗", "这个能开发票吗")),
        ("几年", (*WASHER, (CUSTOMER, "那发票呢")), Link.FOLLOWS, ("洗衣机能烘干吗", "那发票呢")),
        # Pointing back and "what of" hold on to the talk.
        ("对了 它能开发票吗", WASHER, Link.FOLLOWS, ("洗衣机能烘干吗",)),
        ("那发票呢", WASHER, Link.FOLLOWS, ("洗衣机能烘干吗",)),
        # So much of its own needs no talk.
        ("小区门口台阶窄楼道拐弯急没装电梯师傅愿意扛着搬到六楼阳台安装调试么", WASHER, Link.ANEW, ()),
    ],
)
def test_thread(text: str, talk: Talk, link: Link, turns: tuple[str, ...]) -> None:
    question = Question(text, history=tuple(Turn(role, said) for role, said in talk))
    found = thread(question, TOPICS)
    assert (found.link, found.turns) == (link, turns)


@pytest.mark.parametrize(("own", "link"), [("K15呢", Link.FOLLOWS), ("K15费电吗", Link.ANEW)])
def test_a_product_alone_takes_its_topic_from_the_talk(own: str, link: Link) -> None:
    assert thread(Question(own, history=(Turn(CUSTOMER, "K10保修多久"),)), TOPICS, named=2).link is link


def test_without_articles_only_what_the_message_lacks_decides() -> None:
    talk = (Turn(CUSTOMER, "洗衣机能烘干吗"),)
    assert thread(Question("发票怎么开", history=talk), Topics([])).link is Link.FOLLOWS


def test_a_long_turn_does_not_push_the_message_off_the_encoder() -> None:
    question = Question("那大的呢", history=(Turn(CUSTOMER, "票" * 3990 + "电饭煲"),))
    assert thread(question, TOPICS).searched("那大的呢") == "票" * 197 + "电饭煲\n那大的呢"


@pytest.mark.parametrize("text", ["嗯" * 1999 + "x", "哦   " * 400 + "x", "谢谢，。" * 400 + "对"])
def test_what_repeats_is_read_in_time(text: str) -> None:
    question = Question(text, history=(Turn(CUSTOMER, "洗衣机能烘干吗"),))
    assert thread(question, TOPICS).link is Link.FOLLOWS


@pytest.mark.parametrize(
    ("text", "link"), [("對了 發票怎麼開", Link.ANEW), ("這個能開發票嗎", Link.FOLLOWS), ("發票怎麼開", Link.ANEW)]
)
def test_traditional_characters_are_the_same(text: str, link: Link) -> None:
    assert thread(Question(text, history=(Turn(CUSTOMER, "洗衣机能烘干吗"),)), TOPICS).link is link
