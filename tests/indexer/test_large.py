"""Libraries large enough for lists, pruned terms and compact token vectors, the limits set low."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from indexer import compact, dense, lexical, lists, segment
from indexer.build import build
from indexer.cache import VectorCache
from indexer.compact import CompactStore
from indexer.generation import Generation
from indexer.late import TokenStore
from indexer.segment import LISTS, RECORD
from indexer.upkeep import MOST
from kb.article import Article
from kb.errors import GenerationError
from tests.indexer.test_stepwise import same_answers, some_article, thrown
from tests.support.toy_encoder import WORDS, ToyEncoder

ENCODER = ToyEncoder(words=(*WORDS, "尿布湿"))
"""Vectors of an even width."""


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "LISTS_FROM", 60)
    monkeypatch.setattr(lists, "_TRAINED_ON", 8)
    monkeypatch.setattr(compact, "COMPACT_FROM", 0)
    monkeypatch.setattr(lexical, "WIDE_FROM", 0)


def library(count: int = 40) -> list[Article]:
    dice = thrown(1)
    return [some_article(number, dice) for number in range(count)]


def loaded(var: Path, name: str, previous: Generation | None = None) -> Generation:
    return Generation.load(var / "generations" / name, ENCODER.fingerprint, previous)


@pytest.mark.usefixtures("small_limits")
def test_a_large_segment_has_lists_and_a_later_small_one_none(tmp_path: Path) -> None:
    first = loaded(tmp_path, build(library(), ENCODER, tmp_path))
    record = first.portions[0].segment.record
    assert record.lists is not None
    assert (record.lists.at, record.lists.recall >= 0.99) == (50, True)
    assert LISTS in record.files
    changed = [*library()[:-1], some_article(39, thrown(9))]
    second = loaded(tmp_path, build(changed, ENCODER, tmp_path, previous=first), first)
    assert [part.segment.record.lists is None for part in second.portions] == [False, True]
    assert all(isinstance(part.segment.late, CompactStore) for part in second.portions)


@pytest.mark.usefixtures("small_limits")
def test_step_by_step_as_at_once_where_all_lists_are_visited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # With every list visited nothing is approximate but the rounding of vectors, which is that of each passage alone.
    monkeypatch.setattr(lists, "WANTED", 2.0)
    monkeypatch.setattr(lists, "WIDE", 100)
    monkeypatch.setattr(dense, "WIDE", 100)
    monkeypatch.setattr(dense, "FEW", 0)
    dice, articles = thrown(4), dict(enumerate(library()))
    previous: Generation | None = None
    for _ in range(8):
        number = dice.randint(0, 45)
        articles[number] = some_article(number, dice)
        name = build(list(articles.values()), ENCODER, tmp_path / "steps", previous=previous)
        previous = loaded(tmp_path / "steps", name, previous)
        assert len(previous.portions) <= MOST
    assert previous is not None
    assert build(list(articles.values()), ENCODER, tmp_path / "once") == previous.generation
    once = loaded(tmp_path / "once", previous.generation)
    assert previous.manifest.tokens == once.manifest.tokens
    same_answers(previous, once, ENCODER)


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("how", ["flipped", "truncated", "missing"])
def test_damaged_lists_are_refused(tmp_path: Path, how: str) -> None:
    name = build(library(), ENCODER, tmp_path)
    path = loaded(tmp_path, name).portions[0].segment.folder / LISTS
    raw = bytearray(path.read_bytes())
    path.unlink()
    if how == "flipped":
        raw[len(raw) // 2] ^= 1
    if how != "missing":
        path.write_bytes(raw if how == "flipped" else raw[:-1])
    with pytest.raises(GenerationError, match=r"lists\.faiss"):
        loaded(tmp_path, name)


def test_a_small_library_is_kept_as_before(tmp_path: Path) -> None:
    part = loaded(tmp_path, build(library(), ENCODER, tmp_path)).portions[0].segment
    assert isinstance(part.late, TokenStore)
    assert part.record.lists is None
    assert "lists" not in (part.folder / RECORD).read_text(encoding="utf-8")


def test_a_library_that_grows_over_the_limit_is_kept_the_other_way_and_encodes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = loaded(tmp_path, build(library(), ENCODER, tmp_path))
    monkeypatch.setattr(compact, "COMPACT_FROM", 1)
    ENCODER.encoded.clear()
    after = loaded(tmp_path, build(library(), ENCODER, tmp_path, previous=before), before)
    assert after.generation != before.generation
    assert ENCODER.encoded == []
    assert [isinstance(part.segment.late, CompactStore) for part in after.portions] == [True]


@pytest.mark.usefixtures("small_limits")
def test_a_large_librarys_cache_is_as_small_as_its_index_and_gives_the_same(tmp_path: Path) -> None:
    first = loaded(tmp_path, build(library(), ENCODER, tmp_path))
    passages = [passage.hash for passage in first.passages]
    cache = VectorCache(tmp_path, ENCODER.fingerprint, ENCODER.dimension)
    assert cache.get(passages) == {}
    assert cache.get_compact(passages).keys() == set(passages)
    shutil.rmtree(tmp_path / "generations")
    shutil.rmtree(tmp_path / "segments")
    ENCODER.encoded.clear()
    assert build(library(), ENCODER, tmp_path) == first.generation
    assert ENCODER.encoded == []
    again = loaded(tmp_path, first.generation)
    assert [p.segment.folder.name for p in again.portions] == [p.segment.folder.name for p in first.portions]


def test_an_encoder_of_odd_width_keeps_them_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "COMPACT_FROM", 0)
    odd = ToyEncoder()
    name = build(library(5), odd, tmp_path)
    part = Generation.load(tmp_path / "generations" / name, odd.fingerprint).portions[0].segment
    assert isinstance(part.late, TokenStore)
    assert np.asarray(part.late.codes).shape[1] == odd.dimension
    shutil.rmtree(tmp_path / "generations")
