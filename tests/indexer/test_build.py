from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer import analyser, late
from indexer import build as building
from indexer.build import build, inputs_of
from indexer.drafting import searched_text
from indexer.generation import Generation
from indexer.manifest import Manifest, generation_id, read_manifest
from indexer.segment import segments_root
from indexer.store import GenerationStore
from kb import splitter
from kb.errors import GenerationError
from kb.leg import Query
from kb.library import ShopWords
from kb.moods import MoodWords
from kb.splitter import split
from kb.synonyms import Synonyms
from tests.support.articles import make_article
from tests.support.library import LIBRARY, build_generation, small_library
from tests.support.toy_encoder import ToyEncoder


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def contents_of(var: Path, generation: str) -> dict[str, bytes]:
    """The files of a generation and of its segments."""
    folder = var / "generations" / generation
    found = contents(folder)
    for part in read_manifest(folder).segments:
        found |= {f"{part.id}/{name}": raw for name, raw in contents(segments_root(var) / part.id).items()}
    return found


def leftovers(var: Path) -> list[str]:
    return [p.name for p in var.glob("*/.building-*")]


def test_same_input_same_id_and_the_same_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    first = build(small_library(), ToyEncoder(), one)
    second = build(list(reversed(small_library())), ToyEncoder(), two)
    assert first == second
    assert contents_of(one, first) == contents_of(two, second)


def test_same_bytes_in_a_process_with_another_hash_seed(tmp_path: Path) -> None:
    name = build(small_library(), ToyEncoder(), tmp_path / "here")
    code = (
        "import sys; from pathlib import Path; from indexer.build import build;"
        "from tests.support.library import small_library; from tests.support.toy_encoder import ToyEncoder;"
        "sys.stdout.write(build(small_library(), ToyEncoder(), Path(sys.argv[1])))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "there")],
        cwd=root,
        env={**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(root), "TZ": "America/New_York"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == name
    assert contents_of(tmp_path / "here", name) == contents_of(tmp_path / "there", name)


def test_rebuilding_the_unchanged_library_does_nothing(tmp_path: Path) -> None:
    encoder = ToyEncoder()
    name = build(small_library(), encoder, tmp_path)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "generations" / name).rglob("*")}
    encoder.encoded.clear()
    assert build(small_library(), encoder, tmp_path) == name
    assert encoder.encoded == []
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "generations" / name).rglob("*")} == before


def test_a_changed_article_encodes_its_changed_passages_only(tmp_path: Path) -> None:
    encoder = ToyEncoder()
    body = "# 一\n\n运费八元。\n\n# 二\n\n退货七天。"
    first = build([*small_library(), make_article("x", "说明", body)], encoder, tmp_path)
    encoder.encoded.clear()
    changed = body.replace("七天", "十五天")
    second = build([*small_library(), make_article("x", "说明", changed)], encoder, tmp_path)
    assert first != second
    assert encoder.encoded == ["说明 > 二\n退货十五天。"]


def test_a_window_alone_makes_a_new_generation_and_encodes_nothing(tmp_path: Path) -> None:
    encoder = ToyEncoder()
    first = build([make_article("x")], encoder, tmp_path)
    encoder.encoded.clear()
    assert build([make_article("x", effective_until="2027-01-01")], encoder, tmp_path) != first
    assert encoder.encoded == []


def test_a_change_of_the_shop_words_alone_makes_a_new_generation_and_encodes_nothing(tmp_path: Path) -> None:
    encoder = ToyEncoder()
    names = [build(small_library(), encoder, tmp_path)]
    encoder.encoded.clear()
    for words in (
        ShopWords(Synonyms((("运费", "邮费"),))),
        ShopWords(Synonyms((("运费", "邮费", "邮资"),))),
        ShopWords(moods=MoodWords(anger=("翻车",))),
    ):
        names.append(build(small_library(), encoder, tmp_path, words=words))
        loaded = Generation.load(tmp_path / "generations" / names[-1], encoder.fingerprint)
        assert ShopWords(loaded.synonyms, loaded.moods) == words
    assert len(set(names)) == 4
    assert encoder.encoded == []
    # Without words of its own a library has the general ones, and the same generation as ever.
    assert build(small_library(), encoder, tmp_path, words=ShopWords()) == names[0]


def test_synonyms_are_words_to_the_segmenter(tmp_path: Path) -> None:
    # As jieba's own dictionary has it, the word falls apart.
    words = ShopWords(Synonyms((("尿布湿", "纸尿裤"),)))
    assert "尿布湿" not in analyser.Words().terms("尿布湿")
    name = build([make_article("x", "尿布湿")], ToyEncoder(), tmp_path, words=words)
    loaded = Generation.load(tmp_path / "generations" / name, ToyEncoder().fingerprint)
    assert "尿布湿" in loaded.portions[0].segment.postings["words"].terms


@pytest.mark.parametrize(
    ("module", "name"), [(splitter, "SPLITTER"), (analyser, "VERSION"), (late, "VERSION"), (building, "FORMAT")]
)
def test_each_version_decides_the_id(monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> None:
    before = inputs_of(small_library(), ToyEncoder())
    monkeypatch.setattr(module, name, "another")
    assert inputs_of(small_library(), ToyEncoder()) != before


def test_the_encoder_and_every_field_of_an_article_decide_the_id() -> None:
    article = make_article("x")
    before = inputs_of([article], ToyEncoder())
    assert inputs_of([article], ToyEncoder(words=("别的",))) != before
    for change in (
        replace(article, title="别的"),
        replace(article, owner="别人"),
        replace(article, channels=("jd",)),
        replace(article, overrides=("y",)),
        replace(article, source=article.source + "。"),
    ):
        assert inputs_of([change], ToyEncoder()) != before


def test_deleted_text_is_gone(tmp_path: Path) -> None:
    encoder = ToyEncoder()
    build_generation(small_library(), tmp_path, encoder)
    generation = build_generation(small_library()[:-1], tmp_path, encoder)
    assert generation.ordinal("refund") is None
    raw = b"".join(contents_of(tmp_path, generation.generation).values())
    assert "快递丢件".encode() not in raw


def test_a_leftover_of_an_interrupted_build_is_removed(tmp_path: Path) -> None:
    store = GenerationStore(tmp_path)
    name = generation_id(inputs_of(small_library(), ToyEncoder()))
    for leftover in (name, "0123456789abcdef"):
        (store.folder(f".building-{leftover}") / "chars").mkdir(parents=True)
        (store.folder(f".building-{leftover}") / "chars" / "half").write_bytes(b"half")
    assert build(small_library(), ToyEncoder(), tmp_path) == name
    assert leftovers(tmp_path) == []
    assert store.folder(name).is_dir()


@pytest.mark.parametrize("damaged", ["manifest.json", "dense.faiss", "late.arrays", "segment.json"])
def test_a_damaged_generation_is_built_again_and_is_equal(tmp_path: Path, damaged: str) -> None:
    encoder = ToyEncoder()
    name = build(small_library(), encoder, tmp_path)
    before = contents_of(tmp_path, name)
    path = next(tmp_path.glob(f"generations/{name}/{damaged}"), None) or next(tmp_path.glob(f"segments/*/{damaged}"))
    path.write_bytes(b"damaged")
    assert build(small_library(), encoder, tmp_path) == name
    assert contents_of(tmp_path, name) == before
    build(small_library()[:2], encoder, tmp_path)
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    "step", ["split", "encode", "DenseVectors.build", "Postings.write", "TokenStore.build", "record_files", "finish"]
)
def test_a_crash_at_any_step_leaves_the_old_generation_serving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    encoder = ToyEncoder()
    old = build_generation(small_library()[:-1], tmp_path, encoder).generation

    def crash(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        places = {
            "split": (splitter, "split"),
            "encode": (encoder, "encode_passages"),
            "record_files": (building, "record_files"),
            "finish": (GenerationStore, "finish"),
        }
        if step in places:
            patch.setattr(*places[step], crash)
        else:
            patch.setattr(f"indexer.segment.{step}", crash)
        with pytest.raises(OSError, match="no space left"):
            build(small_library(), encoder, tmp_path)
    store = GenerationStore(tmp_path)
    assert store.load(encoder.fingerprint, LIBRARY).generation == old
    new = build_generation(small_library(), tmp_path, encoder).generation
    assert new != old
    assert leftovers(tmp_path) == []


KILLED = """
import os, signal, sys
from pathlib import Path
import indexer.build, indexer.segment
from indexer.segment import segments_root
from indexer.store import GenerationStore
from tests.support.library import small_library
from tests.support.toy_encoder import ToyEncoder

def kill(*_):
    sys.stdout.write("killing")
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)

where = sys.argv[2]
if where == "write":
    indexer.segment.TokenStore.build = kill
elif where == "finish":
    GenerationStore.finish = kill
elif where == "rename":
    Path.rename = kill
elif where == "pointer":
    Path.replace = kill
name = indexer.build.build(small_library(), ToyEncoder(), Path(sys.argv[1]))
GenerationStore(Path(sys.argv[1])).activate(name, "articles")
"""


@pytest.mark.parametrize("where", ["write", "finish", "rename", "pointer"])
def test_a_kill_in_the_middle_leaves_the_old_generation_serving(tmp_path: Path, where: str) -> None:
    encoder = ToyEncoder()
    old = build_generation(small_library()[:-1], tmp_path, encoder).generation
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), where],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "killing"), done.stderr
    store = GenerationStore(tmp_path)
    assert store.load(encoder.fingerprint, LIBRARY).generation == old
    new = build_generation(small_library(), tmp_path, encoder).generation
    assert store.load(encoder.fingerprint, LIBRARY).generation == new != old
    assert leftovers(tmp_path) == []


def test_what_does_not_read_back_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finish = GenerationStore.finish

    def tear(store: GenerationStore, folder: Path, manifest: Manifest) -> Path:
        next(segments_root(tmp_path).glob("*/dense.faiss")).write_bytes(b"")
        return finish(store, folder, manifest)

    monkeypatch.setattr(GenerationStore, "finish", tear)
    with pytest.raises(GenerationError, match=r"dense\.faiss has 0 bytes"):
        build(small_library(), ToyEncoder(), tmp_path)


def test_the_agreement_stands_in_the_manifest(tmp_path: Path) -> None:
    name = build(small_library(), ToyEncoder(), tmp_path, agreement={"f32": 0.9999})
    assert read_manifest(tmp_path / "generations" / name).encoder.agreement == {"f32": 0.9999}


def test_progress_ends_at_its_total(tmp_path: Path) -> None:
    said: dict[str, tuple[int, int]] = {}

    def progress(stage: str, done: int, total: int) -> None:
        said[stage] = (done, total)

    build(small_library(), ToyEncoder(), tmp_path, progress=progress)
    assert said["encoding passages"] == (7, 7)
    assert all(done == total for done, total in said.values())


def test_keywords_and_products_find_the_content_but_do_not_repeat_in_questions(tmp_path: Path) -> None:
    article = make_article("x", "说明", "正文。", keywords=["暗号"], products=["QY-W10"], questions=["怎么办"])
    content, question = split(article)
    assert searched_text(content, article) == "说明\n正文。\n暗号\nQY-W10"
    assert searched_text(question, article) == "说明\n怎么办"
    generation = build_generation([article, make_article("y")], tmp_path)
    words = next(leg for leg in generation.legs if leg.name == "words")
    encoded = ToyEncoder().encode_queries(["暗号"])
    query = Query("暗号", encoded.vectors[0], encoded.tokens[0])
    assert words.search(query, np.ones(3, dtype=np.bool_), 5).ordinals.tolist() == [0]
