from __future__ import annotations

import pytest

from kb.naming import named_first


@pytest.mark.parametrize(
    ("name", "message", "title", "joined"),
    [
        ("W10洗衣机", "洗衣机能洗羽绒服吗", "", "W10洗衣机能洗羽绒服吗"),
        ("B7 Pro", "Pro多少钱", "", "B7 Pro多少钱"),
        ("B1手环", "我的手环坏了", "", "B1手环坏了"),
        ("S1牙刷", "电动牙刷续航多久", "电动牙刷 S1", "S1牙刷续航多久"),
        # What says something of its own is kept.
        ("S1牙刷", "电动牙刷续航多久", "S1", "S1牙刷 电动牙刷续航多久"),
        ("B1手环", "退手环多久到账", "手环 B1", "B1手环 退手环多久到账"),
        # A number is no kind of thing.
        ("W10", "10公斤的被子能洗吗", "", "W10 10公斤的被子能洗吗"),
        ("手机 10", "10公斤", "", "手机 10 10公斤"),
        ("手环", "手环", "", "手环"),
        ("手环", "能退吗", "", "手环 能退吗"),
    ],
)
def test_a_kind_that_both_name_stands_once(name: str, message: str, title: str, joined: str) -> None:
    assert named_first(name, message, title) == joined
