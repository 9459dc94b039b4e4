"""Names that no form's word announces: said by a verb, a kinship or a title. `after`: written when the rules stood.

The rules prefer a missed name to a masked word: product names and everyday words must stay readable.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kb.masking import mask
from tests.support.masking_lines import Line, unmarked
from tests.support.masking_score import score

LINES = Path(__file__).parents[2] / "data" / "unannounced_names.jsonl"


def lines(half: str) -> list[Line]:
    rows = map(json.loads, LINES.read_text("utf-8").splitlines())
    return [Line(*unmarked(row["marked"]), "hand", half) for row in rows if row["half"] == half]


@pytest.mark.parametrize(("half", "least", "recall"), [("before", 68, 0.88), ("after", 60, 0.5)])
def test_few_words_are_masked_and_many_names_found(half: str, least: int, recall: float) -> None:
    some = lines(half)
    assert len(some) >= least
    found = score(some)
    assert found.precision >= 0.94, found.wrong
    assert found.recall >= recall, found.missed


@pytest.mark.parametrize(
    "message",
    ["我是金柚，不到一百块", "我是高个子，170穿多大", "让贺卡一起寄", "我妈常用的那款还有吗", "联系方式是什么"],
)
def test_words_that_begin_like_names_stay(message: str) -> None:
    assert mask(message).spans == ()


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        ("联系周敏就可以", "联系[姓名]就可以"),
        ("改成蒋欣收可以吗", "改成[姓名]收可以吗"),
        ("名字打错了，是程诺不是程落", "名字打错了，是[姓名]不是[姓名]"),
        ("我老婆罗晶买的", "我老婆[姓名]买的"),
        ("李娜女士让我问的", "[姓名]女士让我问的"),
    ],
)
def test_said_by_a_verb_a_kinship_or_a_title(message: str, masked: str) -> None:
    assert mask(message).text == masked
