from __future__ import annotations

import numpy as np
import pytest

from kb.agreement import Agreement
from kb.leg import Alignment
from kb.passage import Passage, PassageKind

# Encoded as "标题\n退货七天。运费八元。": what is shown begins at 3.
PASSAGE = Passage("a", 0, PassageKind.TEXT, "标题", (), "退货七天。运费八元。", (1, 1))
FIRST, SECOND, WHOLE = (0, 5), (5, 10), (0, 10)
# Two tokens of the question against three of the passage: the title, 退货 and 运费.
ALIGNED = Alignment(
    np.array([[0, 2], [3, 5], [8, 10]], np.int32), np.array([[1.0, 0.2, 0.9], [1.0, 0.4, 0.1]], np.float32)
)
NO_TOKENS = Alignment(np.empty((0, 2), np.int32), np.empty((0, 0), np.float32))


@pytest.mark.parametrize(
    ("question", "span", "expected"),
    [
        # Meaning alone: the mean over the question's tokens of its best, the title's token being outside.
        ("", FIRST, (0.2 + 0.4) / 2),
        ("", SECOND, (0.9 + 0.1) / 2),
        ("", WHOLE, (0.9 + 0.4) / 2),
        # The one pair that question and passage share stands in the second sentence.
        ("运费多少", FIRST, 0.3),
        ("运费多少", SECOND, 0.5 + 0.15),
        ("運費多少", SECOND, 0.5 + 0.15),
        # One of two.
        ("退货运费", FIRST, 0.3 + 0.075),
        ("退货运费", WHOLE, 0.65 + 0.15),
        # Pairs of which only one character is inside are outside.
        ("退货运费", (1, 10), 0.5 + 0.075),
        ("没有关系", WHOLE, 0.65),
        # A token belongs where it begins.
        ("", (0, 1), 0.3),
        # No token begins here.
        ("", (1, 5), 0),
        ("天。七天", (1, 5), 0.15),
        ("", (4, 4), 0),
    ],
)
def test_agreement_by_hand(question: str, span: tuple[int, int], expected: float) -> None:
    assert Agreement(PASSAGE, ALIGNED, question).of(*span) == pytest.approx(expected, abs=1e-6)


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
    agreement = Agreement(PASSAGE, alignment, "运费")
    assert agreement.of(*FIRST) == 0
    assert agreement.of(*SECOND) == pytest.approx(0.15)


def test_a_lead_is_part_of_what_is_shown() -> None:
    table = Passage("a", 0, PassageKind.TABLE, "标题", ("价",), "W10 | 199", (1, 1), lead="型号 | 售价")
    # "标题 > 价\n" is 7 long; the lead's first token begins what is shown.
    aligned = Alignment(np.array([[7, 9], [15, 18]], np.int32), np.array([[0.6, 0.8]], np.float32))
    agreement = Agreement(table, aligned, "")
    assert agreement.of(0, 7) == pytest.approx(0.6)
    assert agreement.of(8, 17) == pytest.approx(0.8)
