"""The audit trail: one line for each change, each with the hash of the one before, so that none is changed unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from kb.store.plain import plain
from kb.store.records import AuditEntry
from kb.store.tables import audit, moment_text

FIRST = "0" * 64
"""What stands for the hash before the first line."""


@dataclass(frozen=True)
class Note:
    """A line to be written. detail: ready for JSON."""

    action: str
    by: str
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def dump(value: Any) -> str:  # noqa: ANN401 (whatever JSON holds)
    """JSON in one form only, so that a hash over it holds."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def link(before: str, number: int, at: str, by: str, action: str, subject: str, detail: str) -> str:
    """The hash of a line: SHA-256 over its fields as a JSON list, the hash before among them. Hex."""
    whole = json.dumps([before, number, at, by, action, subject, detail], ensure_ascii=False)
    return hashlib.sha256(whole.encode("utf-8")).hexdigest()


def append(connection: Connection, notes: Sequence[Note], at: datetime | None = None) -> None:
    """Write lines in the caller's transaction, which must be one that no other writer runs beside."""
    last = connection.execute(select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)).first()
    number, before = (last.number, last.hash) if last else (0, FIRST)
    moment = at or datetime.now(UTC)
    rows = []
    for note in notes:
        number += 1
        said = (plain(note.by), plain(note.action), plain(note.subject), plain(dump(note.detail)))
        fresh = link(before, number, moment_text(moment), *said)
        author, action, subject, detail = said
        rows.append(
            {
                "number": number,
                "made_at": moment,
                "author": author,
                "action": action,
                "subject": subject,
                "detail": detail,
                "before_hash": before,
                "hash": fresh,
            }
        )
        before = fresh
    if rows:
        connection.execute(insert(audit), rows)


def latest(connection: Connection, limit: int, before: int | None) -> list[AuditEntry]:
    """At most `limit` lines, the newest first; those before a number where one is given."""
    query = select(audit).order_by(audit.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.number < before)
    return [_entry(row) for row in connection.execute(query)]


def every(connection: Connection) -> Iterator[AuditEntry]:
    """Every line from the first on, a thousand at a time."""
    number = 0
    while True:
        query = select(audit).where(audit.c.number > number).order_by(audit.c.number).limit(1000)
        rows = connection.execute(query).all()
        if not rows:
            return
        number = rows[-1].number
        yield from map(_entry, rows)


def broken(entries: Iterator[AuditEntry]) -> Iterator[str]:
    """A sentence for each line that does not follow the one before it, or does not say what was hashed."""
    number, before = 0, FIRST
    for entry in entries:
        if entry.number != number + 1:
            yield f"audit {entry.number}: the line(s) from {number + 1} to {entry.number - 1} are gone"
        if entry.before != before:
            yield f"audit {entry.number}: it does not follow the line before it"
        detail = dump(entry.detail)
        said = (entry.by, entry.action, entry.subject, detail)
        if entry.hash != link(entry.before, entry.number, moment_text(entry.at), *said):
            yield f"audit {entry.number}: it was changed after it was written ({entry.action} {entry.subject})"
        number, before = entry.number, entry.hash


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        number=row.number,
        at=row.made_at,
        by=row.author,
        action=row.action,
        subject=row.subject,
        detail=json.loads(row.detail),
        before=row.before_hash,
        hash=row.hash,
    )
