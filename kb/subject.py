"""What a message is about: its words without those that name nothing ("这个", "怎么办", "有问题").

General Chinese and some English, no shop's own: a message of which nothing is left does not say what it is about.
More is left out than where a search wants what steers it (`kb.content`): here a complaint ("坏了") names nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import rjieba

from kb.function_words import ASKING, FILLING, listed
from kb.normalise import normalise

# What says that something is wrong or wanted, and not what.
_PHRASES = (
    *ASKING,
    *listed(
        """
有问题 出问题 什么问题 啥问题 有毛病 出毛病 有点问题 毛病 怎么回事 咋回事 什么情况 啥情况 好用吗
好用不 不好用 不太好用 好用 用不了 不能用 没法用 用不成 不会用 怎么用 咋用 不管用 没用 不工作
没反应 不行了 不行 不对劲 不对 不正常 异常 不好使 好使 坏掉了 坏掉 坏了 坏的 坏 出错 不想要了
不想要 不要了 几块钱 几多钱 多长时间 怎么还没 还没 怎么没 有木有 什么意思 啥意思 怎么处理 处理一下
解决一下 处理 解决 帮我看看 帮我看下 看一下 看下 不满意 不知道
"""
    ),
)
_WORDS = frozenset(
    (
        *FILLING,
        *listed(
            """
哎 唉 喂 诶 额 滴 她们 咱 我家 你家 你们家 咱家 这些 那些 这么 这东西 哪款 好 突然 请 想要
说说 不会 不能 不到 无法 大 商品 产品 宝贝 货 买 买的 刚买 新买 原因 办法 点 款 件 一个 一款
一件 整 吃 错 错误 而 等 时 我要 我想 it this that these those is are was were be do does did don't doesn't didn't
isn't not no how what why when where which who can can't could would should will i my me we you your
the a an to of on in at and or with for have has had get got just now work works working broken
broke problem problems issue issues wrong help need want something anything thing item product stuff
use using please there here s t
"""
        ),
    )
)
_PHRASE = re.compile("|".join(sorted(map(re.escape, _PHRASES), key=len, reverse=True)))
_LETTERS = re.compile(r"[^\W_]")
_LATIN = re.compile(r"[a-z0-9'.\-]+$")
# Gaps that a product's name may be written with.
_GAP = r"[\s\-_/.·]*"


def subject(message: str, named: Iterable[str] = ()) -> tuple[str, ...]:
    """The words of a message that name something, normalised, in order.

    named: product names in it, normalised without gaps, that are left out too.
    """
    plain = normalise(message)
    for alias in named:
        plain = re.sub(_GAP.join(map(re.escape, alias)), " ", plain)
    words = rjieba.cut(_PHRASE.sub(" ", plain))
    return tuple(word for word in words if _LETTERS.search(word) and word not in _WORDS)


def size(words: Iterable[str]) -> int:
    """How much words say, in Chinese characters; a Latin word or a number counts two."""
    return sum(2 if _LATIN.match(word) else len(word) for word in words)
