"""The words by which anger, threats and urgency are known: what is general stands here, a shop's own in `_moods.yaml`.

The file adds to these lists, or takes their place with `replace: true`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from kb.errors import Problem
from kb.word_reader import WordReader, line_of

FILE = "_moods.yaml"
MAX_WORDS = 500
LISTS = ("anger", "threat", "urgency")
REPLACE = "replace"

_ANGER = """
气死 气炸 气人 太气人 真气人 好气人 气疯 生气 很气 好气 太气 愤怒 气愤 恼火 窝火 很火大 真火大 发火了
火冒三丈 忍无可忍 受够了 受不了你们 骗子 骗人 骗钱 欺骗 欺诈 坑人 坑爹 坑我 坑钱 坑死 太坑 真坑 好坑 黑店
黑心 奸商 无良 忽悠 糊弄 敷衍 踢皮球 推卸责任 什么态度 态度差 态度太差 态度恶劣 态度真差 什么服务 什么玩意
什么破 什么鬼东西 什么垃圾 破玩意 破东西 破店 烂货 烂店 太烂 真烂 垃圾店 垃圾东西 垃圾产品 垃圾货 垃圾玩意
垃圾客服 垃圾服务 垃圾质量 垃圾商家 真垃圾 太垃圾 就是垃圾 真恶心 太恶心 恶心人 差劲 太差了 烂透了 无语
真服了 真是服了 客服死 我服了 服了你 搞什么鬼 搞什么啊 搞什么呢 有病吧 有毛病吧 脑子有病 不要脸 欺负人
欺负消费者 耍我 耍人 玩我呢 逗我呢 当我傻 不讲理 不讲道理 到底管不管 没人管吗 还有没有人管 太过分 过分了
不要太过分 别太过分 别敷衍 别忽悠 别糊弄 别骗人 别坑 别踢皮球 别耍我 不要骗人 不要敷衍 不要忽悠 太失望
很失望 非常失望 失望透顶 寒心 再也不买 再也不来 再也不会买 再也不会来 以后不买了 拉黑你们 妈的 他妈 tmd 傻逼
sb 草泥马 狗屁 放屁 滚蛋 去死 死骗子 混蛋 王八蛋 智障 脑残 😡 🤬 😤 💢 [发怒] [怒] [怒火] [抓狂] angry
furious scam rubbish liar
"""
_THREAT = """
投诉 差评 举报 曝光你 给你曝光 给你们曝光 网上曝光 曝光出去 去曝光 要曝光 曝光了啊 曝光你们 12315 315投诉
打315 找315 工商局 去工商 找工商 消协 消费者协会 市场监管 市监局 起诉 法院 律师函 找律师 打官司 告你
告死你们 去告 法庭见 走法律 法律途径 法律程序 我报警 要报警 去报警 报警处理 派出所 平台介入 申请介入
客服介入 小二介入 退一赔三 退一罚三 找媒体 找记者 发抖音 发小红书 发微博 发朋友圈曝光 挂网上 挂到网上 给一星
打一星 一星评价 复制到网上 后果自负 走着瞧 等着瞧 这事没完 跟你没完 跟你们没完 complaint lawsuit sue
"""
_URGENCY = """
急用 急需 着急 急着 很急 好急 太急 挺急 特急 特别急 非常急 比较急 有点急 急死 急急 万分火急 十万火急 火急
心急 别墨迹 别磨叽 别磨蹭 赶紧 赶快 快点 快一点 尽快 加急 催一下 催催 催促 速回 速度点 快回 在线等 等不及
来不及 赶时间 等着用 急等 马上给我 立刻给我 马上处理 立刻处理 现在就要 今天必须 今天就要 今晚就要 明天就要
怎么还不回 人呢 怎么不回 快回复 能不能快 等了好久 等半天 等了半天 等了很久 asap urgent hurry
"""

# Where a listed word stands in one of these it says nothing of the kind.
_INNOCENT = """
产生气 发生气 卫生气 生气泡 生气味 生气体 新生气 生气勃 学生气 天然气人 不气人 有差评 差评多 差评率 看差评
看到差评 差评里 差评吗 差评不 多少差评 没差评 差评截图 法院路 法院店 法院附近 派出所附近 要报警器 我报警器
要报警声 要报警灯 投诉率 急急救 快点读 快点火 快点击 赶快递 尽快递 赶紧身 好气味 很气味 好气泡 太气派 好气派
很气派 好气色 很气质 好气质 太急支 很急支 好急诊 去告诉 来不及时 好坑位 太坑洼 真坑洼 别坑洼 无语言 无语音
老人呢 大人呢 男人呢 女人呢 别人呢 本人呢 个人呢 器人呢 成人呢 两人呢 着急救 要曝光度
"""
INNOCENT = tuple(_INNOCENT.split())


@dataclass(frozen=True)
class MoodWords:
    """Words and phrases by the mood that they tell of, as written."""

    anger: tuple[str, ...] = tuple(_ANGER.split())
    threat: tuple[str, ...] = tuple(_THREAT.split())
    urgency: tuple[str, ...] = tuple(_URGENCY.split())


def read_moods(text: str, path: str = FILE) -> tuple[MoodWords, tuple[Problem, ...]]:
    """The words of a file together with the general ones, and everything wrong with the file.

    path: the name under which problems are reported.
    """
    reader = WordReader(path)
    general = MoodWords()
    root = reader.root(text)
    if root is None:
        return general, tuple(reader.problems)
    if not isinstance(root, yaml.MappingNode):
        reader.problem(line_of(root), "not lists under names", "write `anger: [word, word]`, a list a line")
        return general, tuple(reader.problems)
    fields = _fields(reader, root)
    kept = not _replaces(reader, fields.get(REPLACE))
    found = {name: _words(reader, fields.get(name), name) for name in LISTS}
    own = {name: dict.fromkeys((*(getattr(general, name) if kept else ()), *found[name])) for name in LISTS}
    return MoodWords(*(tuple(own[name]) for name in LISTS)), tuple(reader.problems)


def _fields(reader: WordReader, root: yaml.MappingNode) -> dict[str, yaml.Node]:
    """The file's fields by name; an unknown or repeated one is a problem."""
    known = (*LISTS, REPLACE)
    fields: dict[str, yaml.Node] = {}
    for key, value in root.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            mend = f"did you mean `{close[0]}`?" if close else f"known lists: {', '.join(LISTS)}"
            reader.problem(line_of(key), f"unknown list `{name}`", mend)
        elif name in fields:
            reader.problem(line_of(key), f"`{name}` stands twice", "keep one")
        else:
            fields[name] = value
    return fields


_TRUTHS: Mapping[str, bool] = {"true": True, "yes": True, "false": False, "no": False}


def _replaces(reader: WordReader, node: yaml.Node | None) -> bool:
    if node is None:
        return False
    said = _TRUTHS.get(str(node.value).lower()) if isinstance(node, yaml.ScalarNode) else None
    if said is None:
        reader.problem(line_of(node), f"`{REPLACE}` is neither true nor false", f"write `{REPLACE}: true`")
    return bool(said)


def _words(reader: WordReader, node: yaml.Node | None, name: str) -> tuple[str, ...]:
    if node is None or (isinstance(node, yaml.ScalarNode) and not str(node.value).strip()):
        return ()
    if not isinstance(node, yaml.SequenceNode):
        reader.problem(line_of(node), f"`{name}` is not a list", f"write `{name}: [word, word]`")
        return ()
    return reader.words(node, MAX_WORDS)
