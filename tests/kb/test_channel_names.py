"""What sales channels are called: codes, labels and the names in a text."""

from __future__ import annotations

import pytest

from kb.channel_names import KNOWN, codes_in, general_code, label
from kb.normalise import fold


@pytest.mark.parametrize(
    ("written", "code", "shown"),
    [("jd", "jd", "京东"), ("JingDong", "jd", "京东"), ("拼多多", "pdd", "拼多多"), ("mini-program", "wechat", "微信")],
)
def test_a_channel_is_one_however_a_shop_writes_it(written: str, code: str, shown: str) -> None:
    assert general_code(written) == code
    assert label(written) == shown


def test_a_channel_of_this_shop_alone_stays_as_it_is() -> None:
    assert label("云集店") == "云集店"
    assert general_code("Yunji") == general_code("yunji") != general_code("jd")


def test_no_name_is_that_of_two_channels() -> None:
    names = [fold(name) for channel in KNOWN for name in {*channel.codes, *channel.names}]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("京东自营与抖音小店的订单", {"jd", "douyin"}),
        ("VIP 会员每月一次", set()),
        ("在 pdd 下单", {"pdd"}),
        ("apddle", set()),
        ("直播间专享价", {"live"}),
    ],
)
def test_a_text_names_its_channels(text: str, codes: set[str]) -> None:
    assert codes_in(fold(text)) == codes
