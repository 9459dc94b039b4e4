from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexer.late import LateStore, QuantisedTokens, quantise
from kb.encoder import Floats, TokenVectors
from kb.leg import Query


def tokens(*rows: tuple[float, ...], dimension: int = 2) -> TokenVectors:
    vectors = np.array(rows, dtype=np.float32).reshape(-1, dimension)
    spans = np.array([(i, i + 1) for i in range(len(rows))], dtype=np.int32).reshape(-1, 2)
    return TokenVectors(vectors, spans)


def query(*rows: tuple[float, ...]) -> Query:
    return Query("", np.empty(0, np.float32), tokens(*rows))


def store_of(folder: Path, *passages: TokenVectors, dimension: int = 2) -> LateStore:
    LateStore.build([quantise(p) for p in passages], dimension, folder / "late")
    return LateStore.load(folder / "late")


def restored(stored: QuantisedTokens) -> Floats:
    vectors: Floats = stored.codes.astype(np.float32) * stored.scales[:, np.newaxis]
    return vectors


def test_quantised_values_by_hand() -> None:
    stored = quantise(tokens((0.6, -0.8), (1.0, 0.0)))
    assert stored.codes.tolist() == [[95, -127], [127, 0]]  # 0.6 / 0.8 · 127 = 95.25
    assert stored.scales.tolist() == pytest.approx([0.8 / 127, 1 / 127])
    assert stored.spans.tolist() == [[0, 1], [1, 2]]


def test_round_trip_is_within_half_a_step() -> None:
    vectors = np.random.default_rng(1).normal(size=(200, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    stored = quantise(TokenVectors(vectors, np.zeros((200, 2), np.int32)))
    error = np.abs(restored(stored) - vectors)
    assert (error <= stored.scales[:, np.newaxis] * 0.5 + 1e-7).all()
    cosines = np.sum(restored(stored) * vectors, axis=1) / np.linalg.norm(restored(stored), axis=1)
    assert cosines.min() > 0.9999


@pytest.mark.parametrize("rows", [[], [(0.0, 0.0)], [(0.0, 0.0), (1.0, 0.0)]])
def test_no_tokens_and_zero_vectors(rows: list[tuple[float, float]]) -> None:
    given = tokens(*rows)
    np.testing.assert_allclose(restored(quantise(given)), given.vectors, atol=1e-6)


def test_score_by_hand(tmp_path: Path) -> None:
    store = store_of(tmp_path, tokens((1, 0), (0, 1)), tokens((0.6, 0.8)), tokens((-1, 0)))
    scores = store.score(query((1, 0), (0, 1)), np.array([0, 1, 2]))
    # The best passage token of each query token, averaged: (1 + 1) / 2, (0.6 + 0.8) / 2, (-1 + 0) / 2.
    assert scores.tolist() == pytest.approx([1.0, 0.7, -0.5], abs=0.01)


def test_ordinals_in_any_order_and_repeated(tmp_path: Path) -> None:
    store = store_of(tmp_path, tokens((1, 0), (0, 1)), tokens(), tokens((0, 1)), tokens((-1, 0)))
    scores = store.score(query((1, 0)), np.array([3, 1, 0, 2, 0, 1]))
    assert scores.tolist() == pytest.approx([-1, 0, 1, 0, 1, 0], abs=0.01)


def test_scores_are_brute_force(tmp_path: Path) -> None:
    random = np.random.default_rng(5)

    def some(count: int) -> TokenVectors:
        vectors = random.normal(size=(count, 16)).astype(np.float32)
        return TokenVectors(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.zeros((count, 2), np.int32))

    passages = [some(int(count)) for count in random.integers(0, 12, size=40)]
    asked = some(5)
    store = store_of(tmp_path, *passages, dimension=16)
    expected = [(asked.vectors @ p.vectors.T).max(axis=1).mean() if len(p.vectors) else 0 for p in passages]
    found = store.score(Query("", np.empty(0, np.float32), asked), np.arange(40))
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_empty_passage_empty_query_and_no_ordinals(tmp_path: Path) -> None:
    store = store_of(tmp_path, tokens(), tokens((1, 0)), tokens())
    assert store.score(query(), np.array([0, 1, 2])).tolist() == [0, 0, 0]
    assert store.score(query((1, 0)), np.array([0, 2])).tolist() == [0, 0]
    assert store.score(query((1, 0)), np.empty(0, np.int64)).tolist() == []


@pytest.mark.parametrize("count", [0, 3])
def test_a_store_without_any_token(tmp_path: Path, count: int) -> None:
    store = store_of(tmp_path, *[tokens()] * count)
    assert store.score(query((1, 0)), np.arange(count)).tolist() == [0] * count


def test_align(tmp_path: Path) -> None:
    passage = TokenVectors(np.array([(1, 0), (0.6, 0.8)], np.float32), np.array([(3, 5), (7, 11)], np.int32))
    store = store_of(tmp_path, tokens((0, 1)), passage, tokens())
    found = store.align(query((1, 0), (0, 1), (-1, 0)), 1)
    assert found.spans.tolist() == [[3, 5], [7, 11]]
    np.testing.assert_allclose(found.similarity, [[1, 0.6], [0, 0.8], [-1, -0.6]], atol=0.01)
    empty = store.align(query((1, 0)), 2)
    assert (empty.spans.shape, empty.similarity.shape) == ((0, 2), (1, 0))
    assert store.align(query(), 0).similarity.shape == (0, 1)
