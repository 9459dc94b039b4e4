from __future__ import annotations

import pytest

from kb.message import asked, greets_only


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("亲，在吗？这个能洗羽绒服不", "这个能洗羽绒服不"),
        ("你好请问一下E08怎么消掉😭😭", "E08怎么消掉"),
        ("hello 发票怎么开 谢谢", "发票怎么开"),
        ("亲 快递三天没动了[大哭]", "快递三天没动了"),
        ("在吗 老板 便宜点", "便宜点"),
        ("hi你们几点下班", "你们几点下班"),
        ("亲亲！！能退吗", "能退吗"),
        # Nothing but a greeting is what it says.
        ("亲在吗", "亲在吗"),
        ("谢谢", "谢谢"),
        ("请问", "请问"),
        ("😭", "😭"),
        # Part of a longer word.
        ("亲子装有吗", "亲子装有吗"),
        ("客服态度太差了", "客服态度太差了"),
        ("你好多优惠券怎么用", "你好多优惠券怎么用"),
        ("老板娘同款有吗", "老板娘同款有吗"),
        # Nothing to take away.
        ("七天无理由退货", "七天无理由退货"),
        ("  退货  ", "退货"),
    ],
)
def test_asked(message: str, expected: str) -> None:
    assert asked(message) == expected


@pytest.mark.parametrize("repeated", ["亲", "麻烦问下", "请问", "你好啊"])
def test_what_repeats_is_read_in_time(repeated: str) -> None:
    message = repeated * 200 + "x"
    assert asked(message).endswith("x")
    assert not greets_only(message)
    assert greets_only(repeated * 200)
