from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from kb.store.database import Database
from kb.store.key_store import KeyStore
from kb.store.library_store import LibraryStore
from tests.support.postgres import server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A running server's address, `{}` for a database's name; its `kb_template` has the tables."""
    with server() as address:
        with _maintenance(address) as connection:
            connection.execute(text("CREATE DATABASE kb_template"))
        Database.at(address.format("kb_template")).close()
        yield address


@contextmanager
def _maintenance(address: str) -> Iterator[Connection]:
    engine = create_engine(address.format("postgres").replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[Callable[..., str]]:
    """Makes databases, with the tables in them or without, and returns their addresses. They go with the test."""
    made: list[str] = []

    def make(with_tables: bool = True) -> str:
        made.append(f"kb{len(made)}")
        template = "TEMPLATE kb_template" if with_tables else ""
        with _maintenance(postgres_server) as connection:
            connection.execute(text(f"CREATE DATABASE {made[-1]} {template}"))
        return postgres_server.format(made[-1])

    yield make
    with _maintenance(postgres_server) as connection:
        for name in made:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of SQLite with nothing but its tables."""
    file = tmp_path_factory.mktemp("sqlite") / "library.sqlite"
    Database.at(f"sqlite:///{file}").close()
    return file


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each database that the program supports."""
    return str(request.param)


@pytest.fixture
def new_address(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where nothing is yet."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'library.sqlite'}"
    return str(request.getfixturevalue("postgres")(with_tables=False))


@pytest.fixture
def address(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store's address."""
    if kind == "sqlite":
        return f"sqlite:///{shutil.copy(request.getfixturevalue('sqlite_file'), tmp_path)}"
    return str(request.getfixturevalue("postgres")())


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    made = Database.at(address)
    yield made
    made.close()


@pytest.fixture
def store(database: Database) -> LibraryStore:
    return LibraryStore(database)


@pytest.fixture
def keys(database: Database) -> KeyStore:
    return KeyStore(database)
