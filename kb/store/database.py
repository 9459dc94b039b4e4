"""The store's database: SQLite or PostgreSQL, one writer at a time, every acknowledged write on the disk."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from filelock import FileLock
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from kb import durable
from kb.errors import KbError, StoreError
from kb.settings import Settings
from kb.store.migrate import LOCK, migrate

FILE = "library.sqlite"
WAIT = 30.0
"""Seconds that a writer waits for another one."""


class Database:
    """Connections to one store. May be shared between threads, and is opened anew in a forked process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._postgres = engine.dialect.name == "postgresql"
        consistent = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = engine.execution_options(**consistent) if self._postgres else engine
        self._writer = engine.execution_options(kb_write=True)
        self._process = os.getpid()

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The store of these settings, made or brought up to date where needed.

        Raises StoreError where it cannot be reached, or was made by a newer version of the program.
        """
        if settings.database_url:
            return cls.at(settings.database_url)
        try:
            settings.var.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"{settings.var} cannot be made: {error.strerror}; name another folder as KB_VAR"
            ) from error
        return cls.at(URL.create("sqlite", database=str(settings.var.absolute() / FILE)))

    @classmethod
    def at(cls, url: str | URL) -> Self:
        """The store at one address; see `open`."""
        try:
            address = _address(url)
        except ArgumentError as error:
            raise StoreError("KB_DATABASE_URL: not a database's address; write postgresql://user@host/name") from error
        database = cls(_engine(address))
        try:
            database._prepare(address)
        except BaseException:
            database.close()
            raise
        return database

    @property
    def is_postgres(self) -> bool:
        """Whether it is PostgreSQL; else SQLite."""
        return self._postgres

    @property
    def where(self) -> str:
        """Its address without the password."""
        return self._engine.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one moment of the store. Raises StoreError."""
        self._look_for_fork()
        with self._told(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that no other writer runs beside; on the disk when the block ends, undone if it raises.

        Raises StoreError where the database cannot be written, and what the block raises.
        """
        self._look_for_fork()
        with self._told(), self._writer.connect() as connection:
            if self._postgres:
                connection.execute(text(_ALONE), {"wait": str(int(WAIT * 1000)), "lock": LOCK})
            yield connection
            durable.step("store commit")
            connection.commit()
        durable.step("store committed")

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _prepare(self, url: URL) -> None:
        """Bring the tables up to date. Two processes may do so at once."""
        with self._told():
            if self._postgres:
                with self._writer.connect() as connection:
                    connection.execute(text(_ALONE), {"wait": str(int(WAIT * 1000)), "lock": LOCK})
                    migrate(connection)
                    connection.commit()
                return
            # SQLite does not wait for a lock while it changes to WAL.
            with FileLock(f"{url.database}.lock", timeout=WAIT, mode=0o600):
                _make_private(Path(str(url.database)))
                with self._writer.connect() as connection:
                    migrate(connection)
                    connection.commit()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except KbError:
            raise
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            cause = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise StoreError(
                f"the store {self.where} does not work: {cause} — nothing was written; see that the database runs, "
                "that its disk is not full and that the program may write there"
            ) from error

    def _look_for_fork(self) -> None:
        if self._process != os.getpid():
            # Connections of the parent must not be used, nor closed, by the child.
            self._engine.dispose(close=False)
            self._process = os.getpid()


_ALONE = """
SELECT set_config('lock_timeout', :wait, true),
    set_config('synchronous_commit',
        CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END,
        true),
    pg_advisory_xact_lock(:lock)
"""


def _address(url: str | URL) -> URL:
    """Raises ArgumentError, or StoreError for a database that is not supported."""
    if isinstance(url, str):
        url = make_url(url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url)
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise StoreError(f"KB_DATABASE_URL: {url.drivername} is not supported; use PostgreSQL, or SQLite without it")
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise StoreError("KB_DATABASE_URL: SQLite needs a file; write sqlite:///folder/library.sqlite")
    return url


def _engine(url: URL) -> Engine:
    if url.drivername != "sqlite":
        given: dict[str, Any] = {} if "connect_timeout" in url.query else {"connect_timeout": 10}
        return create_engine(url, pool_pre_ping=True, connect_args=given)
    engine = create_engine(url, connect_args={"timeout": WAIT, "isolation_level": None})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _make_private(file: Path) -> None:
    """Nobody else on the machine reads what agents and owners write; who wants it otherwise changes its mode."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return


def _set_up(connection: sqlite3.Connection, record: object) -> None:  # noqa: ARG001 (the event's)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        # Without it, INSERT OR REPLACE deletes past the triggers that refuse it.
        "recursive_triggers=ON",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    """SQLite's driver would begin late: a read would see several moments, and a writer could lose its turn."""
    write = connection.get_execution_options().get("kb_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def file_of(settings: Settings) -> Path | None:
    """The SQLite file of these settings; None for PostgreSQL."""
    return None if settings.database_url else settings.var / FILE
