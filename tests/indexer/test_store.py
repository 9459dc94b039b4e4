from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from indexer.build import build
from indexer.generation import Generation
from indexer.store import PUBLISHED, Activation, GenerationStore
from kb.assistant import Assistant
from kb.errors import GenerationError
from kb.question import Question
from tests.support.library import LIBRARY, small_library
from tests.support.toy_encoder import ToyEncoder

ENCODER = ToyEncoder()


@pytest.fixture
def store(tmp_path: Path) -> GenerationStore:
    return GenerationStore(tmp_path)


def generations(var: Path, count: int) -> list[str]:
    return [build(small_library()[: n + 1], ENCODER, var) for n in range(count)]


def pointer(var: Path) -> Path:
    return var / "generations" / "current.json"


def test_nothing_yet(store: GenerationStore) -> None:
    assert store.history() == []
    with pytest.raises(GenerationError, match="no generation of articles yet; run `kb index`"):
        store.load(ENCODER.fingerprint, LIBRARY)


def test_building_activates_nothing(store: GenerationStore, tmp_path: Path) -> None:
    generations(tmp_path, 1)
    assert store.history() == []


def test_history_is_newest_first_without_repeats(store: GenerationStore) -> None:
    for name in ("a", "b", "a", "a", "c"):
        store.activate(name, LIBRARY)
    assert [entry.generation for entry in store.history()] == ["c", "a", "b"]
    store.activate("a", "elsewhere")
    assert store.history()[:2] == [Activation("a", "elsewhere"), Activation("c", LIBRARY)]


def test_history_is_bounded(store: GenerationStore) -> None:
    for number in range(50):
        store.activate(str(number), LIBRARY)
    assert [entry.generation for entry in store.history()] == [str(n) for n in range(49, 29, -1)]


def test_another_library_is_never_served_in_its_place(store: GenerationStore, tmp_path: Path) -> None:
    ours, theirs = generations(tmp_path, 2)
    store.activate(ours, LIBRARY)
    store.activate(theirs, "elsewhere")
    assert store.load(ENCODER.fingerprint, LIBRARY).generation == ours
    assert store.load(ENCODER.fingerprint, "elsewhere").generation == theirs
    with pytest.raises(GenerationError, match="no generation of third yet"):
        store.load(ENCODER.fingerprint, "third")


def test_the_error_names_what_is_wrong_with_the_newest(store: GenerationStore, tmp_path: Path) -> None:
    one, two = generations(tmp_path, 2)
    store.activate(one, LIBRARY)
    store.activate(two, LIBRARY)
    (store.folder(one) / "user-words.json").unlink()
    (store.folder(two) / "shop-words.json").unlink()
    with pytest.raises(GenerationError, match=f"{two} has lost shop-words.json"):
        store.load(ENCODER.fingerprint, LIBRARY)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"null",
        b"\xff\xfe",
        b'{"history": null}',
        b'{"history": "abc"}',
        b'{"history": ["abc"]}',
        b'{"history": [{"generation": "a"}]}',
        b'{"history": [{"generation": 5, "library": "x"}]}',
    ],
)
def test_a_damaged_pointer_is_refused_and_mended_by_the_next_activation(
    store: GenerationStore, tmp_path: Path, raw: bytes
) -> None:
    (name,) = generations(tmp_path, 1)
    store.activate(name, LIBRARY)
    pointer(tmp_path).write_bytes(raw)
    with pytest.raises(GenerationError, match=r"current\.json cannot be read"):
        store.load(ENCODER.fingerprint, LIBRARY)
    store.activate(name, LIBRARY)
    assert store.load(ENCODER.fingerprint, LIBRARY).generation == name


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
def test_activate_is_atomic(store: GenerationStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    one, two = generations(tmp_path, 2)
    store.activate(one, LIBRARY)
    before = pointer(tmp_path).read_bytes()

    def crash(path: Path, *_: object, **__: object) -> None:
        if step == "write_bytes":
            path.write_text('{"history": [{"gen', encoding="utf-8")
        raise OSError("crash")

    with monkeypatch.context() as patch:
        patch.setattr(Path, step, crash)
        with pytest.raises(OSError, match="crash"):
            store.activate(two, LIBRARY)
    assert pointer(tmp_path).read_bytes() == before
    assert store.load(ENCODER.fingerprint, LIBRARY).generation == one
    store.activate(two, LIBRARY)
    assert store.load(ENCODER.fingerprint, LIBRARY).generation == two


def test_the_pointer_is_flushed_before_it_is_renamed(store: GenerationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def flushing(handle: int) -> None:
        done.append(f"flush {Path(os.readlink(f'/proc/self/fd/{handle}')).name}")
        fsync(handle)

    def replacing(path: Path, target: Path) -> Path:
        done.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", flushing)
    monkeypatch.setattr(Path, "replace", replacing)
    store.activate("a", LIBRARY)
    assert done == [f"flush .current.json.{os.getpid()}.new", "rename", "flush generations"]


def test_everything_is_flushed_before_the_folder_gets_its_name(
    store: GenerationStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    rename = Path.rename

    def flushing(handle: int) -> None:
        done.append(Path(os.readlink(f"/proc/self/fd/{handle}")).name)

    def renaming(path: Path, target: Path) -> Path:
        done.append("rename")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", flushing)
    monkeypatch.setattr(Path, "rename", renaming)
    (name,) = generations(tmp_path, 1)
    # First its segment, then the generation itself.
    segment, own, after = " ".join(done).split("rename")
    folder, (part,) = store.folder(name), (p for p in (tmp_path / "segments").iterdir() if p.is_dir())
    assert {p.name for p in part.rglob("*")} | {".building-segment"} == set(segment.split())
    assert {p.name for p in folder.rglob("*")} | {f".building-{name}"} == set(own.split()) - {"segments"}
    assert own.split()[0] == "segments"
    assert after.split() == ["generations"]


def test_activations_at_once_lose_nothing(store: GenerationStore, tmp_path: Path) -> None:
    names = [f"{n:02}" for n in range(16)]
    threads = [threading.Thread(target=GenerationStore(tmp_path).activate, args=(n, LIBRARY)) for n in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(entry.generation for entry in store.history()) == names
    assert json.loads(pointer(tmp_path).read_bytes())


def test_two_builders_take_turns(tmp_path: Path) -> None:
    names: list[str] = []
    threads = [
        threading.Thread(target=lambda: names.append(build(small_library(), ToyEncoder(), tmp_path))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names) == 4
    assert len(set(names)) == 1


def test_a_generation_that_is_read_survives_its_replacement(store: GenerationStore, tmp_path: Path) -> None:
    (name,) = generations(tmp_path, 1)
    store.activate(name, LIBRARY)
    assistant = Assistant(store.load(ENCODER.fingerprint, LIBRARY), ENCODER)
    before = assistant.suggest(Question("退货运费")).suggestions
    (store.folder(name) / "manifest.json").unlink()
    generations(tmp_path, 2)  # rebuilds the first, removes its replaced folder
    assert assistant.suggest(Question("退货运费")).suggestions == before


def test_what_is_published_stays_known_however_many_folders_are_indexed(store: GenerationStore) -> None:
    store.activate("a", PUBLISHED, 7)
    for number in range(50):
        store.activate(str(number), str(number))
    assert store.current(PUBLISHED) == Activation("a", PUBLISHED, 7)
    assert len(store.history()) == 20
    store.activate("b", PUBLISHED, 8)
    store.activate("a", PUBLISHED, 9)
    assert [e for e in store.history() if e.library == PUBLISHED] == [
        Activation("a", PUBLISHED, 9),
        Activation("b", PUBLISHED, 8),
    ]


def test_segments_that_nobody_needs_are_swept(store: GenerationStore, tmp_path: Path) -> None:
    one, two = generations(tmp_path, 2)
    (tmp_path / "segments" / ".building-removed-x").mkdir()
    segments = {p.name for p in (tmp_path / "segments").iterdir()}
    with store.building():
        assert store.sweep() == []
        store.remove(one)
        swept = store.sweep()
    kept = {part.id for part in Generation.load(store.folder(two), ENCODER.fingerprint).manifest.segments}
    assert {p.name for p in (tmp_path / "segments").iterdir()} == kept
    assert segments - {".building-removed-x"} - kept == set(swept)
    assert swept
    assert store.size(two) > 0
