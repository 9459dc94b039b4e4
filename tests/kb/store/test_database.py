from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from kb.errors import StoreError
from kb.settings import load_settings
from kb.store.database import FILE, Database
from kb.store.feedback_tables import feedback_events
from kb.store.library_store import LibraryStore
from kb.store.migrate import FOLDER, HEAD
from kb.store.records import Change
from kb.store.tables import metadata
from tests.support.store import ADMIN, md


def test_the_migrations_make_what_the_program_reads(new_address: str) -> None:
    assert feedback_events.metadata is metadata
    database = Database.at(new_address)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_the_newest_migration_is_the_one_the_program_wants() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_store_is_there_when_it_is_opened_again(address: str) -> None:
    store = LibraryStore(Database.at(address))
    entry = store.save("a.md", md(), ADMIN, "", None)
    store.close()
    again = LibraryStore(Database.at(address))
    assert again.entries() == [entry]
    again.close()


def test_a_store_of_a_newer_program_is_refused(address: str) -> None:
    database = Database.at(address)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(StoreError, match=rf"made by a newer version of kb \(9999, this one knows {HEAD}\)"):
        Database.at(address)


def test_without_an_address_the_store_is_a_file_of_var(tmp_path: Path) -> None:
    store = LibraryStore.open(load_settings(var=tmp_path / "var", timezone="Europe/Berlin"))
    with store.database.read() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()
            for pragma in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert found == ["wal", 2, 1, 30_000]
    assert (tmp_path / "var" / FILE).is_file()
    store.save("a.md", md("effective_from: 2026-01-01\n"), ADMIN, "", None)
    made = store.begin([Change("a", 1)], ADMIN, "")
    store.activate(made.number, "g", {})
    (article,) = store.library().articles
    assert article.effective_from is not None
    assert article.effective_from.tzinfo == ZoneInfo("Europe/Berlin")
    store.close()


@pytest.mark.parametrize(
    "address",
    [
        "mysql://root:geheim@db/kb",
        "sqlite://",
        "sqlite:///:memory:",
        "nonsense:geheim",
        "postgresql+asyncpg://geheim@x/y",
    ],
)
def test_an_address_that_is_not_supported_is_told_without_its_password(address: str) -> None:
    with pytest.raises(StoreError, match="KB_DATABASE_URL: ") as caught:
        Database.at(address)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_each_way_to_write_postgresql(postgres: Callable[..., str], scheme: str) -> None:
    database = Database.at(postgres().replace("postgresql", scheme))
    assert database.is_postgres
    database.close()


def test_a_database_that_is_not_there_is_told_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"does not work: .+ — nothing was written; see that") as caught:
        Database.at(f"postgresql://someone:geheim@/kb?host={tmp_path}")
    assert "geheim" not in str(caught.value)


def test_a_database_in_another_encoding_is_refused(postgres: Callable[..., str]) -> None:
    database = Database.at(postgres())
    address = database._engine.url
    database.close()
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE kb_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"))
    engine.dispose()
    with pytest.raises(StoreError, match="the database is in LATIN1; make one in UTF-8"):
        Database.at(address.set(database="kb_latin"))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot be made: .*; name another folder as KB_VAR"):
        Database.open(load_settings(var=tmp_path / "file" / "var"))


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(StoreError, match="file is not a database"):
        Database.open(load_settings(var=tmp_path))


def test_a_full_disk_is_told_and_leaves_the_last_state(tmp_path: Path) -> None:
    store = LibraryStore.open(load_settings(var=tmp_path))
    entry = store.save("a.md", md(), ADMIN, "", None)
    with store.database.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    files = {f"{number}.md": md(body="长" * 100_000) for number in range(10)}
    with pytest.raises(StoreError, match="database or disk is full — nothing was written"):
        store.save_all(files, ADMIN, "")
    assert store.entries() == [entry]
    assert store.verify_audit() == []
    store.close()


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import command

    upgrade = command.upgrade

    def ends_early(*args: object) -> None:
        upgrade(*args)  # type: ignore[arg-type]
        raise StoreError("killed")

    monkeypatch.setattr(command, "upgrade", ends_early)
    with pytest.raises(StoreError, match="killed"):
        Database.open(load_settings(var=tmp_path))
    with sqlite3.connect(tmp_path / FILE) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    connection.close()
    monkeypatch.undo()
    Database.open(load_settings(var=tmp_path)).close()


def test_others_of_the_machine_cannot_read_the_store(tmp_path: Path) -> None:
    Database.open(load_settings(var=tmp_path)).close()
    assert not stat.S_IMODE((tmp_path / FILE).stat().st_mode) & 0o077
