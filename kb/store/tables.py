"""The tables, as the migrations make them. Moments are ISO 8601 texts in UTC, so that a hash over them holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)


class Moment(TypeDecorator[datetime]):
    """An aware datetime kept as text in UTC, to the microsecond."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Raises ValueError for a moment without an offset."""
        return None if value is None else moment_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002
        """The moment, in UTC."""
        return None if value is None else datetime.fromisoformat(str(value))


def moment_text(moment: datetime) -> str:
    """A moment as the store writes it. Raises ValueError for one without an offset."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no offset")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


metadata = MetaData()

revisions = Table(
    "revisions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("path", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("author", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("why", Text, nullable=False),
    Column("restores", Integer),
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
)
"""Immutable: a trigger refuses to change or delete a row, and to leave out a number."""

entries = Table(
    "entries",
    metadata,
    Column("name", Text, primary_key=True),
    Column("newest", Integer, nullable=False),
    Column("published", Integer),
    Column("pending", String(16)),
    Column("version", Integer, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_how", Text, nullable=False),
    ForeignKeyConstraint(["name", "newest"], ["revisions.name", "revisions.number"]),
    ForeignKeyConstraint(["name", "published"], ["revisions.name", "revisions.number"]),
)
"""Where each article stands. pending: `draft`, `in-review`, or null where the newest revision waits for nothing."""

publications = Table(
    "publications",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("base", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("author", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("forced", Text, nullable=False),
    Column("generation", Text),
    Column("activated_at", Moment),
    Column("gate", Text, nullable=False),
    Column("receipt", Text, nullable=False),
)
Index("ix_publications_state", publications.c.state, publications.c.number)
Index(
    "uq_publications_active_base",
    publications.c.base,
    unique=True,
    sqlite_where=text("state = 'active'"),
    postgresql_where=text("state = 'active'"),
)

changes = Table(
    "publication_changes",
    metadata,
    Column("publication", Integer, ForeignKey("publications.number"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("revision", Integer),
    Column("before", Integer),
    Column("newest", Integer, nullable=False),
    ForeignKeyConstraint(["name", "revision"], ["revisions.name", "revisions.number"]),
    ForeignKeyConstraint(["name", "newest"], ["revisions.name", "revisions.number"]),
)
"""Immutable. newest: the newest revision when the publication began."""

keys = Table(
    "access_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("owners", Text, nullable=False),
    Column("secret_sha256", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)
Index(
    "uq_access_keys_name",
    keys.c.name,
    unique=True,
    sqlite_where=text("revoked_at IS NULL"),
    postgresql_where=text("revoked_at IS NULL"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("made_at", Moment, nullable=False),
    Column("author", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("before_hash", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
)
"""Append-only: a trigger refuses everything but the next line after the last, so that the chain cannot fork."""
