from __future__ import annotations

import pytest

from kb.channel_mention import ChannelMention, ChannelNames, named_channels
from kb.question import Context, Question, Role, Turn

CUSTOMER, AGENT = Role.CUSTOMER, Role.AGENT
NAMES = ChannelNames(["taobao", "jd", "douyin", "wechat", "phone"])


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("京东买的 能退吗", "jd"),
        ("抖音上拍的 几天发货", "douyin"),
        ("我爸打热线买的 怎么开票", "phone"),
        ("小程序下的单 在哪看物流", "wechat"),
        ("我在淘宝买的羽绒服", "taobao"),
        ("东哥家买的洗衣机坏了", "jd"),
        ("狗东上入手的手环", "jd"),
        ("抖音直播间拍的", "douyin"),
        ("打电话订的 能货到付款吗", "phone"),
        ("我是在京东下单的", "jd"),
        ("京东的订单 怎么改地址", "jd"),
        ("淘宝那单什么时候发", "taobao"),
        ("抖音那个订单还没发", "douyin"),
        ("上周在京东买了台洗衣机", "jd"),
        ("我妈在抖音上给我买的", "douyin"),
        ("微信小程序买的 退到哪", "wechat"),
        ("微信里下的单", "wechat"),
        ("昨晚抖音直播抢的锅", "douyin"),
        ("刚在淘宝拍了一件", "taobao"),
        ("通过客服电话下的单", "phone"),
        ("京东旗舰店买的", "jd"),
        ("jd买的 保价多久", "jd"),
        ("JD 上买的", "jd"),
        ("拼多多买的 能退吗", "pdd"),
        ("某东入的 能上门取吗", "jd"),
        ("朋友在抖音上给我拍的", "douyin"),
        ("I bought it on JD", "jd"),
        ("ordered from taobao last week", "taobao"),
        ("京东自营买的手机", "jd"),
        ("淘寶買的可以退嗎", "taobao"),
        ("公众号里下的单", "wechat"),
        ("抖音小店买的鞋子大了", "douyin"),
        ("我用小程序买的面霜过敏", "wechat"),
        ("在你们京东店买的", "jd"),
        ("抖音下单后多久发", "douyin"),
        ("打400订的被子", "phone"),
    ],
)
def test_where_it_was_bought(text: str, channel: str) -> None:
    assert list(NAMES.bought(text)) == [channel]


@pytest.mark.parametrize(
    "text",
    [
        "人家淘宝当天就走，你们怎么要两天",
        "微信付款可以吗",
        "打电话给我",
        "加个微信",
        "京东便宜还是淘宝便宜",
        "能在京东买吗",
        "你们有京东店吗",
        "朋友京东买的比我便宜",
        "用微信付的款 退哪",
        "京东白条能用吗",
        "发京东快递吗",
        "京东物流几天",
        "我想在抖音买",
        "如果在京东买能便宜吗",
        "不是京东买的",
        "没在淘宝买",
        "京东买的和淘宝买的一样吗",
        "别人淘宝买的只要99",
        "抖音上看到的 有货吗",
        "小红书上看到推荐",
        "打热线没人接",
        "电话是多少",
        "留个电话",
        "给我回个电话",
        "京东同款多少钱",
        "去京东买",
        "淘宝上卖多少",
        "微信号多少",
        "怎么关注公众号",
        "小程序打不开",
        "直播间买的",
        "直播几点",
        "淘宝还是京东买的好",
        "同事在京东买的都退差价了",
        "你们抖音有活动吗",
        "抖音券能用吗",
        "电话里客服说可以退的",
        "我买的东西没到",
        "以前淘宝买的从来没这样",
        "天猫买的",
        "要是小程序下的单呢",
        "隔壁拼多多买的才80",
        "换了个手机号 电话打不通",
        "jd是什么意思",
        "我花400块买的手环坏了",
        "满400买的能退吗",
        "给孩子的电话手表买了三天就坏了",
        "天猫精灵买了一个月连不上网",
    ],
)
def test_not_where_it_was_bought(text: str) -> None:
    assert len(NAMES.bought(text)) != 1


def ask(text: str, *talk: tuple[Role, str], names: ChannelNames = NAMES) -> ChannelMention | None:
    return names.channel(Question(text, tuple(Turn(role, said) for role, said in talk), Context()))


def test_the_message_counts_before_the_talk_and_the_latest_turn_first() -> None:
    talk = ((CUSTOMER, "淘宝买的鞋"), (CUSTOMER, "抖音拍的衣服也不合适"))
    assert ask("京东买的能退吗", *talk) == ChannelMention("jd", "京东", None)
    assert ask("能退吗", *talk) == ChannelMention("douyin", "抖音", 1)


def test_two_places_decide_nothing() -> None:
    assert ask("京东买的和淘宝买的分开退吗", (CUSTOMER, "抖音买的")) is None


def test_a_bare_name_answers_where_it_was_bought_and_nothing_else() -> None:
    assert ask("京东", (AGENT, "请问您是在哪个平台买的？")) == ChannelMention("jd", "京东", None)
    assert ask("那运费呢", (AGENT, "在哪买的呢"), (CUSTOMER, "小程序")) == ChannelMention("wechat", "小程序", 1)
    assert ask("京东", (AGENT, "请问发什么快递")) is None
    assert ask("能退吗", (AGENT, "您是京东买的")) is None


def test_the_library_s_own_spelling_and_names_are_used() -> None:
    own = ChannelNames(["JD", "社区团购", "直播间"])
    assert ask("东哥家买的", names=own) == ChannelMention("JD", "东哥家", None)
    assert ask("社区团购买的菜坏了", names=own) == ChannelMention("社区团购", "社区团购", None)
    assert ask("直播间买的", names=own) == ChannelMention("直播间", "直播间", None)


def test_a_place_without_rules_of_its_own_is_set_so_that_other_places_rules_do_not_answer() -> None:
    assert ask("拼多多买的") == ChannelMention("pdd", "拼多多", None)
    # The two doors of one house are not told apart where the shop knows only one.
    assert ask("天猫买的") is None
    assert ask("天猫买的", names=ChannelNames(["tmall", "taobao"])) == ChannelMention("tmall", "天猫", None)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("京东的发票怎么开", True),
        ("狗东发票", True),
        ("JD发票", True),
        ("京东货到付款退到哪", True),
        ("JDB发票", False),
        ("不是京东的", False),
        ("不在京东下单能退吗", False),
        ("京东快递发吗", False),
        ("京东白条能用吗", False),
        ("抖音的发票", False),
        ("发票怎么开", False),
    ],
)
def test_whether_a_text_names_one_of_some_channels(text: str, named: bool) -> None:
    assert (named_channels(text, ["wechat", "jd"]) == {"jd"}) is named


def test_what_is_said_of_much_else_names_no_channel() -> None:
    assert not named_channels("换个电话", ["phone"])
    assert not named_channels("专柜正品吗", ["store"])
    assert named_channels("社区团购的菜", ["社区团购"])


def test_a_library_without_channels_reads_none() -> None:
    assert ask("京东买的", names=ChannelNames([])) is None


@pytest.mark.parametrize("repeated", ["店", "你们的店", "京东", "京东店", "那边", "bought on "])
def test_what_repeats_is_read_in_time(repeated: str) -> None:
    assert NAMES.bought("京东" + repeated * 500 + "x") == {}
