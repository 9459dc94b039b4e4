from __future__ import annotations

import pytest

from kb.blanks import blanks, fill


@pytest.mark.parametrize(
    ("text", "slots", "filled", "names"),
    [
        ("您好，{姓名}。", {"姓名": "王女士"}, "您好，王女士。", ("姓名",)),
        ("{ 姓名 }和{姓名}", {"姓名": "甲"}, "甲和甲", ("姓名",)),
        ("{a}{b}", {"b": "2"}, "{a}2", ("a", "b")),
        # What is filled in is plain text: no blanks of its own, no back references.
        ("{a}", {"a": "{b}", "b": "x"}, "{b}", ("a",)),
        ("{a}", {"a": r"\1\g<0>"}, r"\1\g<0>", ("a",)),
        ("{a}", {"a": ""}, "", ("a",)),
        ("{}和{{a}}", {"a": "1"}, "{}和{1}", ("a",)),
        ("{一\n二}", {"一\n二": "x"}, "{一\n二}", ()),
        ("{" + "长" * 41 + "}", {"长" * 41: "x"}, "{" + "长" * 41 + "}", ()),
        ("没有空。", {"a": "1"}, "没有空。", ()),
    ],
)
def test_blanks_are_filled_once(text: str, slots: dict[str, str], filled: str, names: tuple[str, ...]) -> None:
    assert fill(text, slots) == filled
    assert blanks(text) == names
