"""Publications: what is to be published, what was, and in which order. Each writes only what it changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from kb.errors import NotAllowedError, PublishConflict, StoreError, WrongStateError
from kb.store import shelf
from kb.store.database import Database
from kb.store.plain import plain
from kb.store.reading import WORD_FILES
from kb.store.records import AccessRole, Actor, AppliedChange, Change, Publication, PublicationState, State
from kb.store.shop import Shop, active_number
from kb.store.tables import changes as change_table
from kb.store.tables import entries, publications
from kb.store.trail import Note, append, dump

_SHOWN = 20
"""How many changes a line of the audit trail names; a hash stands for all."""


class Releases:
    """The book of publications."""

    def __init__(self, database: Database, shop: Shop) -> None:
        self._database = database
        self._shop = shop

    def begin(self, changes: Sequence[Change], by: Actor, why: str, forced: str) -> Publication:
        """See `LibraryStore.begin`."""
        if not changes:
            raise StoreError("a publication without changes; nothing is to be published")
        with self._database.write() as connection:
            self._shop.library(connection, changes)
            rows = shelf.rows_known(connection, {change.name: None for change in changes})
            _may_publish(connection, changes, rows, by)
            number = int(connection.execute(select(func.max(publications.c.number))).scalar_one() or 0) + 1
            first = {
                "number": number,
                "base": active_number(connection),
                "state": str(PublicationState.PENDING),
                "author": plain(by.name),
                "why": plain(why),
                "made_at": datetime.now(UTC),
                "forced": plain(forced),
                "gate": "{}",
                "receipt": "{}",
            }
            connection.execute(insert(publications), first)
            connection.execute(insert(change_table), _rows(number, changes, rows))
            made = _whole(connection, number)
            detail = {"base": made.base, "why": why, "forced": forced, **summary(made.changes)}
            append(connection, [Note("publish-begin", by.name, str(number), detail)])
            return made

    def activate(self, number: int, generation: str, gate: Mapping[str, Any]) -> Publication:
        """See `LibraryStore.activate`."""
        with self._database.write() as connection:
            made = _whole(connection, number)
            if made.state == PublicationState.ACTIVE and made.generation == generation:
                return made
            _must_be_pending(made)
            base = active_number(connection)
            if made.base != base:
                raise PublishConflict(
                    f"publication {number} was made on publication {made.base}, and {base} is served by now; "
                    "look at what that one changed and publish again"
                )
            now = datetime.now(UTC)
            _publish(connection, made, now)
            state = {"state": str(PublicationState.ACTIVE), "generation": generation, "activated_at": now}
            _set(connection, number, gate=dump(dict(gate)), **state)
            detail = {"generation": generation, "forced": made.forced, **summary(made.changes)}
            append(connection, [Note("publish-activate", made.by, str(number), detail)])
            active = _whole(connection, number)
        self._shop.follow(active)
        return active

    def end(self, number: int, state: PublicationState, gate: Mapping[str, Any] | None) -> Publication:
        """Refused by the gate, or abandoned. Raises WrongStateError unless it is PENDING."""
        with self._database.write() as connection:
            made = _whole(connection, number)
            if made.state == state:
                return made
            _must_be_pending(made)
            values: dict[str, str] = {} if gate is None else {"gate": dump(dict(gate))}
            _set(connection, number, state=str(state), **values)
            how = "publish-refuse" if state == PublicationState.REFUSED else "publish-abandon"
            append(connection, [Note(how, made.by, str(number), {"gate": dict(gate)} if gate else {})])
            return _whole(connection, number)

    def set_receipt(self, number: int, receipt: Mapping[str, Any]) -> Publication:
        """See `LibraryStore.set_receipt`."""
        written = dump(dict(receipt))
        with self._database.write() as connection:
            made = _whole(connection, number)
            if made.state != PublicationState.ACTIVE:
                raise WrongStateError(f"publication {number} is {made.state}; only an active one has a receipt")
            _set(connection, number, receipt=written)
            detail = {"sha256": hashlib.sha256(written.encode()).hexdigest()}
            append(connection, [Note("publish-receipt", made.by, str(number), detail)])
            return _whole(connection, number)

    def one(self, number: int) -> Publication:
        """See `LibraryStore.publication`."""
        with self._database.read() as connection:
            return _whole(connection, number)

    def newest(self, limit: int, state: PublicationState | None = None) -> list[Publication]:
        """At most `limit` publications, the newest first; those in one state where it is given."""
        query = select(publications).order_by(publications.c.number.desc()).limit(limit)
        if state is not None:
            query = query.where(publications.c.state == str(state))
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            applied = _applied(connection, [row.number for row in rows])
            return [_publication(row, applied.get(row.number, ())) for row in rows]

    def by_generation(self) -> dict[str, int]:
        """See `LibraryStore.by_generation`."""
        query = select(publications.c.generation, func.max(publications.c.number))
        query = query.where(publications.c.generation.is_not(None)).group_by(publications.c.generation)
        with self._database.read() as connection:
            return {str(generation): int(number) for generation, number in connection.execute(query)}

    def published_at(self, number: int) -> dict[str, int]:
        """See `LibraryStore.published_at`."""
        with self._database.read() as connection:
            if number:
                made = _whole(connection, number)
                if made.state != PublicationState.ACTIVE:
                    raise WrongStateError(f"publication {number} is {made.state}; it was never served")
            now: dict[str, int | None] = {name: place.number for name, place in shelf.places(connection).items()}
            active = (publications.c.state == str(PublicationState.ACTIVE)) & (publications.c.number > number)
            query = select(change_table.c.name, change_table.c.before).join(publications).where(active)
            for row in connection.execute(query.order_by(publications.c.number.desc())):
                now[row.name] = row.before
            return {name: revision for name, revision in now.items() if revision is not None}


def summary(changes: Sequence[AppliedChange]) -> dict[str, Any]:
    """What the audit trail keeps of changes: how many, the first by name, and a hash over all."""
    lines = [[change.name, change.before, change.revision] for change in changes]
    digest = hashlib.sha256(dump(lines).encode("utf-8", "surrogatepass")).hexdigest()
    return {"count": len(lines), "changes": lines[:_SHOWN], "sha256": digest}


def _rows(number: int, changes: Sequence[Change], rows: Mapping[str, Row[Any]]) -> list[dict[str, Any]]:
    return [
        {
            "publication": number,
            "position": position,
            "name": change.name,
            "revision": change.revision,
            "before": rows[change.name].published,
            "newest": rows[change.name].newest,
        }
        for position, change in enumerate(changes)
    ]


def _may_publish(connection: Connection, changes: Sequence[Change], rows: Mapping[str, Row[Any]], by: Actor) -> None:
    """Owners publish and withdraw only what is theirs: served now, newest, and to be served."""
    if by.role == AccessRole.ADMIN:
        return
    if by.role != AccessRole.OWNER:
        raise NotAllowedError(f"{by.name}: a key of the role {by.role} publishes nothing; use an owner's")
    served = {name: row.published for name, row in rows.items() if row.published is not None}
    coming = {change.name: change.revision for change in changes if change.revision is not None}
    whose = {name: {row.owner} for name, row in rows.items()}
    for found in (shelf.owners(connection, served), shelf.owners(connection, coming)):
        for name, owner in found.items():
            whose[name].add(owner)
    for name, found_owners in sorted(whose.items()):
        foreign = sorted(found_owners - by.owners)
        if foreign or name in WORD_FILES:
            theirs = foreign[0] if foreign and foreign[0] else "no owner of this key"
            raise NotAllowedError(f"{by.name}: `{name}` belongs to {theirs}; ask an admin or its owner to publish it")


def _must_be_pending(made: Publication) -> None:
    if made.state != PublicationState.PENDING:
        raise WrongStateError(f"publication {made.number} is {made.state}, no longer pending; begin another one")


def _publish(connection: Connection, made: Publication, now: datetime) -> None:
    """Move what is published, a row for each change."""
    seen = {
        row.name: row.newest
        for row in connection.execute(select(change_table).where(change_table.c.publication == made.number))
    }
    rows = shelf.rows_of(connection, seen)
    moved = [
        {
            "which": change.name,
            "to": change.revision,
            "left": _left(rows[change.name], change.revision, seen[change.name]),
            "how": "archive" if change.revision is None else "publish",
        }
        for change in made.changes
    ]
    query = update(entries).where(entries.c.name == bindparam("which"))
    values: dict[str, Any] = {
        "published": bindparam("to"),
        "pending": bindparam("left"),
        "changed_how": bindparam("how"),
    }
    stamp = {"version": entries.c.version + 1, "changed_at": now, "changed_by": made.by}
    connection.execute(query.values(**values, **stamp), moved)


def _left(row: Row[Any], revision: int | None, seen: int) -> str | None:
    """What of an entry still waits: a draft saved since, or newer than what is published."""
    if revision == row.newest or (revision is None and row.newest == seen):
        return None
    return str(row.pending or State.DRAFT)


def _set(connection: Connection, number: int, **values: Any) -> None:  # noqa: ANN401
    connection.execute(update(publications).where(publications.c.number == number).values(**values))


def _whole(connection: Connection, number: int) -> Publication:
    row = connection.execute(select(publications).where(publications.c.number == number)).first()
    if row is None:
        raise WrongStateError(f"there is no publication {number}")
    return _publication(row, _applied(connection, [number]).get(number, ()))


def _applied(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[AppliedChange, ...]]:
    query = select(change_table).where(change_table.c.publication.in_(numbers))
    found: dict[int, list[AppliedChange]] = {}
    for row in connection.execute(query.order_by(change_table.c.publication, change_table.c.position)):
        found.setdefault(row.publication, []).append(AppliedChange(row.name, row.revision, row.before))
    return {number: tuple(some) for number, some in found.items()}


def _publication(row: Row[Any], changes: tuple[AppliedChange, ...]) -> Publication:
    return Publication(
        number=row.number,
        base=row.base,
        state=PublicationState(row.state),
        by=row.author,
        why=row.why,
        at=row.made_at,
        changes=changes,
        generation=row.generation,
        activated_at=row.activated_at,
        forced=row.forced,
        gate=json.loads(row.gate),
        receipt=json.loads(row.receipt),
    )
