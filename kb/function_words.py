"""Words of general Chinese that name nothing: they ask, point, answer or fill. No shop's own.

What `kb.content` and `kb.subject` both leave out; each adds its own, since a search wants more left in than a look at
what a message is about.
"""

from __future__ import annotations


def listed(lines: str) -> tuple[str, ...]:
    """The words of a list that is written in lines."""
    return tuple(lines.split())


FILLING = listed(
    """
咨询 了解 嗯 哦 不是 没有 怎么 咋 什么 啥 哪里 哪儿 哪个 哪些 哪种 哪 多少 多长 多大 几个 几
多 能 可以 能够 会 要 想 应该 需要 行 这个 那个 这款 那款 这种 那种 这样 那样 这边 那边 这里
那里 这儿 这 那 它们 它 他们 他 她 我们 咱们 我 你们 你 您 自己 大家 人家 还有 还 也 都 就
又 再 已经 刚才 刚刚 刚 现在 一直 总是 老是 真 感觉 觉得 但是 可是 可 然后 那么 还是 和
跟 与 的 了 吗 呢 吧 啊 呀 哇 哈 哒 嘛 呗 啦 么 咯 是 在 有 没 不 别 很 太 挺 非常
特别 一下 一点 有点 些 个 下 把 被 给 让 对 到 为 以 之 里 上 中 前 后 时候 今天 第 知道
说 看 问 帮 弄 搞 做 办 来 去 用 使用 东西 情况 事 事情 意思
"""
)
"""Single words."""

ASKING = listed(
    """
请问 想问 问一下 为什么 为啥 怎么办 怎么弄 怎么搞 怎么样 怎么着 怎么说 怎样 咋办 咋整 咋样 如何
什么时候 啥时候 多少钱 多久 能不能 可不可以 行不行 好不好 有没有 是不是 会不会 要不要 看看 帮我
帮忙 问题
"""
)
"""Phrases that ask or wish, and not for what."""
