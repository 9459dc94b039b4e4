from __future__ import annotations

import math

import numpy as np
import pytest

from kb.agreement import Agreement, Asked
from kb.encoder import TokenVectors
from kb.layout import Unit, units
from kb.leg import Alignment, Query
from kb.passage import Passage, PassageKind
from kb.table import Row, Table

# Encoded as "标题\n退货七天。运费八元。": what is shown begins at 3.
PASSAGE = Passage("a", 0, PassageKind.TEXT, "标题", (), "退货七天。运费八元。", (1, 1))
# Two tokens of the question against three of the passage: the title, 退货 and 运费.
ALIGNED = Alignment(
    np.array([[0, 2], [3, 5], [8, 10]], np.int32), np.array([[1.0, 0.2, 0.9], [1.0, 0.4, 0.1]], np.float32)
)
NO_TOKENS = Alignment(np.empty((0, 2), np.int32), np.empty((0, 0), np.float32))
# A character in one of two sentences weighs log(3 / 1.5).
RARE = math.log(2)


def asked(text: str) -> Asked:
    tokens = TokenVectors(np.empty((0, 1), np.float32), np.empty((0, 2), np.int32))
    return Asked(Query(text, np.ones(1, np.float32), tokens))


def agreement(question: str, alignment: Alignment = ALIGNED) -> Agreement:
    found = units(PASSAGE.shown, ())
    assert len(found) == 2
    return Agreement(PASSAGE, found, alignment, asked(question))


@pytest.mark.parametrize(
    ("question", "run", "expected"),
    [
        # Meaning alone: the mean over the question's tokens of its best, the title's token being outside.
        ("", (0, 0), (0.2 + 0.4) / 2),
        ("", (1, 1), (0.9 + 0.1) / 2),
        ("", (0, 1), (0.9 + 0.4) / 2),
        # The one pair that question and passage share stands in the second sentence, so do both its letters.
        ("运费多少", (0, 0), 0.3),
        ("运费多少", (1, 1), 0.5 + 0.1 + 0.05),
        ("運費多少", (1, 1), 0.5 + 0.1 + 0.05),
        # One of two pairs, two of four letters.
        ("退货运费", (0, 0), 0.3 + 0.05 + 0.025),
        ("退货运费", (0, 1), 0.65 + 0.1 + 0.05),
        ("没有关系", (0, 1), 0.65),
        # A letter alone: of 退 and 元 one stands in each.
        ("退元", (0, 0), 0.3 + 0.05 * RARE / (2 * RARE)),
    ],
)
def test_agreement_by_hand(question: str, run: tuple[int, int], expected: float) -> None:
    assert agreement(question).of(*run) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    "alignment",
    [
        NO_TOKENS,
        # A question without tokens, a passage without.
        Alignment(ALIGNED.spans, np.empty((0, 3), np.float32)),
        Alignment(np.empty((0, 2), np.int32), np.empty((2, 0), np.float32)),
    ],
)
def test_without_tokens_the_letters_alone_count(alignment: Alignment) -> None:
    found = agreement("运费", alignment)
    assert found.of(0, 0) == 0
    assert found.of(1, 1) == pytest.approx(0.15)


def test_a_lead_is_part_of_what_is_shown() -> None:
    table = Passage("a", 0, PassageKind.TABLE, "标题", ("价",), "W10 | 199", (1, 1), lead="型号 | 售价")
    # "标题 > 价\n" is 7 long; the lead's first token begins what is shown, the row stands at 8 of it.
    aligned = Alignment(np.array([[7, 9], [15, 18]], np.int32), np.array([[0.6, 0.8]], np.float32))
    row = Row(8, 17, ("型号", "售价"), ("W10", "199"))
    found = units(table.shown, [Table((0, 7), (row,))])
    assert [unit.row for unit in found] == [row]
    assert Agreement(table, found, aligned, asked("")).of(0, 0) == pytest.approx(0.8)


def rows(question: str, *cells: str) -> list[float]:
    """What each row gains beside letters: rows of one cell, without tokens."""
    names = ("级",)
    shown = "\n".join(("级", *cells))
    starts = [shown.index(cell, 1) for cell in cells]
    table = Table((0, 1), tuple(Row(s, s + len(c), names, (c,)) for s, c in zip(starts, cells, strict=True)))
    passage = Passage("a", 0, PassageKind.TABLE, "标题", (), shown, (1, 1))
    found: tuple[Unit, ...] = units(shown, [table])
    agreed = Agreement(passage, found, NO_TOKENS, asked(question))
    gains = agreed.of_rows(range(len(found)))
    return [round(float(g) - agreed.of(n, n), 3) for n, g in enumerate(gains)]


@pytest.mark.parametrize(
    ("question", "cells", "gains"),
    [
        ("停了四天", ("不到 24 小时", "24–72 小时", "满 72 小时", "满 5 天"), [0, 0, 0.2, 0]),
        ("停了六天", ("不到 24 小时", "24–72 小时", "满 72 小时", "满 5 天"), [0, 0, 0, 0.2]),
        ("停了两个小时", ("不到 24 小时", "不到 48 小时", "满 72 小时"), [0.2, 0, 0]),
        # 6 kg stands at the end of one range and at the beginning of the next.
        ("12 斤", ("5 到 6 公斤", "6 到 8 公斤", "8 到 9 公斤"), [0.2, 0.2, 0]),
        # What holds everywhere, nowhere or measures something else tells nothing.
        ("两天", ("1 到 3 天", "2 到 4 天"), [0, 0]),
        ("9 天", ("1 到 3 天", "2 到 4 天"), [0, 0]),
        ("两件", ("1 到 3 天", "5 到 6 天"), [0, 0]),
    ],
)
def test_rows_whose_range_holds_the_amount_asked_about(
    question: str, cells: tuple[str, ...], gains: list[float]
) -> None:
    assert rows(question, *cells) == gains
