from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexer.dense import DenseLeg, DenseVectors
from indexer.places import Layout
from kb.encoder import Floats
from kb.leg import Query
from kb.validity import Bools
from tests.support.fake_index import NO_TOKENS


def unit(*shape: int, seed: int = 7) -> Floats:
    vectors = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    scaled: Floats = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return scaled


def leg_of(vectors: Floats, folder: Path) -> DenseLeg:
    DenseVectors.build(vectors, folder / "dense.faiss")
    return DenseLeg((DenseVectors.load(folder / "dense.faiss"),), Layout.whole(len(vectors)))


def query(vector: Floats) -> Query:
    return Query("", vector, NO_TOKENS)


def some(n: int, *ordinals: int) -> Bools:
    mask = np.zeros(n, dtype=np.bool_)
    mask[list(ordinals)] = True
    return mask


@pytest.mark.parametrize("k", [1, 10, 500, 5000])
@pytest.mark.parametrize("share", [1.0, 0.3, 0.01])
def test_search_is_brute_force(tmp_path: Path, k: int, share: float) -> None:
    vectors = unit(500, 24)
    leg = leg_of(vectors, tmp_path)
    allowed = np.random.default_rng(3).random(500) < share
    vector = unit(24, seed=11)
    hits = leg.search(query(vector), allowed, k)
    cosines = np.where(allowed, vectors @ vector, -np.inf)
    expected = np.argsort(-cosines)[: min(k, allowed.sum())]
    assert hits.ordinals.dtype == np.int64
    assert hits.ordinals.tolist() == expected.tolist()
    np.testing.assert_allclose(hits.scores, cosines[expected], atol=1e-6)


def test_values_by_hand(tmp_path: Path) -> None:
    leg = leg_of(np.array([[1, 0], [0.6, 0.8], [-1, 0]], np.float32), tmp_path)
    hits = leg.search(query(np.array([1, 0], np.float32)), some(3, 0, 1, 2), 3)
    assert hits.ordinals.tolist() == [0, 1, 2]
    assert hits.scores.tolist() == pytest.approx([1, 0.6, -1])


def test_search_and_score_agree(tmp_path: Path) -> None:
    leg = leg_of(unit(100, 24), tmp_path)
    asked = query(unit(24, seed=5))
    hits = leg.search(asked, np.ones(100, dtype=np.bool_), 100)
    np.testing.assert_allclose(leg.score(asked, hits.ordinals), hits.scores, atol=1e-6)
    assert leg.score(asked, np.empty(0, np.int64)).shape == (0,)


def test_only_what_is_allowed_is_found(tmp_path: Path) -> None:
    leg = leg_of(unit(20, 4), tmp_path)
    hits = leg.search(query(unit(4)), some(20, 3, 8, 19), 10)
    assert sorted(hits.ordinals.tolist()) == [3, 8, 19]


def test_none_allowed_and_none_there(tmp_path: Path) -> None:
    leg = leg_of(unit(20, 4), tmp_path)
    assert leg.search(query(unit(4)), some(20), 10).ordinals.tolist() == []
    (tmp_path / "empty").mkdir()
    empty = leg_of(np.empty((0, 4), np.float32), tmp_path / "empty")
    hits = empty.search(query(unit(4)), some(0), 10)
    assert (hits.ordinals.tolist(), hits.scores.tolist()) == ([], [])
    assert empty.score(query(unit(4)), np.empty(0, np.int64)).tolist() == []


@pytest.mark.parametrize("k", [1, 7, 150, 290])
def test_equal_scores_keep_the_order_of_the_library(tmp_path: Path, k: int) -> None:
    leg = leg_of(np.tile(unit(1, 4), (300, 1)), tmp_path)
    hits = leg.search(query(unit(4)), some(300, *range(5, 300)), k)
    assert hits.ordinals.tolist() == list(range(5, 5 + k))
