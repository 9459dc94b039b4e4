"""What sales channels are called: by the codes that shops write in `channels`, by customers, and on a label."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from kb.normalise import fold, normalise_code


@dataclass(frozen=True)
class ChannelName:
    """One channel.

    codes: as shops write it, the general one first. label: for a person to choose by. names: as customers call it,
    its label among them. ambiguous: its names are too general, or a part of another channel's, where the shop has no
    channel of that kind.
    """

    codes: tuple[str, ...]
    label: str
    names: tuple[str, ...]
    ambiguous: bool = False

    @property
    def written(self) -> tuple[str, ...]:
        """All that a shop may write for it in `channels`, normalised, its codes first."""
        return (*self.codes, *map(normalise_code, self.names))


KNOWN = (
    ChannelName(("taobao", "tb"), "淘宝", ("手机淘宝", "淘宝网", "淘宝", "桃宝", "掏宝", "某宝", "万能的淘", "taobao")),
    ChannelName(("tmall", "tianmao"), "天猫", ("天猫超市", "天猫", "猫超", "喵超", "tmall")),
    ChannelName(
        ("jd", "jingdong"),
        "京东",
        ("京东商城", "京东自营", "京东", "东哥家", "东哥那", "东哥", "狗东", "某东", "jd"),
    ),
    ChannelName(
        ("douyin", "dy", "tiktok"),
        "抖音",
        ("抖音商城", "抖音小店", "抖音", "抖店", "某音", "dou音", "douyin", "tiktok"),
    ),
    ChannelName(
        ("wechat", "weixin", "wx", "miniprogram", "mini-program"),
        "微信",
        ("微信小程序", "微信商城", "微信小店", "微商城", "小程序", "公众号", "视频号", "微信", "wechat"),
    ),
    ChannelName(("pdd", "pinduoduo"), "拼多多", ("拼多多", "拼夕夕", "并夕夕", "pxx", "pdd", "百亿补贴")),
    ChannelName(("kuaishou", "ks"), "快手", ("快手小店", "快手", "kuaishou")),
    ChannelName(("xiaohongshu", "xhs", "red"), "小红书", ("小红书", "小红薯", "xhs")),
    ChannelName(("phone", "tel", "hotline"), "电话", ("客服电话", "客服热线", "订购热线", "电话", "热线", "打400")),
    ChannelName(("vip", "vipshop"), "唯品会", ("唯品会",), ambiguous=True),
    ChannelName(("suning",), "苏宁", ("苏宁易购", "苏宁")),
    ChannelName(("amazon",), "亚马逊", ("亚马逊", "amazon")),
    ChannelName(("meituan",), "美团", ("美团",), ambiguous=True),
    ChannelName(("eleme",), "饿了么", ("饿了么",), ambiguous=True),
    ChannelName(("ctrip", "trip"), "携程", ("携程",)),
    ChannelName(("fliggy",), "飞猪", ("飞猪",)),
    ChannelName(
        ("store", "shop", "offline"),
        "门店",
        ("实体店", "线下店", "门店", "专卖店", "专柜", "店里"),
        ambiguous=True,
    ),
    ChannelName(("website", "web", "official"), "官网", ("官网", "官方网站"), ambiguous=True),
    ChannelName(("live", "livestream"), "直播间", ("直播间", "直播", "带货"), ambiguous=True),
)


def known(channel: str) -> ChannelName | None:
    """The channel that a code or name means; None for one that only this shop has."""
    return _by_code().get(normalise_code(channel))


def general_code(channel: str) -> str:
    """One code for each channel however a shop writes it; an unknown one's own, normalised."""
    found = known(channel)
    return found.codes[0] if found else normalise_code(channel)


def label(channel: str) -> str:
    """A channel for a person to choose: "京东" for `jd`; an unknown one as it is written."""
    found = known(channel)
    return found.label if found else channel


def codes_in(text: str) -> frozenset[str]:
    """The general codes of the channels that a folded text names, for whatever reason."""
    return frozenset(_by_name()[name] for name in _any_name().findall(text))


def any_of(names: Iterable[str]) -> str:
    """A pattern that finds any of some folded names, the longest first; one in Latin letters is a word of its own."""
    return "|".join(
        rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])" if name.isascii() else re.escape(name)
        for name in sorted(names, key=len, reverse=True)
    )


@cache
def _by_code() -> dict[str, ChannelName]:
    return {code: channel for channel in KNOWN for code in channel.written}


@cache
def _by_name() -> dict[str, str]:
    return {
        fold(name): channel.codes[0]
        for channel in KNOWN
        # "VIP", "live" and the like mean something else in a text.
        for name in (*channel.names, *(() if channel.ambiguous else channel.codes[:1]))
    }


@cache
def _any_name() -> re.Pattern[str]:
    return re.compile(any_of(_by_name()))
