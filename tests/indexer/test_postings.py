from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.postings import Postings

TEXTS = st.lists(st.lists(st.sampled_from(["a", "bb", "运费", "退 货"]), max_size=6), max_size=8)


def same(one: Postings, other: Postings) -> None:
    assert list(one.terms) == list(other.terms)
    for name in ("starts", "texts", "counts", "lengths"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert getattr(one, name).dtype == getattr(other, name).dtype


def test_values_by_hand() -> None:
    postings = Postings.of([["b", "a", "b"], [], ["a"]])
    assert list(postings.terms) == ["a", "b"]
    assert postings.starts.tolist() == [0, 2, 3]
    assert postings.texts.tolist() == [0, 2, 0]
    assert postings.counts.tolist() == [1, 1, 2]
    assert postings.lengths.tolist() == [3, 0, 1]
    assert postings.totals(np.array([True, True, False])).tolist() == [1, 2]


@given(TEXTS, TEXTS)
def test_merged_is_what_is_counted_at_once(one: list[list[str]], other: list[list[str]]) -> None:
    every = [*one, *other]
    order = np.random.default_rng(len(every)).permutation(len(every))
    chosen = order[: len(order) // 2 + 1].tolist() if every else []
    places = np.full(len(every), -1, dtype=np.int32)
    places[chosen] = np.arange(len(chosen))
    parts = [(Postings.of(one), places[: len(one)]), (Postings.of(other), places[len(one) :])]
    same(Postings.merged(parts, len(chosen)), Postings.of([every[n] for n in chosen]))


@pytest.mark.parametrize("texts", [[], [[]], [["a"], ["运费", "a b"]]])
def test_what_is_written_is_read(tmp_path: Path, texts: list[list[str]]) -> None:
    postings = Postings.of(texts)
    postings.write(tmp_path / "x")
    same(Postings.read(tmp_path / "x"), postings)


def test_a_line_break_in_a_term_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line break"):
        Postings.of([["a\nb"]]).write(tmp_path / "x")
