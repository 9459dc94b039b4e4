from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from kb.errors import EditConflict, KbError, PublishConflict
from kb.store.database import Database
from kb.store.key_store import KeyStore
from kb.store.library_store import LibraryStore
from kb.store.records import Change
from tests.support.store import ADMIN, md, publish


def at_once(calls: list[Callable[[], object]]) -> list[object]:
    """What the calls return or raise, started together."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return call()
        except KbError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_those_who_save_one_article_at_once_one_wins_and_the_others_are_told(store: LibraryStore) -> None:
    first = store.save("a.md", md(), ADMIN, "", None)
    results = at_once(
        [lambda n=n: store.save("a.md", md(body=f"{n}。\n"), ADMIN, "", first.etag) for n in range(8)]  # type: ignore[misc]
    )
    assert sum(isinstance(result, EditConflict) for result in results) == 7
    assert [info.number for info in store.revisions("a")] == [2, 1]
    assert store.verify_audit() == []


def test_of_those_who_make_one_article_at_once_one_wins(store: LibraryStore) -> None:
    results = at_once(
        [lambda n=n: store.save("a.md", md(body=f"{n}。\n"), ADMIN, "", None) for n in range(8)]  # type: ignore[misc]
    )
    assert sum(isinstance(result, EditConflict) for result in results) == 7
    assert len(store.revisions("a")) == 1


def test_of_two_publishers_at_once_one_wins(store: LibraryStore) -> None:
    store.save_all({f"{number}.md": md(f"id: n{number}\n") for number in range(6)}, ADMIN, "")
    made = [store.begin([Change(f"n{number}", 1)], ADMIN, "") for number in range(6)]
    results = at_once([lambda one=one: store.activate(one.number, "g", {}) for one in made])  # type: ignore[misc]
    assert sum(isinstance(result, PublishConflict) for result in results) == 5
    assert len(store.published()) == 1
    assert store.verify_audit() == []


def test_many_stores_write_one_chain(address: str, database: Database) -> None:
    stores = [LibraryStore(Database.at(address)) for _ in range(4)]

    def write(number: int) -> None:
        for count in range(10):
            stores[number].note("test", ADMIN, f"{number}-{count}", {})

    assert at_once([lambda n=n: write(n) for n in range(4)]) == [None] * 4  # type: ignore[misc]
    store = LibraryStore(database)
    lines = store.audit(100)
    assert [line.number for line in lines] == list(range(40, 0, -1))
    assert len({line.subject for line in lines}) == 40
    assert store.verify_audit() == []
    for one in stores:
        one.close()


def test_the_first_key_is_made_once_by_those_who_start_together(address: str) -> None:
    stores = [KeyStore(Database.at(address)) for _ in range(4)]
    results = at_once([lambda one=one: one.add_first("admin", ADMIN) for one in stores])  # type: ignore[misc]
    assert sum(result is not None for result in results) == 1
    for one in stores:
        one.close()


def test_a_reader_sees_one_moment_and_is_not_kept_waiting(store: LibraryStore) -> None:
    store.save("a.md", md(), ADMIN, "", None)
    with store.database.read() as reader:
        assert reader.exec_driver_sql("SELECT count(*) FROM revisions").scalar() == 1
        with ThreadPoolExecutor(1) as pool:
            pool.submit(store.save, "b.md", md(), ADMIN, "", None).result(20)
        assert reader.exec_driver_sql("SELECT count(*) FROM revisions").scalar() == 1
    assert len(store.entries()) == 2


def test_what_fails_midway_leaves_nothing(store: LibraryStore) -> None:
    def write() -> None:
        with store.database.write() as connection:
            connection.execute(text("INSERT INTO publications VALUES (1, 0, '', '', '', '', '', '', '', '{}', '{}')"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    assert store.publications(5) == []
    publish(store, **{store.save("a.md", md(), ADMIN, "", None).name: 1})
    assert store.verify_audit() == []


_OPEN = """
import sys
from kb.store.database import Database
from kb.store.key_store import KeyStore
from kb.store.records import Actor
sys.stdin.readline()
keys = KeyStore(Database.at(sys.argv[1]))
print("made" if keys.add_first("admin", Actor("x")) else "there")
"""


def test_processes_that_start_together_make_one_store(new_address: str) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _OPEN, new_address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = sorted(process.communicate(timeout=60)[0].strip() for process in started)
    assert said == ["made", "there", "there"]


_SAVE = """
import os, signal, sys
from kb import durable
from kb.store.database import Database
from kb.store.library_store import LibraryStore
from kb.store.records import Actor
store = LibraryStore(Database.at(sys.argv[1]))
def end(name):
    if name == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
durable.on_step = end
store.save("a.md", sys.argv[3].encode(), Actor("x"), "", None)
"""


@pytest.mark.parametrize(("step", "kept"), [("store commit", 0), ("store committed", 1)])
def test_killed_around_the_commit(address: str, step: str, kept: int) -> None:
    ended = subprocess.run([sys.executable, "-c", _SAVE, address, step, md().decode()], timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    store = LibraryStore(Database.at(address))
    assert len(store.entries()) == kept
    assert store.verify_audit() == []
    assert store.save("a.md", md(), ADMIN, "", None).draft == 1
    store.close()


def test_a_forked_process_opens_its_own_connections(store: LibraryStore) -> None:
    store.save("a.md", md(), ADMIN, "", None)
    child = os.fork()
    if not child:
        try:
            store.note("test", ADMIN, "child", {})
            os._exit(0 if len(store.entries()) == 1 else 1)
        except BaseException:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    store.note("test", ADMIN, "parent", {})
    assert [line.subject for line in store.audit(2)] == ["parent", "child"]
