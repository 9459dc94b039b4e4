from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from kb.errors import StoreError
from kb.store.database import Database
from kb.store.library_store import LibraryStore
from kb.store.records import Change
from tests.support.store import ADMIN, OWNER, md, publish

_SAID = "made_at, author, action, subject, detail"
_TRIGGERS = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT DISTINCT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal",
}


@contextmanager
def unguarded(database: Database) -> Iterator[Connection]:
    """A connection of somebody who owns the database and took its guards away."""
    with database.write() as connection:
        dialect = connection.dialect.name
        for name, table in connection.execute(text(_TRIGGERS[dialect])).all():
            on = f" ON {table}" if dialect == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER {name}{on}"))
        yield connection


def filled(store: LibraryStore) -> None:
    entry = store.save("a.md", md(), OWNER, "eins", None)
    store.submit("a", OWNER, "zwei", entry.etag)
    publish(store, a=1)
    store.note("feedback", OWNER, "q1", {"good": True})


def test_every_change_has_its_line(store: LibraryStore) -> None:
    filled(store)
    store.set_receipt(1, {"x": 1})
    store.abandon(store.begin([Change("a", None)], ADMIN, "").number)
    store.refuse(store.begin([Change("a", None)], ADMIN, "").number, {"failures": []})
    lines = store.audit(100)
    assert [(line.number, line.action, line.by, line.subject) for line in reversed(lines)] == [
        (1, "save", "张三", "a"),
        (2, "submit", "张三", "a"),
        (3, "publish-begin", "管理员", "1"),
        (4, "publish-activate", "管理员", "1"),
        (5, "feedback", "张三", "q1"),
        (6, "publish-receipt", "管理员", "1"),
        (7, "publish-begin", "管理员", "2"),
        (8, "publish-abandon", "管理员", "2"),
        (9, "publish-begin", "管理员", "3"),
        (10, "publish-refuse", "管理员", "3"),
    ]
    assert lines[-1].detail == {
        "revision": 1, "path": "a.md", "sha256": store.published()["a"].sha256, "restores": None, "why": "eins",
    }  # fmt: skip
    assert store.audit(2) == lines[:2]
    assert store.audit(2, before=3) == lines[-2:]
    assert store.verify_audit() == []
    assert store.verify_revisions() == []


def test_each_line_carries_the_hash_of_the_one_before(store: LibraryStore) -> None:
    filled(store)
    lines = list(reversed(store.audit(10)))
    assert lines[0].before == "0" * 64
    assert [line.before for line in lines[1:]] == [line.hash for line in lines[:-1]]
    last = lines[-1]
    said = [last.before, 5, last.at.isoformat(timespec="microseconds"), "张三", "feedback", "q1", '{"good":true}']
    assert last.hash == hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def test_what_changes_nothing_writes_no_line(store: LibraryStore) -> None:
    filled(store)
    with pytest.raises(StoreError):
        store.begin([], ADMIN, "")
    assert len(store.audit(100)) == 5


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE revisions SET raw = raw",
        "UPDATE revisions SET author = 'x' WHERE name = 'a'",
        "DELETE FROM revisions",
        "DELETE FROM entries",
        "DELETE FROM publications",
        "UPDATE publications SET base = 7",
        "UPDATE publications SET forced = ''",
        "UPDATE publication_changes SET revision = NULL",
        "DELETE FROM publication_changes",
        "UPDATE audit SET author = 'x' WHERE number = 1",
        "DELETE FROM audit WHERE number = 5",
        "INSERT INTO revisions SELECT name, 3, path, sha256, author, made_at, why, restores, title, kind, owner, raw "
        "FROM revisions",
        "INSERT INTO revisions SELECT * FROM revisions",
        f"INSERT INTO audit SELECT 6, {_SAID}, before_hash, 'x' FROM audit WHERE number = 5",  # noqa: S608
        f"INSERT INTO audit SELECT 7, {_SAID}, hash, 'x' FROM audit WHERE number = 5",  # noqa: S608
        "INSERT INTO publications SELECT 9, base, state, author, why, made_at, forced, generation, activated_at, gate, "
        "receipt FROM publications",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_written(
    store: LibraryStore, database: Database, statement: str
) -> None:
    filled(store)
    with (
        pytest.raises((StoreError, DBAPIError), match=r"never|stay|change|append-only|must follow"),
        database.write() as one,
    ):
        one.execute(text(statement))
    assert store.verify_audit() == []


@pytest.mark.parametrize("table", ["revisions", "audit", "publication_changes", "publications", "entries"])
def test_no_table_can_be_emptied_or_written_over(store: LibraryStore, database: Database, table: str) -> None:
    filled(store)
    statement = (
        f"TRUNCATE {table} CASCADE" if database.is_postgres else f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"  # noqa: S608
    )
    with pytest.raises(StoreError, match=r"never|stay|append-only|must follow"), database.write() as one:
        one.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit SET author = 'x' WHERE number = 2", ["audit 2: it was changed after it was written (submit a)"]),
        ("UPDATE audit SET detail = '{}' WHERE number = 5", [
            "audit 5: it was changed after it was written (feedback q1)",
        ]),
        ("DELETE FROM audit WHERE number = 2", [
            "audit 3: the line(s) from 2 to 2 are gone", "audit 3: it does not follow the line before it",
        ]),
        ("DELETE FROM audit WHERE number >= 4", ["publication 1: the audit trail does not say that it is active"]),
        ("DELETE FROM audit", [
            "revision 1 of a: the audit trail does not tell of it",
            "publication 1: its changes are not what the audit trail says",
            "publication 1: the audit trail does not say that it is active",
        ]),
        ("UPDATE publication_changes SET revision = NULL", [
            "publication 1: its changes are not what the audit trail says",
        ]),
        ("UPDATE revisions SET sha256 = 'x'", ["revision 1 of a: it is not what the audit trail says was saved"]),
    ],
)  # fmt: skip
def test_what_was_changed_past_the_guards_is_told(
    store: LibraryStore, database: Database, statement: str, told: list[str]
) -> None:
    filled(store)
    with unguarded(database) as connection:
        connection.execute(text(statement))
    assert store.verify_audit() == told


def test_changed_bytes_are_told(store: LibraryStore, database: Database) -> None:
    filled(store)
    with unguarded(database) as connection:
        connection.execute(text("UPDATE revisions SET raw = :raw"), {"raw": b"x"})
    assert store.verify_revisions() == ["revision 1 of a: its bytes are not those that were saved"]
