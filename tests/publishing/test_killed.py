"""kill -9 at every lasting step of whatever changes what is published; each time a start without a hand mends it."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import pytest

from indexer.publishing.publisher import Publisher, Recovery
from indexer.store import PUBLISHED
from kb import durable
from kb.assistant import Assistant
from kb.question import Question
from kb.store.library_store import LibraryStore
from kb.store.records import Change, PublicationState
from tests.support.publishing import CHANGED, OWNER, ToyWorkspace, opened, settings_of, shop, write_files

Work = Callable[[Publisher, LibraryStore, Path, Callable[[dict[str, Any]], None]], None]
Tell = Callable[[dict[str, Any]], None]
_MOST = 80


def publish_folder(publisher: Publisher, _store: LibraryStore, folder: Path, tell: Tell) -> None:
    receipt = publisher.publish_folder(folder, OWNER, "the folder").receipt
    assert receipt is not None
    tell({"receipt": receipt.to_json()})


def edit_and_publish(publisher: Publisher, store: LibraryStore, folder: Path, tell: Tell) -> None:
    entry = store.entry("policy-freight")
    raw = (folder / "policy/freight.md").read_bytes().replace(b"10", b"8")
    saved = store.save("policy/freight.md", raw, OWNER, "cheaper", entry.etag)
    tell({"saved": ["policy-freight", saved.draft, raw.decode()]})
    receipt = publisher.publish([Change("policy-freight", saved.draft)], OWNER, "cheaper")
    tell({"receipt": receipt.to_json()})


def withdraw(publisher: Publisher, _store: LibraryStore, _folder: Path, tell: Tell) -> None:
    tell({"receipt": publisher.publish([Change("band", None)], OWNER, "not sold any more").to_json()})


def roll_back(publisher: Publisher, _store: LibraryStore, _folder: Path, tell: Tell) -> None:
    tell({"receipt": publisher.rollback(1, OWNER, "back").to_json()})


def rebuild(publisher: Publisher, _store: LibraryStore, _folder: Path, tell: Tell) -> None:
    tell({"rebuilt": publisher.rebuild()})


def first(var: Path, folder: Path) -> None:
    shop(folder)
    var.mkdir()


def one_published(var: Path, folder: Path) -> None:
    with opened(var) as (publisher, _):
        publisher.publish_folder(shop(folder), OWNER, "first")


def one_published_and_edited(var: Path, folder: Path) -> None:
    one_published(var, folder)
    write_files(folder, CHANGED)


def two_published(var: Path, folder: Path) -> None:
    one_published_and_edited(var, folder)
    with opened(var) as (publisher, _):
        publisher.publish_folder(folder, OWNER, "second")


@pytest.mark.parametrize(
    ("before", "work", "more"),
    [
        (first, publish_folder, {}),
        (one_published_and_edited, publish_folder, {}),
        (one_published, edit_and_publish, {}),
        (one_published, withdraw, {}),
        (two_published, roll_back, {}),
        # Nothing but the active one and the one before is kept: removing old ones is killed too.
        (two_published, withdraw, {"keep_generations": 2}),
        (two_published, rebuild, {}),
    ],
    ids=["first", "folder", "edit", "withdraw", "rollback", "retention", "rebuild"],
)
def test_killed_at_every_step(
    tmp_path: Path, before: Callable[[Path, Path], None], work: Work, more: dict[str, Any]
) -> None:
    faiss.omp_set_num_threads(1)  # a forked process has none of its parent's threads
    origin, folder, var = tmp_path / "origin", tmp_path / "folder", tmp_path / "var"
    before(origin, folder)
    library = state(origin)

    def once(number: int) -> tuple[str | None, list[Any]]:
        shutil.rmtree(var, ignore_errors=True)
        shutil.copytree(origin, var)
        return run(var, folder, work, number, more)

    assert once(0)[0] is None
    after = state(var)
    assert (after == library) is (work is rebuild)
    killed = []
    for number in range(1, _MOST):
        name, told = once(number)
        found = check(var, told, more)
        assert found in (library, after)
        if any("receipt" in line for line in told):
            assert found == after
        if name is None:
            break
        killed.append(name)
    assert name is None, "it never ran through"
    assert len(killed) >= 9
    assert killed.count("store commit") >= (0 if work is rebuild else 3)


def run(var: Path, folder: Path, work: Work, number: int, more: dict[str, Any]) -> tuple[str | None, list[Any]]:
    """Do the work in a process that kills itself at its step of that number: that step, or None where it ran through.

    Also whatever it acknowledged before.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            steps = 0

            def on_step(name: str) -> None:
                nonlocal steps
                steps += 1
                if steps == number:
                    os.write(write, json.dumps({"step": name}).encode() + b"\n")
                    os.kill(os.getpid(), signal.SIGKILL)

            durable.on_step = on_step
            with opened(var, **more) as (publisher, store):
                work(publisher, store, folder, lambda said: _tell(write, said))
            os._exit(0)
        finally:
            os._exit(3)
    os.close(write)
    with os.fdopen(read) as pipe:
        told = [json.loads(line) for line in pipe]
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        assert os.WEXITSTATUS(status) == 0
        return None, told
    assert os.WTERMSIG(status) == signal.SIGKILL
    return told.pop()["step"], told


def _tell(pipe: int, said: dict[str, Any]) -> None:
    os.write(pipe, json.dumps(said).encode() + b"\n")


def state(var: Path) -> dict[str, bytes]:
    with opened(var) as (_, store):
        return store.raw_library()


def check(var: Path, told: list[Any], more: dict[str, Any]) -> dict[str, bytes]:
    """What a start finds and mends by itself: the library. told: what was acknowledged."""
    workspace = ToyWorkspace(settings_of(var, **more))
    if (var / "generations" / "current.json").exists():
        # Before anything is mended the last good generation answers.
        answers(workspace.assistant())
    with opened(var, **more) as (publisher, store):
        publisher.recover()
        library, active = store.raw_library(), store.active()
        for line in told:
            if "saved" in line:
                name, revision, text = line["saved"]
                assert store.revision(name, revision).raw.decode() == text
            if "receipt" in line:
                made = store.publication(line["receipt"]["publication"])
                assert (made.state, dict(made.receipt)) == (PublicationState.ACTIVE, line["receipt"])
                assert active is not None
                assert active.number == made.number
        assert store.pending() == []
        assert store.verify_audit() == []
        if active is None:
            assert library == {}
            return library
        assert active.receipt
        pointed = workspace.store.current(PUBLISHED)
        assert pointed is not None
        assert pointed.publication == active.number
        generation = workspace.generation()
        assert generation.generation == pointed.generation
        assert {a.path: a.source.encode() for a in generation.articles} == {
            path: raw for path, raw in library.items() if path.endswith(".md")
        }
        assert dict(generation.revisions) == dict(store.library().revisions)
        answers(workspace.assistant_of(generation))
        assert publisher.recover() == Recovery()
    assert list(var.glob(".rebuilding-*")) == []
    return library


def answers(assistant: Assistant) -> None:
    found = assistant.suggest(Question("运费多少钱？")).suggestions
    assert found[0].source.article == "policy-freight"
    assert found[0].reply in ("运费 10 元。", "运费 8 元。", "运费 6 元。")
