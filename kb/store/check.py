"""Whether the audit trail is whole, and tells of everything that the store holds."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from kb.store import trail
from kb.store.records import AppliedChange
from kb.store.releases import summary
from kb.store.tables import changes, publications, revisions


def broken(connection: Connection) -> Iterator[str]:
    """A sentence for each broken link, each revision and each publication that is not as the trail tells.

    Cutting lines off the trail's end breaks no link; what they told of does not fit any more.
    """
    saved: dict[tuple[str, int], str] = {}
    begun: dict[int, str] = {}
    active: set[int] = set()
    lines = []
    for entry in trail.every(connection):
        lines.append(entry)
        if entry.action in ("save", "restore") and "sha256" in entry.detail:
            saved[entry.subject, entry.detail["revision"]] = entry.detail["sha256"]
        elif entry.action == "publish-begin":
            begun[int(entry.subject)] = entry.detail["sha256"]
        elif entry.action == "publish-activate":
            active.add(int(entry.subject))
    yield from trail.broken(iter(lines))
    yield from _revisions(connection, saved)
    yield from _publications(connection, begun, active)


def _revisions(connection: Connection, saved: dict[tuple[str, int], str]) -> Iterator[str]:
    found = set()
    for row in connection.execute(select(revisions.c.name, revisions.c.number, revisions.c.sha256)):
        found.add((row.name, row.number))
        if (row.name, row.number) not in saved:
            yield f"revision {row.number} of {row.name}: the audit trail does not tell of it"
        elif saved[row.name, row.number] != row.sha256:
            yield f"revision {row.number} of {row.name}: it is not what the audit trail says was saved"
    for name, number in sorted(set(saved) - found):
        yield f"revision {number} of {name}: it is gone"


def _publications(connection: Connection, begun: dict[int, str], active: set[int]) -> Iterator[str]:
    made: dict[int, list[AppliedChange]] = {}
    for row in connection.execute(select(changes).order_by(changes.c.publication, changes.c.position)):
        made.setdefault(row.publication, []).append(AppliedChange(row.name, row.revision, row.before))
    for row in connection.execute(select(publications.c.number, publications.c.state)):
        if begun.pop(row.number, None) != summary(made.get(row.number, ()))["sha256"]:
            yield f"publication {row.number}: its changes are not what the audit trail says"
        if (row.state == "active") != (row.number in active):
            yield f"publication {row.number}: the audit trail does not say that it is {row.state}"
    for number in sorted(begun):
        yield f"publication {number}: it is gone"
