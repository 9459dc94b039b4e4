from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.serving import Serving, Watcher
from indexer.publishing.serving_registry import ServingRegistry
from indexer.store import PUBLISHED
from kb.question import Question
from kb.store.records import Change
from tests.support.publishing import CHANGED, OWNER, ToyWorkspace, opened, settings_of, write_files


@pytest.fixture
def serving(var: Path) -> Serving:
    return Serving(ToyWorkspace(settings_of(var)).assistant())


@pytest.fixture
def watcher(var: Path, serving: Serving) -> Iterator[Watcher]:
    watcher = Watcher(serving, ToyWorkspace(settings_of(var)))
    watcher.start()
    yield watcher
    watcher.stop()


def reply(serving: Serving, question: str = "运费多少钱？") -> str:
    with serving.answering() as assistant:
        return assistant.suggest(Question(question)).suggestions[0].reply


def test_the_receipt_waits_for_the_switch(var: Path, folder: Path, serving: Serving, watcher: Watcher) -> None:
    assert watcher is not None
    write_files(folder, CHANGED)
    with opened(var) as (publisher, _):
        receipt = publisher.publish_folder(folder, OWNER, "second").receipt
    assert receipt is not None
    assert reply(serving) == "运费 6 元。"
    assert [(p.pid, p.publication, p.generation) for p in receipt.switched] == [(os.getpid(), 2, receipt.generation)]
    gone = next(c.withdrawal for c in receipt.changes if c.article == "coupon")
    assert gone is not None
    assert gone.in_processes == {receipt.switched[0].id: 0}
    assert receipt.is_complete
    assert serving.publication == 2


def test_the_receipt_waits_for_the_last_request_on_the_old_one(
    var: Path, folder: Path, serving: Serving, watcher: Watcher
) -> None:
    assert watcher is not None
    write_files(folder, CHANGED)
    done = threading.Event()

    def publish() -> None:
        with opened(var) as (publisher, _):
            receipt = publisher.publish_folder(folder, OWNER, "second").receipt
        assert receipt is not None
        assert receipt.is_complete
        done.set()

    thread = threading.Thread(target=publish)
    with serving.answering() as old:
        thread.start()
        until = time.monotonic() + 60
        while serving.current() is old and time.monotonic() < until:
            time.sleep(0.01)
        # New requests have the new one; this one still runs, and no receipt says otherwise.
        assert reply(serving) == "运费 6 元。"
        assert not done.wait(0.3)
        assert old.suggest(Question("运费多少钱？")).suggestions[0].reply == "运费 10 元。"
    assert done.wait(60)
    thread.join()


def test_a_request_that_never_ends_is_named_and_holds_up_nobody(
    var: Path, folder: Path, serving: Serving, watcher: Watcher
) -> None:
    assert watcher is not None
    write_files(folder, CHANGED)
    with serving.answering(), opened(var, patience=0.3) as (publisher, store):
        receipt = publisher.publish_folder(folder, OWNER, "second").receipt
        assert receipt is not None
        assert [(p.pid, p.publication) for p in receipt.pending] == [(os.getpid(), 1)]
        assert (receipt.switched, receipt.is_complete) == ((), False)
        assert reply(serving) == "运费 6 元。"
        publisher.publish([Change("band", None)], OWNER, "third")
        until = time.monotonic() + 60
        while serving.publication < 3 and time.monotonic() < until:
            time.sleep(0.01)
        assert serving.publication == 3
        assert len(store.publications(9)) == 3


def test_what_is_offered_is_not_loaded_again(var: Path, folder: Path, serving: Serving, watcher: Watcher) -> None:
    assert watcher is not None
    write_files(folder, CHANGED)
    with opened(var, desk=serving) as (publisher, _):
        publisher.publish_folder(folder, OWNER, "second")
        assert serving.current() is publisher.served()
        publisher.rollback(1, OWNER, "")
        assert serving.current() is publisher.served()
    assert (reply(serving), serving.publication) == ("运费 10 元。", 3)


def test_a_generation_that_cannot_be_loaded_is_left_and_tried_again(
    var: Path, serving: Serving, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert watcher is not None
    monkeypatch.setattr("api.serving._AGAIN", 0.1)
    store = ToyWorkspace(settings_of(var)).store
    good = store.current(PUBLISHED)
    assert good is not None
    store.activate("feedfeedfeedfeed", PUBLISHED, 2)
    time.sleep(0.3)
    assert (reply(serving), serving.publication) == ("运费 10 元。", 1)
    (var / "generations" / "current.json").write_bytes(b"{")
    time.sleep(0.3)
    assert reply(serving) == "运费 10 元。"
    store.activate(good.generation, PUBLISHED, 3)
    until = time.monotonic() + 60
    while serving.publication != 3 and time.monotonic() < until:
        time.sleep(0.01)
    assert serving.publication == 3


def test_whoever_starts_during_a_publication_takes_it_up(var: Path, folder: Path, serving: Serving) -> None:
    """Loaded the old one, and registered only after the receipt was made: it must not answer from the old one."""
    write_files(folder, CHANGED)
    with opened(var) as (publisher, _):
        publisher.publish_folder(folder, OWNER, "second")
    watcher = Watcher(serving, ToyWorkspace(settings_of(var)))
    watcher.start()
    try:
        assert (reply(serving), serving.publication) == ("运费 6 元。", 2)
    finally:
        watcher.stop()


def test_the_dead_leave_the_registry(tmp_path: Path) -> None:
    registry = ServingRegistry(tmp_path)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            entry = registry.enter()
            entry.says("a" * 16, 5)
            os.write(write, b"x")
            signal.pause()
        finally:
            os._exit(0)
    assert os.read(read, 1) == b"x"
    with registry.enter() as own:
        assert [(p.pid, p.publication) for p in registry.alive()] == [(child, 5)]
        own.says("b" * 16, 6, {"gone": 0})
        assert {p.publication for p in registry.alive()} == {5, 6}
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert [p.pid for p in registry.alive()] == [os.getpid()]
        assert registry.gone() == {own.id: {"gone": 0}}
    assert registry.alive() == []
    assert [p.name for p in (tmp_path / "serving").iterdir()] == [".lock"]
    os.close(read)
    os.close(write)
