"""Access keys: shown once, kept as a hash, told from one another by their id."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import Connection, Row, func, insert, select, update

from kb.errors import StoreError, WrongStateError
from kb.settings import Settings
from kb.store.database import Database
from kb.store.records import AccessRole, Actor, KeyRecord
from kb.store.tables import keys
from kb.store.trail import Note, append

LASTS = 2.0
"""Seconds after which a revoked key is refused by every process, at the latest; by its own at once."""

_TOKEN = re.compile(r"kb_([0-9a-f]{12})_([0-9a-f]{64})")
_MOST = 1_000
_MAX_NAME = 200


class KeyStore:
    """Who may use the program's interfaces. May be shared between threads."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: seconds, for how long a checked key is remembered."""
        self.database = database
        self._clock = clock
        self._known: dict[bytes, tuple[float, Actor]] = {}
        self._lock = threading.Lock()

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The keys of these settings' store. Raises StoreError."""
        return cls(Database.open(settings))

    def close(self) -> None:
        """Close the connections; those of a LibraryStore on the same database too."""
        self.database.close()

    def add(self, name: str, role: AccessRole, owners: Collection[str], by: Actor) -> tuple[KeyRecord, str]:
        """A new key and its token, which cannot be had again.

        owners: whose articles it may write, as in their `owner`.
        Raises StoreError for a name that is empty, over 200 characters, not printable, or that of another valid key.
        """
        with self.database.write() as connection:
            return self._add(connection, name, role, owners, by)

    def add_first(self, name: str, by: Actor) -> tuple[KeyRecord, str] | None:
        """An admin's key where there is no key at all yet, of several processes in one only; else None."""
        with self.database.write() as connection:
            if _count(connection):
                return None
            return self._add(connection, name, AccessRole.ADMIN, (), by)

    def revoke(self, id: str, by: Actor) -> KeyRecord:  # noqa: A002 (what it is called everywhere)
        """The key is valid no more. Raises WrongStateError where there is none or it was revoked before."""
        with self.database.write() as connection:
            row = connection.execute(select(keys).where(keys.c.id == id)).first()
            if row is None or row.revoked_at is not None:
                why = "there is no such key" if row is None else f"it was revoked at {row.revoked_at.isoformat()}"
                raise WrongStateError(f"key {id!r}: {why}; `kb keys list` shows every key")
            now = datetime.now(UTC)
            connection.execute(update(keys).where(keys.c.id == id).values(revoked_at=now))
            append(connection, [Note("key-revoke", by.name, id, {"name": row.name})], now)
            revoked = _record(connection.execute(select(keys).where(keys.c.id == id)).one())
        with self._lock:
            self._known.clear()
        return revoked

    def list(self) -> list[KeyRecord]:
        """Every key, revoked ones too, the oldest first."""
        with self.database.read() as connection:
            rows = connection.execute(select(keys).order_by(keys.c.created_at, keys.c.id))
            return [_record(row) for row in rows]

    def check(self, token: str) -> Actor | None:
        """Whose token it is; None for one that is not valid. Known ones are looked up every two seconds."""
        parts = _parts(token)
        if parts is None:
            return None
        id_, digest, seen = parts
        now = self._clock()
        if (known := self._remembered(seen, now)) is not None:
            return known
        with self.database.read() as connection:
            row = connection.execute(select(keys).where(keys.c.id == id_)).first()
        kept = row.secret_sha256 if row is not None else "0" * 64
        is_same = hmac.compare_digest(kept, digest)
        with self._lock:
            if row is None or row.revoked_at is not None or not is_same:
                self._known.pop(seen, None)
                return None
            if len(self._known) >= _MOST:
                self._known.clear()
            record = _record(row)
            actor = Actor(record.name, record.role, record.owners)
            self._known[seen] = (now, actor)
        return actor

    def remembered(self, token: str) -> Actor | None:
        """As `check` where it was asked lately, without a look at the database; else None, which says nothing."""
        parts = _parts(token)
        return None if parts is None else self._remembered(parts[2], self._clock())

    def _remembered(self, seen: bytes, now: float) -> Actor | None:
        known = self._known.get(seen)
        return known[1] if known is not None and 0 <= now - known[0] < LASTS else None

    def is_empty(self) -> bool:
        """Whether no key was ever made."""
        with self.database.read() as connection:
            return not _count(connection)

    def _add(
        self, connection: Connection, name: str, role: AccessRole, owners: Collection[str], by: Actor
    ) -> tuple[KeyRecord, str]:
        name = " ".join(name.split())
        if not name or len(name) > _MAX_NAME or not name.isprintable():
            raise StoreError(f"a key needs a name of 1 to {_MAX_NAME} printable characters, as {name!r:.80} is not")
        taken = select(keys.c.id).where(keys.c.name == name, keys.c.revoked_at.is_(None))
        if (other := connection.execute(taken).scalar()) is not None:
            raise StoreError(f"the name {name!r} is that of key {other}; take another one or revoke that first")
        whose = sorted({" ".join(owner.split()) for owner in owners} - {""})
        id_, secret, now = secrets.token_hex(6), secrets.token_hex(32), datetime.now(UTC)
        row = {
            "id": id_,
            "name": name,
            "role": str(role),
            "owners": json.dumps(whose, ensure_ascii=False),
            "secret_sha256": hashlib.sha256(secret.encode()).hexdigest(),
            "created_at": now,
        }
        connection.execute(insert(keys), row)
        detail = {"name": name, "role": str(role), "owners": whose}
        append(connection, [Note("key-add", by.name, id_, detail)], now)
        return KeyRecord(id_, name, role, frozenset(whose), now), f"kb_{id_}_{secret}"


def _parts(token: str) -> tuple[str, str, bytes] | None:
    """A token's id, the hash of its secret, and what it is remembered by; None for what is no token."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    id_, secret = match.groups()
    digest = hashlib.sha256(secret.encode()).hexdigest()
    # The hash, so that no valid token lies in memory.
    return id_, digest, f"{id_} {digest}".encode()


def _count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(keys)).scalar_one())


def _record(row: Row[Any]) -> KeyRecord:
    return KeyRecord(
        id=row.id,
        name=row.name,
        role=AccessRole(row.role),
        owners=frozenset(json.loads(row.owners)),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
