from __future__ import annotations

import random

import pytest

from indexer import packing
from indexer.packing import STEP, WIDE, packed


def test_a_text_alone_is_padded_as_far_as_it_may_be() -> None:
    lengths = (1, 12, 13, 16, 28, 29)
    assert [list(packed([n], WIDE)) for n in lengths] == [[([0], to)] for to in (12, 12, 28, 28, 28, 44)]
    assert [list(packed([n], STEP)) for n in lengths] == [[([0], to)] for to in (4, 12, 16, 16, 28, 32)]


def test_nothing_to_pack() -> None:
    assert list(packed([], WIDE)) == []


def test_few_texts_share_a_pass_where_that_costs_less_than_another_shape() -> None:
    # 13 to 28 may be padded alike, 29 and 12 not with them; to pad two texts from 20 to 28 costs 16 tokens.
    assert list(packed([20, 28, 12, 19, 29], WIDE)) == [([4], 32), ([1, 0, 3], 28), ([2], 12)]
    assert list(packed([20, 28, 12, 19, 29], STEP)) == [([4], 32), ([1], 28), ([0, 3], 20), ([2], 12)]


def test_many_texts_are_not_padded_where_another_shape_costs_less() -> None:
    # To pad six texts from 20 to 28 would cost 48 tokens, five 40.
    assert list(packed([28] + [20] * 6, WIDE)) == [([0], 28), ([1, 2, 3, 4, 5, 6], 20)]
    assert list(packed([28] + [20] * 5, WIDE)) == [([0, 1, 2, 3, 4, 5], 28)]


def test_passes_within_the_budget_are_of_about_one_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "_BATCH_TOKENS", 100)
    assert [len(batch) for batch, _ in packed([24] * 9, WIDE)] == [3, 3, 3]
    assert [len(batch) for batch, _ in packed([24] * 11, WIDE)] == [4, 4, 3]
    assert [len(batch) for batch, _ in packed([500] * 2, WIDE)] == [1, 1]


@pytest.mark.parametrize("step", [STEP, WIDE])
def test_every_text_is_in_one_pass_that_it_may_be_padded_for(step: int) -> None:
    dice = random.Random(7)  # noqa: S311 (no secrets)
    for _ in range(200):
        lengths = [dice.randint(1, 90) for _ in range(dice.randint(1, 70))]
        found = list(packed(lengths, step))
        assert sorted(index for batch, _ in found for index in batch) == list(range(len(lengths)))
        for batch, length in found:
            assert length % STEP == 0
            # What is left of a row behind whole strides is the same numbers, or only padding.
            assert all(lengths[i] <= length for i in batch)
            assert {-(-lengths[i] // STEP) * STEP // step for i in batch} == {length // step}
