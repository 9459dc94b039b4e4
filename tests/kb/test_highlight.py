from __future__ import annotations

import numpy as np
import pytest

from kb.agreement import Asked
from kb.encoder import TokenVectors
from kb.highlight import marked
from kb.leg import Alignment, Query
from kb.passage import Passage, PassageKind

# Encoded as "标题\n运费 8.5 元，退货自理。"; what is shown begins at 3.
PASSAGE = Passage("a", 0, PassageKind.TEXT, "标题", (), "运费 8.5 元，退货自理。", (1, 1))
SPANS = np.array([[0, 2], [3, 5], [5, 7], [7, 9], [10, 11], [12, 14], [14, 16]], np.int32)
"""标题, 运费, " 8", ".5", 元, 退货, 自理."""


def asked(text: str, *spans: tuple[int, int]) -> Asked:
    tokens = TokenVectors(np.ones((len(spans), 1), np.float32), np.array(spans, np.int32).reshape(-1, 2))
    return Asked(Query(text, np.ones(1, np.float32), tokens))


def words(similarity: list[list[float]], question: Asked) -> list[str]:
    ranges = marked(PASSAGE, Alignment(SPANS, np.array(similarity, np.float32)), question)
    assert all(a < b for a, b in ranges)
    return [PASSAGE.shown[a:b] for a, b in ranges]


def test_the_best_words_are_marked_and_neighbours_joined() -> None:
    question = asked("退货运费", (0, 2), (2, 4))
    rows = [[0.9, 0.2, 0, 0, 0, 0.8, 0.795], [0, 0.85, 0.1, 0, 0, 0, 0]]
    # The title's own token is not in sight; 退货 and 自理 stand side by side.
    assert words(rows, question) == ["运费", "退货自理"]


def test_a_number_is_never_cut() -> None:
    assert words([[0, 0, 0.9, 0, 0, 0, 0]], asked("几块", (0, 2))) == ["8.5"]
    assert words([[0, 0, 0, 0.9, 0, 0, 0]], asked("几块", (0, 2))) == ["8.5"]


@pytest.mark.parametrize("text", ["吗", "？", "的了"])
def test_particles_and_punctuation_mark_nothing(text: str) -> None:
    assert words([[0, 0.9, 0, 0, 0, 0, 0]], asked(text, (0, len(text)))) == []


def test_a_word_that_fits_everywhere_marks_nothing() -> None:
    assert words([[0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]], asked("商品", (0, 2))) == []


def test_a_word_far_below_the_best_marks_nothing() -> None:
    question = asked("退货颜色", (0, 2), (2, 4))
    assert words([[0, 0, 0, 0, 0, 0.9, 0], [0, 0.5, 0, 0, 0, 0, 0]], question) == ["退货"]


def test_without_tokens_nothing_is_marked() -> None:
    empty = Alignment(np.empty((0, 2), np.int32), np.empty((0, 0), np.float32))
    assert marked(PASSAGE, empty, asked("退货")) == ()
    assert marked(PASSAGE, Alignment(SPANS[:1], np.ones((1, 1), np.float32)), asked("标题", (0, 2))) == ()


def test_a_single_character_of_a_word_is_not_marked() -> None:
    assert words([[0, 0, 0, 0, 0.9, 0, 0]], asked("几块", (0, 2))) == []
