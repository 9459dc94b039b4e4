"""Bringing a store's tables up to the version that this program writes, by the migrations packaged beside it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from kb.errors import StoreError

HEAD = "0002"
"""The newest migration; a test compares it with the files."""

LOCK = 0x6B62_0001
"""PostgreSQL's advisory lock that every writer and migration of a store holds; any fixed number does."""

FOLDER = Path(__file__).parent / "migrations"


def migrate(connection: Connection) -> None:
    """Apply what is missing, all in the connection's transaction, which the caller holds alone and commits.

    Raises StoreError for a store that a newer program made, or a PostgreSQL database that is not in UTF-8.
    """
    version = _version(connection)
    if version == HEAD:
        return
    if connection.dialect.name == "postgresql":
        encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
        if encoding != "UTF8":
            raise StoreError(f"the database is in {encoding}; make one in UTF-8: createdb -E UTF8 -T template0 kb")
    # Only a new or an old store pays for loading the tool.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise StoreError(f"the store was made by a newer version of kb ({version}, this one knows {HEAD}); update kb")
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _version(connection: Connection) -> str | None:
    """The store's version; None for one without tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)
