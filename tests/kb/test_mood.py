from __future__ import annotations

import pytest

from kb.mood import MoodKind, MoodReader, mood
from kb.moods import MoodWords

READER = MoodReader(MoodWords())

ANGER = [
    "气死我了",
    "真是氣死我了",
    "你们就是骗子！",
    "什么破玩意用两天就坏",
    "垃圾产品，退钱",
    "这就是垃圾",
    "你们什么态度啊",
    "别敷衍我",
    "能不能别忽悠人",
    "你们不要太过分了",
    "再也不买你家东西了",
    "太失望了",
    "我真的很生气",
    "😡😡",
    "到底管不管啊",
    "TMD",
    "ＳＢ客服",
    "黑店一个",
    "你们是不是骗子",
    "无语了都",
]
THREAT = [
    "再不退款我就投诉",
    "我要投诉你们",
    "投诉电话多少",
    "投訴電話多少",
    "不处理就给差评",
    "差评等着吧",
    "打12315了",
    "消协见",
    "我找律师",
    "曝光你们这种店",
    "要不要投诉你们",
    "我不得不投诉了",
    "没收到货我要投诉",
    "气死了，我要举报",
    "申请平台介入",
    "这事没完",
    "我要报警",
    "给一星",
]
URGENCY = [
    "急用，今天能发吗",
    "能不能快点",
    "赶紧给我发货",
    "在线等挺急的",
    "什么时候到啊好着急",
    "麻烦尽快处理",
    "可以加急吗",
    "等了半天没人理",
    "怎么还不回我",
    "等不及了",
    "人呢",
    "明天就要用",
    "催一下快递",
    "ASAP",
]
NONE = [
    "I'm not angry, just asking",
    "no complaint at all",
    "this isn’t a scam, is it",
    "",
    "   ",
    "退货运费谁出",
    "不急",
    "不着急",
    "别着急慢慢来",
    "不是很急",
    "没那么着急",
    "我不赶时间",
    "不用催促",
    "没生气",
    "我不会投诉的",
    "不想给差评",
    "不会给你差评的放心",
    "没有什么着急的",
    "急诊能报销吗",
    "急冻功能怎么开",
    "急支糖浆有吗",
    "应急灯多少钱",
    "会产生气泡吗",
    "卫生气味大吗",
    "垃圾桶多大",
    "扫地机能倒垃圾吗",
    "垃圾袋送几个",
    "穿着舒服了吗",
    "有差评吗",
    "这款差评多吗",
    "水滚开了再放吗",
    "火大了会糊吗",
    "滚筒洗衣机",
    "适合老人呢",
    "报警器响了怎么关",
    "一开机就报警了",
    "我要报警器",
    "曝光补偿怎么调",
    "usb接口几个",
    "sbt100能用吗",
    "价格315元",
    "无语音提示",
    "型号W12315S",
    "好气派的沙发",
    "不气人",
]


@pytest.mark.parametrize("message", ANGER)
def test_anger(message: str) -> None:
    found = READER.read(message)
    assert found is not None
    assert found.kind is MoodKind.ANGER


@pytest.mark.parametrize("message", THREAT)
def test_threat(message: str) -> None:
    found = READER.read(message)
    assert found is not None
    assert found.kind is MoodKind.THREAT


@pytest.mark.parametrize("message", URGENCY)
def test_urgency(message: str) -> None:
    found = READER.read(message)
    assert found is not None
    assert found.kind is MoodKind.URGENCY


@pytest.mark.parametrize("message", NONE)
def test_no_mood(message: str) -> None:
    assert READER.read(message) is None


@pytest.mark.parametrize("message", [*ANGER, *THREAT, *URGENCY, "㎏ ﷺ 氣死我了 ㎏", "①急用①"])
def test_ranges_are_of_the_message_as_written(message: str) -> None:
    found = READER.read(message)
    assert found is not None
    for word in found.words:
        assert message[word.start : word.end] == word.text != ""


def test_all_words_are_named_and_the_strongest_mood_rules() -> None:
    found = READER.read("急用！氣死我了，再不发我投诉")
    assert found is not None
    assert found.kind is MoodKind.THREAT
    assert [(w.kind, w.text, w.start, w.end) for w in found.words] == [
        (MoodKind.URGENCY, "急用", 0, 2),
        (MoodKind.ANGER, "氣死", 3, 5),
        (MoodKind.THREAT, "投诉", 12, 14),
    ]


def test_a_shop_own_words_alone() -> None:
    words = MoodWords(anger=("翻车",), threat=("大V见",), urgency=())
    assert mood("又翻车了，大v見", words) == mood("又翻车了，大v見", words)
    found = mood("又翻车了，大v見", words)
    assert found is not None
    assert [(w.kind, w.text) for w in found.words] == [(MoodKind.ANGER, "翻车"), (MoodKind.THREAT, "大v見")]
    assert mood("气死我了", words) is None
    assert mood("气死我了", MoodWords((), (), ())) is None


def test_a_word_in_two_lists_is_the_stronger() -> None:
    found = mood("走着瞧", MoodWords(anger=("走着瞧",), threat=("走着瞧",), urgency=()))
    assert found is not None
    assert found.kind is MoodKind.THREAT
