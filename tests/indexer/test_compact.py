from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from indexer import compact
from indexer.compact import CompactStore, CompactTokens, compacted, load_tokens, write_tokens
from indexer.late import LateStore, TokenStore, quantise
from indexer.places import Layout
from kb.encoder import Floats, TokenVectors
from kb.leg import Query

DIMENSION = 64


def unit(vectors: npt.NDArray[np.float32] | npt.NDArray[np.float64]) -> Floats:
    scaled: Floats = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled


def some(count: int, seed: int, themes: int = 0) -> TokenVectors:
    """Tokens of a passage; with `themes` each near to one of so many directions."""
    dice = np.random.default_rng(seed)
    vectors = dice.normal(size=(count, DIMENSION))
    if themes:
        vectors = dice.normal(size=(themes, DIMENSION))[np.arange(count) % themes] + 0.15 * vectors
    spans = np.stack([np.arange(count) * 2, np.arange(count) * 2 + 2], axis=1).astype(np.int32)
    return TokenVectors(unit(vectors).reshape(count, DIMENSION), spans)


def vectors_of(kept: CompactTokens, folder: Path) -> Floats:
    write_tokens([kept], DIMENSION, folder / "one")
    store = load_tokens(folder / "one")
    return store.tokens(0)[1]


def store_of(passages: list[TokenVectors], folder: Path, pooled: int) -> LateStore:
    write_tokens([compacted(quantise(p), pooled) for p in passages], DIMENSION, folder / "late")
    return LateStore((load_tokens(folder / "late"),), Layout.whole(len(passages)))


def asked(seed: int = 99, count: int = 6) -> Query:
    return Query("", np.empty(0, np.float32), some(count, seed))


def test_four_bits_lose_half_a_percent_of_a_direction(tmp_path: Path) -> None:
    tokens = some(200, 1)
    kept = vectors_of(compacted(quantise(tokens), 1), tmp_path)
    # Sixteen steps leave 0.0095 of a normal distribution's variance (Max 1960): a cosine of the root of 0.9905.
    assert (kept * tokens.vectors).sum(axis=1).mean() / np.linalg.norm(kept, axis=1).mean() == pytest.approx(
        0.9905**0.5, abs=0.002
    )


def test_what_is_alike_is_pooled_and_every_token_keeps_its_span(tmp_path: Path) -> None:
    tokens = some(12, 2, themes=4)
    kept = compacted(quantise(tokens), 3)
    assert kept.codes.shape == (4, DIMENSION // 2)
    assert all(len(set(kept.groups[n::4].tolist())) == 1 for n in range(4))
    assert kept.spans.tolist() == tokens.spans.tolist()
    mean = unit(tokens.vectors[0::4].mean(axis=0, keepdims=True))[0]
    assert float(vectors_of(kept, tmp_path)[8] @ mean) == pytest.approx(1, abs=0.03)


def test_unpooled_scores_are_near_exact(tmp_path: Path) -> None:
    passages = [some(int(n), seed) for seed, n in enumerate(np.random.default_rng(4).integers(1, 20, size=40))]
    LateStore.build([quantise(p) for p in passages], DIMENSION, tmp_path / "exact")
    expected = LateStore.load(tmp_path / "exact").scores(asked(), np.arange(40))
    found = store_of(passages, tmp_path, 1).scores(asked(), np.arange(40))
    np.testing.assert_allclose(found.mean, expected.mean, atol=0.02)
    np.testing.assert_allclose(found.weak, expected.weak, atol=0.03)


def test_pooled_scores_are_near_exact_where_tokens_are_alike(tmp_path: Path) -> None:
    passages = [some(12, seed, themes=4) for seed in range(30)]
    LateStore.build([quantise(p) for p in passages], DIMENSION, tmp_path / "exact")
    query = Query("", np.empty(0, np.float32), some(12, 7, themes=4))
    expected = LateStore.load(tmp_path / "exact").scores(query, np.arange(30)).mean
    found = store_of(passages, tmp_path, 3).scores(query, np.arange(30)).mean
    assert int(found.argmax()) == int(expected.argmax()) == 7
    assert np.corrcoef(found, expected)[0, 1] > 0.99


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7])
def test_short_texts(count: int, tmp_path: Path) -> None:
    kept = compacted(quantise(some(count, 1)), 3)
    assert len(kept.scales) == -(-count // 3)
    assert len(kept.groups) == len(kept.spans) == count
    found = store_of([some(count, 1), some(4, 2)], tmp_path, 3)
    assert (found.score(asked(), np.array([0]))[0] == 0) == (count == 0)
    assert found.align(asked(), 0).similarity.shape == (6, count)


def test_it_is_read_as_it_was_written_and_in_any_order(tmp_path: Path) -> None:
    kept = [compacted(quantise(some(n, n)), 2) for n in (5, 1, 8, 3)]
    write_tokens(kept, DIMENSION, tmp_path / "late")
    store = load_tokens(tmp_path / "late")
    assert isinstance(store, CompactStore)
    for place, own in enumerate(kept):
        for field in ("codes", "scales", "groups", "spans"):
            np.testing.assert_array_equal(getattr(store.of(place), field), getattr(own, field))
    late = LateStore((store,), Layout.whole(4))
    singly = [late.score(asked(), np.array([n]))[0] for n in (3, 0, 2, 0)]
    np.testing.assert_allclose(late.score(asked(), np.array([3, 0, 2, 0])), singly, rtol=1e-6)


def test_in_several_segments_as_in_one(tmp_path: Path) -> None:
    kept = [compacted(quantise(some(n, n)), 2) for n in (5, 1, 8, 3, 6)]
    parts = []
    for name, rows in (("a", [0, 2, 3]), ("b", [1, 4])):
        write_tokens([kept[n] for n in rows], DIMENSION, tmp_path / name)
        parts.append(load_tokens(tmp_path / name))
    write_tokens(kept, DIMENSION, tmp_path / "all")
    whole = LateStore((load_tokens(tmp_path / "all"),), Layout.whole(5))
    layout = Layout(5, (np.array([0, 2, 3], np.int32), np.array([1, 4], np.int32)))
    order = np.array([4, 0, 1, 3, 2])
    np.testing.assert_array_equal(
        LateStore(parts, layout).scores(asked(), order).mean, whole.scores(asked(), order).mean
    )


def test_alignment_stands_beside_scores(tmp_path: Path) -> None:
    store = store_of([some(9, 1)], tmp_path, 3)
    found = store.align(asked(), 0)
    assert found.spans.tolist() == some(9, 1).spans.tolist()
    assert found.similarity.max(axis=1).mean() == pytest.approx(store.score(asked(), np.array([0]))[0], abs=1e-5)


def test_two_kinds_in_one_segment_and_odd_vectors_are_refused(tmp_path: Path) -> None:
    exact = quantise(some(3, 1))
    with pytest.raises(ValueError, match="two kinds"):
        write_tokens([exact, compacted(exact)], DIMENSION, tmp_path / "late")
    with pytest.raises(ValueError, match="65 numbers"):
        CompactStore.build([], 65, tmp_path / "late")


def test_none_at_all_is_kept_plainly(tmp_path: Path) -> None:
    write_tokens([], DIMENSION, tmp_path / "late")
    store = load_tokens(tmp_path / "late")
    assert isinstance(store, TokenStore)
    assert (len(store), store.dimension) == (0, DIMENSION)


def test_steps_are_those_of_lloyd() -> None:
    # Max 1960, table I, sixteen steps: 0.1284, 0.3881, 0.6568, 0.9424, 1.256, 1.618, 2.069, 2.733.
    published = np.array([0.1284, 0.3881, 0.6568, 0.9424, 1.256, 1.618, 2.069, 2.733])
    np.testing.assert_allclose(compact._LEVELS[8:] / 127 * 2.733, published, atol=0.012)
