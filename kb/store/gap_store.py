"""Keeps the groups of one meaning and the unified replies; every decision about them writes one audit line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, distinct, func, insert, or_, select, update

from kb.encoder import Floats
from kb.errors import UnknownGapError
from kb.store.database import Database
from kb.store.feedback_tables import gaps, questions_asked, unified_replies
from kb.store.plain import plain
from kb.store.trail import Note, append


class GapState(StrEnum):
    """How far a group of unanswered questions has come."""

    OPEN = "open"
    ASSIGNED = "assigned"
    DRAFTED = "drafted"
    ANSWERED = "answered"


@dataclass(frozen=True)
class Group:
    """Questions of one meaning. number: stable. centre: the sum of its questions' vectors, `[d] float32`.

    encoder: the fingerprint of what made the vectors. turn: rises with every change of any group.
    owner: who is to answer it. article: the draft's, or the article's that answers it.
    """

    number: int
    title: str
    state: GapState
    owner: str
    article: str
    encoder: str
    centre: Floats
    size: int
    turn: int
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Sorted:
    """A question with the group it belongs to; number None: the first of a new one, which `leader` names."""

    question: str
    text: str
    vector: Floats
    number: int | None
    leader: str


@dataclass(frozen=True)
class UnifiedReply:
    """One reply for everybody who asks what a group asks, until it is lifted."""

    number: int
    gap: int
    reply: str
    author: str
    made_at: datetime
    until: datetime | None = None
    lifted_at: datetime | None = None
    lifted_by: str | None = None


class GapStore:
    """Groups and unified replies. Every method raises StoreError where the database does not work."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def groups(self, after_turn: int = 0) -> list[Group]:
        """Groups that changed after a turn, by turn."""
        query = select(gaps).where(gaps.c.turn > after_turn).order_by(gaps.c.turn)
        with self._database.read() as connection:
            return [_group(row) for row in connection.execute(query)]

    def group(self, number: int) -> Group:
        """One group. Raises UnknownGapError for a number that there is not."""
        with self._database.read() as connection:
            return _one(connection, number)

    def sort(self, found: Sequence[Sorted], encoder: str, seen_turn: int) -> bool:
        """Put questions into their groups; False, and nothing done, where groups changed after `seen_turn`."""
        with self._database.write() as connection:
            turn = _last_turn(connection)
            if turn > seen_turn:
                return False
            made: dict[str, int] = {}
            for one in found:
                number = made.get(one.leader) if one.number is None else one.number
                turn += 1
                if number is None:
                    number = made[one.leader] = _new(connection, one, encoder, turn)
                else:
                    _join(connection, number, one, turn)
                where = questions_asked.c.id == one.question
                connection.execute(update(questions_asked).where(where).values(gap=number))
        return True

    def recentre(self, centres: Mapping[int, tuple[Floats, int]], encoder: str) -> None:
        """Give groups new sums of vectors with their sizes, made by another encoder."""
        with self._database.write() as connection:
            turn = _last_turn(connection)
            for number, (centre, size) in centres.items():
                turn += 1
                said = {"centre": centre.astype(np.float32).tobytes(), "size": size, "encoder": encoder, "turn": turn}
                connection.execute(update(gaps).where(gaps.c.number == number).values(**said))

    def decide(
        self,
        number: int,
        state: GapState,
        by: str,
        owner: str | None = None,
        article: str | None = None,
        once: bool = False,
    ) -> Group:
        """Move a group on, with one audit line; with `once` nothing where it is in that state already.

        Raises UnknownGapError for a number that there is not.
        """
        changed = {"owner": owner, "article": article}
        said = {name: plain(value) for name, value in changed.items() if value is not None}
        with self._database.write() as connection:
            known = _one(connection, number)
            if once and known.state is state:
                return known
            moment = datetime.now(UTC)
            values = {**said, "state": state.value, "changed_at": moment, "turn": _last_turn(connection) + 1}
            connection.execute(update(gaps).where(gaps.c.number == number).values(**values))
            append(connection, [Note(f"gap {state}", by, f"gap-{number}", said)], moment)
            return _one(connection, number)

    def usual(self, group: int | None, since: datetime, until: datetime) -> int:
        """How many different conversations asked in `[since, until)`: a group's question, or anything for None."""
        table = questions_asked
        query = select(func.count(distinct(table.c.conversation)))
        query = query.where(table.c.asked_at >= since, table.c.asked_at < until)
        with self._database.read() as connection:
            return int(connection.execute(query if group is None else query.where(table.c.gap == group)).scalar_one())

    def busy(self, since: datetime, until: datetime, least: int) -> dict[int, int]:
        """Groups that at least so many different conversations asked in `[since, until)`, with how many."""
        table = questions_asked
        counted = func.count(distinct(table.c.conversation))
        query = (
            select(table.c.gap, counted)
            .where(table.c.asked_at >= since, table.c.asked_at < until, table.c.gap.is_not(None))
            .group_by(table.c.gap)
            .having(counted >= least)
        )
        with self._database.read() as connection:
            return {int(gap): int(count) for gap, count in connection.execute(query)}

    def first_asked(self) -> datetime | None:
        """When the oldest question was asked; None: none was."""
        with self._database.read() as connection:
            query = select(questions_asked.c.asked_at).order_by(questions_asked.c.asked_at).limit(1)
            return connection.execute(query).scalar_one_or_none()

    def unify(self, gap: int, reply: str, by: str, until: datetime | None = None) -> UnifiedReply:
        """One reply for a group from now on; the one before, if any, is lifted."""
        moment = datetime.now(UTC)
        table = unified_replies
        with self._database.write() as connection:
            _one(connection, gap)
            earlier = update(table).where(table.c.gap == gap, table.c.lifted_at.is_(None))
            connection.execute(earlier.values(lifted_at=moment, lifted_by=plain(by)))
            number = 1 + (connection.execute(select(func.max(table.c.number))).scalar_one() or 0)
            row = {"number": number, "gap": gap, "reply": plain(reply), "author": plain(by), "made_at": moment}
            connection.execute(insert(table), [row | {"until": until, "lifted_at": None, "lifted_by": None}])
            append(connection, [Note("unified reply", by, f"gap-{gap}", {"reply": reply, "number": number})], moment)
            return _reply(connection.execute(select(table).where(table.c.number == number)).one())

    def lift(self, number: int, by: str) -> UnifiedReply:
        """End a unified reply; one that ended stays as it is. Raises UnknownGapError for a number that there is not."""
        table = unified_replies
        moment = datetime.now(UTC)
        with self._database.write() as connection:
            found = connection.execute(select(table).where(table.c.number == number)).first()
            if found is None:
                raise UnknownGapError(f"there is no unified reply {number}; `GET /v1/unified-replies` lists them")
            if found.lifted_at is None:
                ended = {"lifted_at": moment, "lifted_by": plain(by)}
                connection.execute(update(table).where(table.c.number == number).values(**ended))
                append(connection, [Note("unified reply lifted", by, f"gap-{found.gap}", {"number": number})], moment)
            return _reply(connection.execute(select(table).where(table.c.number == number)).one())

    def replies(self, now: datetime) -> list[UnifiedReply]:
        """Those that hold now."""
        table = unified_replies
        holds = or_(table.c.until.is_(None), table.c.until > now)
        query = select(table).where(table.c.lifted_at.is_(None), holds).order_by(table.c.number)
        with self._database.read() as connection:
            return [_reply(row) for row in connection.execute(query)]


def _last_turn(connection: Connection) -> int:
    return int(connection.execute(select(func.max(gaps.c.turn))).scalar_one() or 0)


def _one(connection: Connection, number: int) -> Group:
    found = connection.execute(select(gaps).where(gaps.c.number == number)).first()
    if found is None:
        raise UnknownGapError(f"there is no gap {number}; `GET /v1/gaps` lists them")
    return _group(found)


def _new(connection: Connection, one: Sorted, encoder: str, turn: int) -> int:
    number = 1 + (connection.execute(select(func.max(gaps.c.number))).scalar_one() or 0)
    moment = datetime.now(UTC)
    row = {"number": number, "title": one.text[:200], "state": GapState.OPEN.value, "owner": "", "article": ""}
    row |= {"encoder": encoder, "centre": one.vector.astype(np.float32).tobytes(), "size": 1, "turn": turn}
    connection.execute(insert(gaps), [row | {"made_at": moment, "changed_at": moment}])
    return int(number)


def _join(connection: Connection, number: int, one: Sorted, turn: int) -> None:
    group = _one(connection, number)
    centre = (group.centre + one.vector).astype(np.float32).tobytes()
    values = {"centre": centre, "size": group.size + 1, "turn": turn, "title": group.title or one.text[:200]}
    connection.execute(update(gaps).where(gaps.c.number == number).values(**values))


def _group(row: Row[Any]) -> Group:
    return Group(
        number=row.number,
        title=row.title,
        state=GapState(row.state),
        owner=row.owner,
        article=row.article,
        encoder=row.encoder,
        centre=np.frombuffer(row.centre, dtype=np.float32),
        size=row.size,
        turn=row.turn,
        made_at=row.made_at,
        changed_at=row.changed_at,
    )


def _reply(row: Row[Any]) -> UnifiedReply:
    return UnifiedReply(**row._mapping)
