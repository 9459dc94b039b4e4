"""E-mail addresses, WeChat and QQ names, as customers write them past a platform's filters."""

from __future__ import annotations

import re

from kb.masking.span import Kind, Searched

_EMAIL = re.compile(
    r"(?<![A-Za-z\d._%+\-])[A-Za-z\d._%+\-]{1,64}\s?@\s?[A-Za-z\d\-]{1,63}(?:(?:\.|点"
    r"|dot)[A-Za-z\d\-]{1,63}){1,3}(?![A-Za-z\d])"
)
_ID = r"(?P<it>[A-Za-z][A-Za-z\d_\-]{5,19}|[1-9]\d{5,11})(?![A-Za-z\d_\-])"
_LINK = r"(?:[是为叫:, ]|就是|账号|帐号|号码?|id|ID)"
# 微信 alone stands before much else ("微信 iPhone15 登不上"): it needs a word that ties the name to it.
_WECHAT = re.compile(
    rf"(?:(?:微信|威信|薇信|微X|微❤|v信|V信|wechat|weixin)(?:(?:账号|帐号|号码?|id|ID){_LINK}{{0,4}}"
    rf"|{_LINK}{{0,1}}[是为叫:]{_LINK}{{0,3}})"
    rf"|(?:加|加我|我的?|[+➕])\s?(?:微信|威信|薇信|v信|V信|薇|[vV](?=[: ]))(?:号码?)?[: ]{{0,3}}"
    rf"|(?:微信|薇❤|微❤) ?(?=[A-Za-z][A-Za-z\d]*[_\-])|薇❤ ?"
    rf"|(?<![A-Za-z\d])(?:wx|vx|wechat|weixin){_LINK}{{0,4}})" + _ID,
    re.I,
)
_QQ = re.compile(
    r"(?<![A-Za-z])(?:QQ|扣扣|球球|企鹅|秋秋|加q|加我q|我的?q|\+q)(?:号码?|群号?)?(?:[是为: ]|就是){0,4}"
    r"(?P<it>[1-9]\d{4,11})(?!\d|元|块|级|G|M)",
    re.I,
)


def find_contacts(searched: Searched) -> None:
    """Take e-mail addresses, WeChat and QQ names."""
    if "@" in searched.text:
        for match in searched.matches(_EMAIL):
            searched.take(*match.span(), Kind.EMAIL)
    for pattern, kind in ((_WECHAT, Kind.WECHAT), (_QQ, Kind.QQ)):
        for match in searched.matches(pattern):
            searched.take(*match.span("it"), kind)
