from __future__ import annotations

from pathlib import Path

from indexer.build import build
from indexer.generation import Generation
from indexer.manifest import read_manifest
from indexer.postings import Postings
from indexer.segment import segments_root
from indexer.verification import check_segments, check_terms, unreferenced_segments
from tests.support.articles import make_article
from tests.support.library import small_library
from tests.support.toy_encoder import ToyEncoder

ENCODER = ToyEncoder()


def test_segments_that_no_generation_has_are_found(tmp_path: Path) -> None:
    names = [build(small_library()[:n], ENCODER, tmp_path) for n in (5, 7)]
    manifests = [read_manifest(tmp_path / "generations" / name) for name in names]
    assert unreferenced_segments(tmp_path, manifests) == []
    (segments_root(tmp_path) / ".building-segment").mkdir()
    gone = unreferenced_segments(tmp_path, manifests[:1])
    assert [path.name for path in gone] == sorted([".building-segment", manifests[1].segments[0].id])
    assert unreferenced_segments(tmp_path / "nowhere", []) == []


def test_a_damaged_segment_is_named(tmp_path: Path) -> None:
    name = build(small_library(), ENCODER, tmp_path)
    manifest = read_manifest(tmp_path / "generations" / name)
    assert check_segments(tmp_path, [manifest, manifest]) == []
    path = segments_root(tmp_path) / manifest.segments[0].id / "late.arrays"
    path.write_bytes(path.read_bytes()[:-1])
    (problem,) = check_segments(tmp_path, [manifest])
    assert manifest.segments[0].id in problem
    assert "late.arrays" in problem


def test_terms_are_those_of_the_texts(tmp_path: Path) -> None:
    first = build(small_library(), ENCODER, tmp_path)
    previous = Generation.load(tmp_path / "generations" / first, ENCODER.fingerprint)
    changed = [*small_library()[1:], make_article("x", "感恩周优惠", "尿布湿。")]
    name = build(changed, ENCODER, tmp_path, previous=previous)
    generation = Generation.load(tmp_path / "generations" / name, ENCODER.fingerprint, previous)
    assert check_terms(generation) == []
    segment = generation.portions[-1].segment
    wrong = Postings.of([["别的"]] * segment.passages)
    segment.postings["words"] = wrong  # type: ignore[index]
    assert any(problem.startswith("x: its terms for words") for problem in check_terms(generation))
