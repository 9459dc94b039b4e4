"""Full disks, corrupt files, two publishers at once, a serving process that dies amid a switch."""

from __future__ import annotations

import errno
import http.client
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer.store import PUBLISHED
from kb import durable
from kb.errors import KbError, StoreError
from kb.question import Question
from kb.store.library_store import LibraryStore
from kb.store.records import Change, PublicationState
from tests.publishing.load import run, server
from tests.support.articles import article_text
from tests.support.publishing import CHANGED, OWNER, ToyWorkspace, opened, settings_of, write_files


def reply(var: Path) -> str:
    return ToyWorkspace(settings_of(var)).assistant().suggest(Question("运费多少钱？")).suggestions[0].reply


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB in memory, where this process may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted here ({done.stderr.strip()}); test_no_more_may_be_written covers it")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path, leave: int) -> Path:
    """Take all but so many bytes."""
    ballast = place / "ballast"
    free = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
    ballast.write_bytes(b"x" * (free - leave))
    return ballast


def test_no_room_is_told_before_anything_is_written(small_disk: Path, folder: Path) -> None:
    var = small_disk / "var"
    with opened(var) as (publisher, store):
        first = publisher.publish_folder(folder, OWNER, "first").receipt
        assert first is not None
        assert "room runs short" in first.warnings[0]
        write_files(folder, CHANGED)
        ballast = fill(small_disk, 600_000)
        with pytest.raises(StoreError, match=r"no room: 0\.6 MB free .* nothing was written"):
            publisher.publish_folder(folder, OWNER, "second")
        assert [p.number for p in store.publications(9)] == [1]
        assert reply(var) == "运费 10 元。"
        ballast.unlink()
        assert publisher.publish_folder(folder, OWNER, "second").receipt is not None
    assert reply(var) == "运费 6 元。"


@pytest.mark.parametrize("left", [0, 20_000, 60_000, 120_000, 200_000, 300_000])
def test_a_disk_that_is_full_amid_a_publication(
    small_disk: Path, folder: Path, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    var = small_disk / "var"
    with opened(var) as (publisher, store):
        publisher.publish_folder(folder, OWNER, "first")
        before = store.raw_library()
        write_files(folder, CHANGED)
        # Somebody else fills the disk after the look.
        monkeypatch.setattr("indexer.publishing.publisher.check_room", lambda *_: [])
        ballast = fill(small_disk, left)
        failed = False
        try:
            publisher.publish_folder(folder, OWNER, "second")
        except KbError:
            failed = True
        assert failed or left >= 120_000
        assert reply(var) == ("运费 10 元。" if failed else "运费 6 元。")
        ballast.unlink()
        assert store.verify_audit() == []
        assert store.raw_library() == before or not failed or store.active() != store.publication(1)
        # It goes on without a hand.
        publisher.publish_folder(folder, OWNER, "second")
        assert reply(var) == "运费 6 元。"
        assert store.pending() == []


@pytest.mark.parametrize("most", [4_096, 16_384, 40_960, 65_536])
def test_no_more_may_be_written(var: Path, folder: Path, most: int) -> None:
    """The same where nothing can be mounted: files may not grow beyond a size, in a process of its own."""
    write_files(folder, {**CHANGED, "long.md": article_text("长", "运费。" * 20_000)})
    child = os.fork()
    if child == 0:
        code = 9
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            with opened(var) as (publisher, _):
                publisher.publish_folder(folder, OWNER, "second")
            code = 0
        except (KbError, OSError) as error:
            code = 1 if isinstance(error, KbError) or error.errno == errno.EFBIG else 8
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 1
    assert reply(var) == "运费 10 元。"
    with opened(var) as (publisher, store):
        publisher.recover()
        assert store.active() == store.publication(1)
        publisher.publish_folder(folder, OWNER, "second")
    assert reply(var) == "运费 6 元。"


def damage(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0x40
    path.write_bytes(raw)


def test_any_file_of_the_newest_generation_may_be_damaged(var: Path, folder: Path) -> None:
    with opened(var) as (publisher, _):
        write_files(folder, CHANGED)
        second = publisher.publish_folder(folder, OWNER, "second").receipt
    assert second is not None
    workspace = ToyWorkspace(settings_of(var))
    parts = workspace.load(second.generation).manifest.segments
    folders = [var / "generations" / second.generation, *(var / "segments" / part.id for part in parts)]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    assert len(files) >= 10
    for number, path in enumerate(files):
        if number % 2:
            path.unlink()
        else:
            damage(path)
        with opened(var) as (publisher, _):  # a start
            assert publisher.recover().rebuilt == second.generation, path
        assert reply(var) == "运费 6 元。"


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"history": []}', None])
def test_a_damaged_pointer_is_mended_by_a_start(var: Path, raw: bytes | None) -> None:
    pointer = var / "generations" / "current.json"
    before = pointer.read_bytes()
    if raw is None:
        pointer.unlink()
    else:
        pointer.write_bytes(raw)
    with opened(var) as (publisher, _):
        assert publisher.is_behind()
        recovery = publisher.recover()
        assert (recovery.rebuilt, recovery.pointer_moved) == (None, True)
        assert not publisher.is_behind()
    assert json.loads(pointer.read_bytes()) == json.loads(before)


def test_everything_derived_may_be_lost(var: Path, folder: Path) -> None:
    for name in ("generations", "segments", "cache", "serving"):
        shutil.rmtree(var / name)
    with opened(var) as (publisher, store):
        assert publisher.recover().rebuilt is not None
        assert store.raw_library() == {
            p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
        }
    assert reply(var) == "运费 10 元。"


def test_two_publishers_at_once(var: Path) -> None:
    """Four processes, five publications each: every one is made, one after another, none on a stale library."""
    children = []
    for one in range(4):
        child = os.fork()
        if child == 0:
            code = 9
            try:
                with opened(var) as (publisher, store):
                    for number in range(5):
                        text = article_text("快递", f"快递 {one}-{number}。", id=f"by-{one}")
                        entry = store.save(f"by-{one}.md", text.encode(), OWNER, "x", "*")
                        receipt = publisher.publish([Change(entry.name, entry.draft)], OWNER, "x")
                        assert receipt.is_complete
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4
    with opened(var) as (publisher, store):
        made = store.publications(99)
        assert [p.number for p in made] == list(range(21, 0, -1))
        assert [p.base for p in made] == list(range(20, -1, -1))
        assert {p.state for p in made} == {PublicationState.ACTIVE}
        assert all(p.receipt for p in made)
        assert {store.published()[f"by-{one}"].number for one in range(4)} == {5}
        assert store.verify_audit() == []
        generation = ToyWorkspace(settings_of(var)).generation()
        assert generation.generation == made[0].generation
        assert publisher.recover().rebuilt is None


def test_threads_of_one_publisher_take_turns(var: Path) -> None:
    with opened(var) as (publisher, store):
        names = [f"by-{n}" for n in range(6)]
        for name in names:
            store.save(f"{name}.md", article_text("快递", f"快递 {name}。").encode(), OWNER, "x", None)
        threads = [threading.Thread(target=publisher.publish, args=([Change(name, 1)], OWNER, "x")) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(names) <= set(store.published())
        assert [p.state for p in store.publications(9)] == [PublicationState.ACTIVE] * 7


def _publish_killed_at(var: Path, name: str) -> None:
    child = os.fork()
    if child == 0:

        def on_step(step: str) -> None:
            if step == name:
                os.kill(os.getpid(), signal.SIGKILL)

        durable.on_step = on_step
        try:
            with opened(var) as (publisher, _):
                publisher.publish([Change("band", None)], OWNER, "gone")
        finally:
            os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def test_a_serving_process_completes_what_a_dead_publisher_left(var: Path) -> None:
    with server(var), opened(var) as (_, store):
        _publish_killed_at(var, "rename current.json")
        # Accepted, and nobody publishes any more: the serving process itself takes it up.
        active = _receipted(store, 2)
        assert active["switched"][0]["publication"] == 2
        assert active["changes"][0]["withdrawal"]["passages"] == 0
    pointed = ToyWorkspace(settings_of(var)).store.current(PUBLISHED)
    assert pointed is not None
    assert pointed.publication == 2


def _receipted(store: LibraryStore, number: int) -> dict[str, Any]:
    event = threading.Event()
    for _ in range(200):
        made = store.publication(number)
        if made.receipt:
            return dict(made.receipt)
        event.wait(0.1)
    raise AssertionError(f"publication {number} has no receipt")


def test_a_serving_process_that_dies_during_the_switch(var: Path) -> None:
    """It is stopped so that it cannot switch, and killed while the publisher waits for it."""
    command = [sys.executable, "-m", "tests.publishing.serving_process", str(var)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        with opened(var, patience=0.2) as (publisher, _):
            late = publisher.publish([Change("coupon", None)], OWNER, "while it sleeps")
        assert [p.pid for p in late.pending] == [process.pid]
        assert not late.is_complete
        killer = threading.Timer(0.5, process.kill)
        killer.start()
        with opened(var, patience=60) as (publisher, _):
            receipt = publisher.publish([Change("band", None)], OWNER, "while it dies")
        killer.join()
        assert (receipt.switched, receipt.pending) == ((), ())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    with server(var) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/readyz")
        assert json.loads(connection.getresponse().read())["generation"] == receipt.generation
        connection.close()


def test_under_load_nothing_fails_and_nothing_withdrawn_answers(tmp_path: Path) -> None:
    counts = run(tmp_path, changes=20, clients=8)
    assert (counts.failed, counts.stale) == ([], [])
    assert len(counts.receipts) == 20
    assert all(receipt["is_complete"] for receipt in counts.receipts)
    assert counts.asked > 20
    assert len(counts.generations) > 5
