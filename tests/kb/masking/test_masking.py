"""Masking: a table of forms, what must stay, the measured lines, and its speed."""

from __future__ import annotations

import timeit

import pytest

from kb.masking import Kind, Span, mask, masked_text
from kb.masking.numbers import is_id_card, is_old_id_card, passes_luhn
from tests.support.masking_lines import generated, read_lines
from tests.support.masking_score import score

MASKED = [
    ("收件人王小明电话13812345678", "收件人[姓名]电话[手机号]"),
    ("我叫欧阳慧", "我叫[姓名]"),
    ("联系人改成李四", "联系人改成[姓名]"),
    ("姓名：Li Ming", "姓名：[姓名]"),
    ("把范文静改成范文婧", "把[姓名]改成[姓名]"),
    ("138 0013 8000", "[手机号]"),
    ("+86-138-0013-8000", "[手机号]"),
    ("１３８００１３８０００", "[手机号]"),
    ("一三八零零一三八零零零", "[手机号]"),
    ("1 3 8 0 0 1 3 8 0 0 0", "[手机号]"),
    ("138\u200b0013\u200b8000", "[手机号]"),
    ("+852 6123 4567", "[手机号]"),
    ("(0571)87654321转8001", "[座机号]"),
    ("座机 88776655", "座机 [座机号]"),
    ("11010519491231002X", "[身份证号]"),
    ("身份证110105194912310021", "身份证[身份证号]"),
    ("6222 0201 1111 1111 114", "[单号]"),
    ("银行卡6222 0201 1111 1111 114", "银行卡[银行卡号]"),
    ("4111111111111111", "[银行卡号]"),
    ("订单号 2026112212345678", "订单号 [单号]"),
    ("SF1234567890123 没到", "[单号] 没到"),
    ("EB123456789CN", "[单号]"),
    ("a.b@163.com", "[邮箱]"),
    ("wangxiaoer＠qq.com", "[邮箱]"),
    ("加我vx abc12345", "加我vx [微信号]"),
    ("微信号：lovely_cat88", "微信号：[微信号]"),
    ("扣扣 874512369", "扣扣 [QQ号]"),
    ("沪A8K123", "[车牌号]"),
    ("护照E12345678", "护照[证件号]"),
    ("改到文三路259号2单元501", "改到[地址]"),
    ("浙江省杭州市西湖区文三路259号1号楼902室", "[地址]"),
    ("湖北省恩施州利川市谋道镇大兴村三组15号", "[地址]"),
    ("我住城南小区3-2-501", "我住[地址]"),
    ("张三，13800001111，阳光花园12栋3单元1502", "[姓名]，[手机号]，[地址]"),
]

SPARED = [
    "洗衣机W10和W10S差在哪",
    "199 299 399 49 哪个卖得好",
    "转速 1000 1200 1400 转",
    "2026-11-01 10:00 下的单",
    "400-820-8820 是你们电话吗",
    "5号电池还是7号电池",
    "路由器5号能到吗",
    "发到浙江省杭州市西湖区要几天",
    "联系人工客服",
    "收件人方便改吗",
    "我叫车来拉行吗",
    "微信 iPhone15 登不上小程序",
    "QQ音乐会员怎么兑换",
    "条码6901028075862",
    "https://item.taobao.com/item.htm?id=678901234567",
    "20000mAh 2560x1600 12.5kg",
    "第3单元 2单元",
    "订单怎么取消",
    "",
]


@pytest.mark.parametrize(("message", "expected"), MASKED)
def test_is_masked(message: str, expected: str) -> None:
    assert masked_text(message) == expected


@pytest.mark.parametrize("message", SPARED)
def test_is_spared(message: str) -> None:
    assert mask(message).spans == ()
    assert masked_text(message) == message


@pytest.mark.parametrize("message", [message for message, _ in MASKED])
def test_masking_twice_changes_nothing(message: str) -> None:
    once = masked_text(message)
    assert masked_text(once) == once


def test_spans_are_places_of_the_message_as_written() -> None:
    message = "电话１３８００１３８０００，邮箱a@b.cn"
    assert mask(message).spans == (Span(2, 13, Kind.MOBILE), Span(16, 22, Kind.EMAIL))
    assert mask(message).kinds == {Kind.MOBILE: 1, Kind.EMAIL: 1}


def test_check_digits() -> None:
    assert is_id_card("11010519491231002X")
    assert not is_id_card("110105194912310021")
    assert not is_id_card("110105194913310025")
    assert is_old_id_card("320583790412353")
    assert not is_old_id_card("320583791312353")
    assert passes_luhn("4111111111111111")
    assert not passes_luhn("4111111111111112")


def test_measured_on_lines_of_both_halves() -> None:
    lines = read_lines()
    assert len(lines) >= 300
    for half in ("before", "after"):
        for origin in ("hand", "generated"):
            found = score([line for line in lines if (line.half, line.origin) == (half, origin)])
            assert found.precision >= 0.95, (half, origin, found.wrong)
            assert found.recall >= 0.95, (half, origin, found.missed)


def test_generated_lines_are_those_of_the_file() -> None:
    assert len(generated()) == sum(line.origin == "generated" for line in read_lines())


@pytest.mark.parametrize("unit", ["路1号", "1 ", "收件人", "北京市", "a@", "vx", "1-", "栋", "订单", "13812345678 "])
def test_hostile_messages_take_no_time(unit: str) -> None:
    message = unit * (10_000 // len(unit))
    assert min(timeit.repeat(lambda: mask(message), number=1, repeat=2)) < 1.0


def test_is_fast() -> None:
    lines = [line.text for line in read_lines()]
    assert min(timeit.repeat(lambda: [mask(line) for line in lines], number=1, repeat=3)) / len(lines) < 0.001


def test_what_goes_beyond_the_longest_is_left_out() -> None:
    assert len(masked_text("好" * 10_001)) == 10_000
