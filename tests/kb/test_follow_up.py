from __future__ import annotations

import numpy as np
import pytest

from kb.encoder import TokenVectors
from kb.follow_up import tokens_of_follow_up
from kb.mention import ProductNames
from kb.question import Question, Role, Turn
from kb.understanding import understand


def tokens(*spans: tuple[int, int], at: float) -> TokenVectors:
    vectors = np.full((len(spans), 2), at, dtype=np.float32)
    return TokenVectors(vectors, np.array(spans, dtype=np.int32).reshape(-1, 2))


def test_the_messages_tokens_stand_twice_and_the_talks_not_at_all() -> None:
    found = tokens_of_follow_up(tokens((0, 2), (2, 4), (5, 7), (7, 9), at=1), tokens((0, 2), (2, 4), at=2), start=5)
    assert found.spans.tolist() == [[5, 7], [7, 9], [5, 7], [7, 9]]
    assert found.vectors[:, 0].tolist() == [1, 1, 2, 2]


def test_a_message_that_fell_off_behind_its_talk_is_read_alone() -> None:
    found = tokens_of_follow_up(tokens((0, 2), at=1), tokens((0, 2), at=2), start=5)
    assert (found.spans.tolist(), found.vectors.tolist()) == ([[5, 7]], [[2, 2]])


@pytest.mark.parametrize(
    ("text", "said", "alone"),
    [
        ("那运费呢", "洗衣机多久发货", "那运费呢"),
        ("那多少钱", "洗衣机多久发货", ""),
        ("运费谁出", "", ""),
        ("嗯嗯", "洗衣机多久发货", ""),
    ],
)
def test_alone_is_searched_what_says_something_apart_from_its_talk(text: str, said: str, alone: str) -> None:
    history = (Turn(Role.CUSTOMER, said),) if said else ()
    assert understand(Question(text, history=history), ProductNames([])).alone == alone
