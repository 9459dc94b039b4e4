from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from indexer.build import build
from indexer.generation import Generation
from indexer.manifest import FORMAT, NAME, Manifest, read_manifest
from indexer.segment import RECORD, read_record, segments_root
from indexer.store import GenerationStore
from kb.errors import GenerationError
from kb.passage import PassageKind
from tests.support.articles import make_article
from tests.support.library import LIBRARY, build_generation, small_library
from tests.support.toy_encoder import ToyEncoder

ENCODER = ToyEncoder()
OWN_FILES = ("user-words.json", "shop-words.json", "revisions.json")
SEGMENT_FILES = (
    "articles.json",
    "passages.json",
    "outline.arrays",
    "dense.faiss",
    "late.arrays",
    "chars.arrays",
    "words.arrays",
    "sounds.arrays",
    "spelling.arrays",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A `var` with an older generation and a current one."""
    var = tmp_path_factory.mktemp("built")
    store = GenerationStore(var)
    old = build(small_library()[:-1], ENCODER, var)
    store.activate(old, LIBRARY)
    new = build(small_library(), ENCODER, var)
    store.activate(new, LIBRARY)
    return var, old, new


@pytest.fixture
def var(built: tuple[Path, str, str], tmp_path: Path) -> Path:
    shutil.copytree(built[0], tmp_path / "var")
    return tmp_path / "var"


def rewrite(folder: Path, **changes: object) -> None:
    """Change a manifest, checksum included, as another version of the program would write it."""
    raw = json.loads((folder / NAME).read_text(encoding="utf-8"))
    manifest = Manifest.model_validate({**raw, **changes}).sealed()
    (folder / NAME).write_text(manifest.model_dump_json(), encoding="utf-8")


def segment_of(var: Path, generation: str) -> Path:
    """The one segment of a generation."""
    (part,) = read_manifest(var / "generations" / generation).segments
    return segments_root(var) / part.id


def test_it_holds_exactly_the_named_files(built: tuple[Path, str, str]) -> None:
    var, _, new = built
    folder, segment = var / "generations" / new, segment_of(var, new)
    assert sorted(read_manifest(folder).files) == sorted(OWN_FILES)
    assert sorted(read_record(segment).files) == sorted(SEGMENT_FILES)
    assert sorted(p.name for p in folder.iterdir()) == sorted((*OWN_FILES, NAME))
    assert sorted(p.name for p in segment.iterdir()) == sorted((*SEGMENT_FILES, RECORD))


def test_the_manifest_counts(built: tuple[Path, str, str]) -> None:
    var, _, new = built
    manifest = Generation.load(var / "generations" / new, ENCODER.fingerprint).manifest
    assert (manifest.id, manifest.format, manifest.articles, manifest.passages) == (new, FORMAT, 7, 7)
    # 退货 and 运费 twice in either return rule; 优惠 in title and text; 优惠; 发票; 洗衣机; 快递: title and text.
    words = [text.count(word) for text in ENCODER.encoded for word in ENCODER.words]
    assert manifest.tokens == sum(words)
    assert manifest.encoder.name == "toy"
    assert manifest.encoder.fingerprint == ENCODER.fingerprint
    assert manifest.encoder.dimension == 9


@pytest.mark.parametrize("name", [*OWN_FILES, *SEGMENT_FILES, RECORD])
@pytest.mark.parametrize("how", ["truncated", "flipped", "grown", "missing"])
def test_a_damaged_file_is_refused_by_name_and_the_last_good_one_serves(
    var: Path, built: tuple[Path, str, str], name: str, how: str
) -> None:
    _, old, new = built
    path = (var / "generations" / new if name in OWN_FILES else segment_of(var, new)) / name
    raw = bytearray(path.read_bytes())
    if how == "missing":
        path.unlink()
    else:
        raw[len(raw) // 2] ^= 1
        path.write_bytes({"truncated": raw[:-1], "flipped": raw, "grown": raw + b"\0"}[how])
    with pytest.raises(GenerationError, match=f"{new}.*{name}"):
        Generation.load(var / "generations" / new, ENCODER.fingerprint)
    assert GenerationStore(var).load(ENCODER.fingerprint, LIBRARY).generation == old


def test_a_flipped_byte_anywhere_in_the_manifest_is_seen(var: Path, built: tuple[Path, str, str]) -> None:
    folder = var / "generations" / built[2]
    raw = (folder / NAME).read_bytes()
    for position in range(0, len(raw) - 1, 5):
        damaged = bytearray(raw)
        damaged[position] ^= 1
        (folder / NAME).write_bytes(damaged)
        with pytest.raises(GenerationError, match=built[2]):
            read_manifest(folder)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"{}", b"\xff", b'{"format": 1}'])
def test_a_manifest_that_is_none(var: Path, built: tuple[Path, str, str], raw: bytes) -> None:
    _, old, new = built
    (var / "generations" / new / NAME).write_bytes(raw)
    with pytest.raises(GenerationError, match=new):
        Generation.load(var / "generations" / new, ENCODER.fingerprint)
    assert GenerationStore(var).load(ENCODER.fingerprint, LIBRARY).generation == old


def test_a_missing_manifest_and_a_missing_folder(var: Path, built: tuple[Path, str, str]) -> None:
    _, old, new = built
    (var / "generations" / new / NAME).unlink()
    with pytest.raises(GenerationError, match=f"{new} has no manifest.json"):
        Generation.load(var / "generations" / new, ENCODER.fingerprint)
    shutil.rmtree(var / "generations" / new)
    with pytest.raises(GenerationError, match=f"{new} has no manifest.json"):
        Generation.load(var / "generations" / new, ENCODER.fingerprint)
    assert GenerationStore(var).load(ENCODER.fingerprint, LIBRARY).generation == old


@pytest.mark.parametrize("version", [0, 1, 99])
def test_another_format_is_refused_with_both_numbers(var: Path, built: tuple[Path, str, str], version: int) -> None:
    _, old, new = built
    rewrite(var / "generations" / new, format=version)
    with pytest.raises(GenerationError, match=f"{new} has format {version}, this program reads {FORMAT}"):
        Generation.load(var / "generations" / new, ENCODER.fingerprint)
    assert GenerationStore(var).load(ENCODER.fingerprint, LIBRARY).generation == old


def test_another_encoder_is_refused_with_both_fingerprints(built: tuple[Path, str, str]) -> None:
    var, _, new = built
    other = ToyEncoder(words=("别的",))
    match = f"{new} was made by encoder {ENCODER.fingerprint[:12]} .*serving one is {other.fingerprint[:12]}"
    with pytest.raises(GenerationError, match=match):
        Generation.load(var / "generations" / new, other.fingerprint)
    with pytest.raises(GenerationError, match=new):
        GenerationStore(var).load(other.fingerprint, LIBRARY)


@pytest.mark.parametrize("content", [b'["a", 1]', b"{", b""])
def test_whole_but_of_another_version_is_refused_by_name(
    var: Path, built: tuple[Path, str, str], content: bytes
) -> None:
    folder = var / "generations" / built[2]
    (folder / "user-words.json").write_bytes(content)
    files = json.loads((folder / NAME).read_text(encoding="utf-8"))["files"]
    files["user-words.json"] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    rewrite(folder, files=files)
    with pytest.raises(GenerationError, match=built[2]):
        Generation.load(folder, ENCODER.fingerprint)


@pytest.mark.parametrize("name", SEGMENT_FILES)
@pytest.mark.parametrize("content", [b'[{"id": "a"}]', b"{}\n", b""])
def test_a_segment_whole_but_of_another_version_is_refused_by_name(
    var: Path, built: tuple[Path, str, str], name: str, content: bytes
) -> None:
    segment, folder = segment_of(var, built[2]), var / "generations" / built[2]
    (segment / name).write_bytes(content)
    record = json.loads((segment / RECORD).read_text(encoding="utf-8"))
    record["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    raw = json.dumps(record).encode()
    (segment / RECORD).write_bytes(raw)
    renamed = hashlib.sha256(raw).hexdigest()[:32]
    segment.rename(segment.with_name(renamed))
    rewrite(folder, segments=[{"id": renamed, "dead": []}])
    with pytest.raises(GenerationError, match=f"{built[2]}.*{renamed}"):
        Generation.load(folder, ENCODER.fingerprint)


def test_passages_and_articles_find_each_other(tmp_path: Path) -> None:
    articles = [
        make_article("b", "运费", "# 一\n\n八元。\n\n# 二\n\n十元。", questions=["多少钱"]),
        make_article("a", "退货", "七天。"),
        make_article("c", "发票", "一天内。"),
    ]
    generation = build_generation(articles, tmp_path)
    assert [a.id for a in generation.articles] == ["a", "b", "c"]
    assert generation.article_of.tolist() == [0, 1, 1, 1, 2]
    assert [list(generation.passages_of(a)) for a in range(3)] == [[0], [1, 2, 3], [4]]
    assert [generation.ordinal(name) for name in ("a", "b", "c", "d", "")] == [0, 1, 2, None, None]
    assert [p.kind for p in generation.passages][3] is PassageKind.QUESTION
    assert generation.articles == tuple(sorted(articles, key=lambda a: a.id))


def test_overrides_by_ordinal(tmp_path: Path) -> None:
    articles = [
        make_article("base"),
        make_article("z-one", overrides=["base"]),
        make_article("a-two", overrides=["base", "z-one", "gone"]),
    ]
    generation = build_generation(articles, tmp_path)
    assert [a.id for a in generation.articles] == ["a-two", "base", "z-one"]
    assert generation.overridden_by == {1: (0, 2), 2: (0,)}


def test_no_articles(tmp_path: Path) -> None:
    generation = build_generation([], tmp_path)
    assert (len(generation.articles), len(generation.passages)) == (0, 0)
    assert generation.article_of.dtype == np.int64
