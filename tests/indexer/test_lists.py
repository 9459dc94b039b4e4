from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexer.dense import DenseLeg, DenseVectors
from indexer.lists import InvertedLists, ListsRecord
from indexer.places import Layout, Places
from kb.encoder import Floats
from kb.leg import Hits, Ordinals, Query
from kb.validity import Bools
from tests.support.fake_index import NO_TOKENS

COUNT, DIMENSION = 3000, 16


def clustered(count: int = COUNT) -> Floats:
    dice = np.random.default_rng(1)
    centres = dice.normal(size=(60, DIMENSION))
    vectors = centres[dice.integers(60, size=count)] + 0.4 * dice.normal(size=(count, DIMENSION))
    scaled: Floats = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled


def questions(vectors: Floats, count: int = 100) -> Floats:
    """Between three passages each, as far from all as questions are."""
    sums = vectors[np.random.default_rng(2).integers(len(vectors), size=(3, count))].sum(axis=0)
    scaled: Floats = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return scaled


def written(vectors: Floats, folder: Path, wanted: float | None = None) -> ListsRecord:
    DenseVectors.build(vectors, folder / "dense")
    return InvertedLists.build(vectors, folder / "lists", wanted)


def loaded(folder: Path, record: ListsRecord, count: int = COUNT, few: int = 0) -> DenseVectors:
    flat = DenseVectors.load(folder / "dense")
    lists = InvertedLists.load(folder / "lists", record, count)
    return DenseVectors(flat._index, lists, few)


def nearest(vectors: Floats, vector: Floats, allowed: Bools, k: int) -> Ordinals:
    found: Ordinals = np.argsort(-np.where(allowed, vectors @ vector, -np.inf))[: min(k, int(allowed.sum()))]
    return found


def search(segment: DenseVectors, vector: Floats, allowed: Bools, k: int) -> Hits:
    return DenseLeg((segment,), Layout.whole(len(allowed))).search(Query("", vector, NO_TOKENS), allowed, k)


def recall(segment: DenseVectors, vectors: Floats, allowed: Bools, k: int = 50) -> float:
    shares = []
    for vector in questions(vectors):
        exact = nearest(vectors, vector, allowed, k)
        shares.append(np.isin(exact, search(segment, vector, allowed, k).ordinals).mean())
    return float(np.mean(shares))


def test_the_record_says_what_was_chosen_and_it_holds(tmp_path: Path) -> None:
    vectors = clustered()
    record = written(vectors, tmp_path)
    assert record.lists == 75  # a list for each 40 vectors, fewer than four times the root
    assert 1 < record.probes < record.lists
    assert 0.99 <= record.recall <= 1
    assert recall(loaded(tmp_path, record), vectors, np.ones(COUNT, dtype=np.bool_)) >= 0.98


def test_more_is_visited_where_more_is_wanted(tmp_path: Path) -> None:
    vectors = clustered()
    low, high = written(vectors, tmp_path, 0.6), written(vectors, tmp_path, 1.0)
    assert low.probes < high.probes
    assert low.recall < high.recall == 1


def test_the_number_of_probes_in_the_record_is_honoured(tmp_path: Path) -> None:
    vectors, every = clustered(), np.ones(COUNT, dtype=np.bool_)
    record = written(vectors, tmp_path)
    fewer = record.model_copy(update={"probes": 1})
    assert recall(loaded(tmp_path, fewer), vectors, every) < 0.9 * recall(loaded(tmp_path, record), vectors, every)


def test_scores_are_exact_and_in_order(tmp_path: Path) -> None:
    vectors = clustered()
    segment = loaded(tmp_path, written(vectors, tmp_path))
    hits = search(segment, vectors[17], np.ones(COUNT, dtype=np.bool_), 20)
    assert hits.ordinals[0] == 17
    np.testing.assert_array_equal(hits.scores, np.sort(hits.scores)[::-1])
    np.testing.assert_allclose(hits.scores, vectors[hits.ordinals] @ vectors[17], atol=1e-6)


@pytest.mark.parametrize("share", [0.5, 0.2, 0.05])
def test_a_filter_costs_no_recall(tmp_path: Path, share: float) -> None:
    vectors = clustered()
    segment = loaded(tmp_path, written(vectors, tmp_path))
    allowed = np.random.default_rng(5).random(COUNT) < share
    assert recall(segment, vectors, allowed) >= 0.98
    assert allowed[search(segment, vectors[3], allowed, 50).ordinals].all()


def test_few_allowed_are_searched_exactly(tmp_path: Path) -> None:
    vectors = clustered()
    record = written(vectors, tmp_path).model_copy(update={"probes": 1})
    segment = loaded(tmp_path, record, few=200)
    away = np.argsort(vectors @ vectors[3])[:200]
    allowed = np.isin(np.arange(COUNT), away)
    exact = nearest(vectors, vectors[3], allowed, 50)
    assert search(segment, vectors[3], allowed, 50).ordinals.tolist() == exact.tolist()


def test_all_lists_are_visited_where_too_few_are_found(tmp_path: Path) -> None:
    vectors = clustered()
    record = written(vectors, tmp_path).model_copy(update={"probes": 1})
    segment = loaded(tmp_path, record)
    # None of what is allowed is in the lists nearest to the question.
    allowed = vectors @ vectors[3] < 0
    assert len(search(segment, vectors[3], allowed, 50).ordinals) == 50


def test_none_allowed(tmp_path: Path) -> None:
    vectors = clustered()
    segment = loaded(tmp_path, written(vectors, tmp_path))
    assert search(segment, vectors[0], np.zeros(COUNT, dtype=np.bool_), 5).ordinals.tolist() == []


def test_a_large_segment_with_lists_beside_a_small_one(tmp_path: Path) -> None:
    vectors = clustered()
    large = np.setdiff1d(np.arange(COUNT), np.arange(0, COUNT, 100)).astype(np.int32)
    small = np.arange(0, COUNT, 100, dtype=np.int32)
    parts = []
    for name, rows in (("large", large), ("small", small)):
        (tmp_path / name).mkdir()
        if name == "large":
            record = written(vectors[rows], tmp_path / name)
            parts.append(loaded(tmp_path / name, record, len(rows)))
        else:
            DenseVectors.build(vectors[rows], tmp_path / name / "dense")
            parts.append(DenseVectors.load(tmp_path / name / "dense"))
    dead: Places = large.copy()
    dead[large == 17] = COUNT
    leg = DenseLeg(parts, Layout(COUNT, (large, small)))
    every = np.ones(COUNT, dtype=np.bool_)
    shares = []
    for vector in questions(vectors, 50):
        found = leg.search(Query("", vector, NO_TOKENS), every, 50).ordinals
        shares.append(np.isin(nearest(vectors, vector, every, 50), found).mean())
    assert np.mean(shares) >= 0.98
    assert leg.search(Query("", vectors[100], NO_TOKENS), every, 1).ordinals.tolist() == [100]
    assert leg.search(Query("", vectors[17], NO_TOKENS), every, 1).ordinals.tolist() == [17]


def test_a_file_of_other_vectors_is_refused(tmp_path: Path) -> None:
    record = written(clustered(), tmp_path)
    with pytest.raises(ValueError, match="does not hold 75 lists of 2999 vectors"):
        InvertedLists.load(tmp_path / "lists", record, COUNT - 1)
    with pytest.raises(ValueError, match="does not hold 75 lists"):
        InvertedLists.load(tmp_path / "dense", record, COUNT)
