"""Keeps feedback events and the questions that were asked: masked first, once for each id, acknowledged on the disk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from kb.feedback import OUTCOMES, FeedbackEvent, FeedbackKind, Outcome, Reason
from kb.health import Usage
from kb.store.database import Database
from kb.store.feedback_tables import feedback_events, gaps, questions_asked
from kb.store.plain import plain
from kb.store.tables import audit
from kb.store.trail import Note, append

_AT_ONCE = 400
"""Ids looked for in one statement; databases bound the number of parameters."""
_FIRST_PLACE = frozenset({FeedbackKind.SHOWN, FeedbackKind.NO_ANSWER, FeedbackKind.SEARCHED})

_USES = tuple(str(kind) for kind in (FeedbackKind.INSERTED, FeedbackKind.COPIED, FeedbackKind.EDITED))
RECENT = timedelta(days=14)
"""How far back real questions are recent."""
LEAST_KEPT = timedelta(days=42)
"""What the digest of the last whole week looks back; feedback is kept at least so long."""
_FORGOTTEN = "feedback removed"
_REMOVED_AT_ONCE = 2_000


@dataclass(frozen=True)
class Recorded:
    """What became of a batch. known: sent before, and kept then; or from a time whose feedback is removed already."""

    new: int
    known: int


@dataclass(frozen=True)
class Forgotten:
    """How many events and questions are removed."""

    events: int
    questions: int

    @property
    def any(self) -> bool:
        """Whether there was anything to remove."""
        return bool(self.events or self.questions)


@dataclass(frozen=True)
class AskedQuestion:
    """One question with what became of it. text: masked. conversation: hashed. article: the first suggestion's.

    gap: the number of the group of its meaning; None: not sorted yet.
    """

    id: str
    asked_at: datetime
    conversation: str
    text: str
    outcome: Outcome
    article: str = ""
    revision: int | None = None
    generation: str = ""
    product: str = ""
    channel: str = ""
    gap: int | None = None


class FeedbackStore:
    """Events and questions in one store. Every method raises StoreError where the database does not work."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, events: Sequence[FeedbackEvent], received: datetime | None = None) -> Recorded:
        """Keep the events that are not kept yet, all or none; they are on the disk when this returns.

        Texts are masked and conversations hashed here, whoever calls. A clock that is ahead is not believed.
        """
        moment = received or datetime.now(UTC)
        fresh = {event.id: event for event in reversed([_kept(event, moment) for event in events])}
        with self._database.write() as connection:
            for known in _known(connection, list(fresh)):
                del fresh[known]
            if any(event.at < moment - LEAST_KEPT for event in fresh.values()):
                # Which ids were removed is not kept: what comes from that time counts as sent before.
                begin = _removed_before(connection)
                fresh = {name: event for name, event in fresh.items() if begin is None or event.at >= begin}
            new = list(reversed(fresh.values()))
            if new:
                connection.execute(insert(feedback_events), [_event_row(event, moment) for event in new])
                _note_questions(connection, new)
        return Recorded(len(new), len(events) - len(new))

    def events(self, since: datetime, until: datetime) -> list[FeedbackEvent]:
        """Events that happened in `[since, until)`, oldest first; text and conversation as they are kept."""
        at = feedback_events.c.at
        query = select(feedback_events).where(at >= since, at < until).order_by(at, feedback_events.c.id)
        with self._database.read() as connection:
            return [_event(row) for row in connection.execute(query)]

    def questions(self, since: datetime, until: datetime, gap: int | None = None) -> list[AskedQuestion]:
        """Questions asked in `[since, until)`, oldest first; of one group where one is named."""
        at = questions_asked.c.asked_at
        query = select(questions_asked).where(at >= since, at < until).order_by(at, questions_asked.c.id)
        if gap is not None:
            query = query.where(questions_asked.c.gap == gap)
        with self._database.read() as connection:
            return [asked_question(row) for row in connection.execute(query)]

    def usage(self) -> Usage | None:
        """How often each article's answers were inserted, copied or edited; None where no event was ever received."""
        table = feedback_events
        counts = select(table.c.article, func.count()).where(table.c.kind.in_(_USES)).group_by(table.c.article)
        with self._database.read() as connection:
            since = connection.execute(select(func.min(table.c.received_at))).scalar_one()
            if since is None:
                return None
            return Usage(since, {article: int(count) for article, count in connection.execute(counts)})

    def recent(self, now: datetime, most: int = 200) -> list[tuple[str, int]]:
        """The questions of the last `RECENT` with how often each was asked, the most frequent first; masked texts."""
        table, times = questions_asked, func.count()
        query = select(table.c.text, times).where(table.c.asked_at >= now - RECENT, table.c.text != "")
        query = query.group_by(table.c.text).order_by(times.desc(), table.c.text).limit(most)
        with self._database.read() as connection:
            return [(text, int(count)) for text, count in connection.execute(query)]

    def forget(self, before: datetime, dry_run: bool = False) -> Forgotten:
        """Remove events that happened, and questions asked, before a moment, and titles of groups left without any.

        A group keeps its number, state and vectors. One audit line, written with the first removal, tells the moment:
        from then on no event from before it is taken, so that one sent again late does not count twice.
        """
        events, asked = feedback_events, questions_asked
        old_events, old_asked = events.c.at < before, asked.c.asked_at < before
        with self._database.write() as connection:
            gone = Forgotten(
                connection.execute(select(func.count()).select_from(events).where(old_events)).scalar_one(),
                connection.execute(select(func.count()).select_from(asked).where(old_asked)).scalar_one(),
            )
            if dry_run or not gone.any:
                return gone
            said = {"before": before.astimezone(UTC).isoformat(), "events": gone.events, "questions": gone.questions}
            append(connection, [Note(_FORGOTTEN, "kb", "feedback", said)])
        # In portions, so that who sends feedback meanwhile does not wait long.
        for table, old in ((events, old_events), (asked, old_asked)):
            some = select(table.c.id).where(old).limit(_REMOVED_AT_ONCE)
            while True:
                with self._database.write() as connection:
                    if not connection.execute(delete(table).where(table.c.id.in_(some))).rowcount:
                        break
        with self._database.write() as connection:
            _forget_titles(connection)
        return gone

    def kept_since(self) -> datetime | None:
        """The moment before which feedback was removed; None: none ever was."""
        with self._database.read() as connection:
            return _removed_before(connection)

    def unsorted(self, limit: int) -> list[AskedQuestion]:
        """Questions with a text and without a group, oldest first."""
        table = questions_asked
        query = select(table).where(table.c.gap.is_(None), table.c.text != "").order_by(table.c.asked_at, table.c.id)
        with self._database.read() as connection:
            return [asked_question(row) for row in connection.execute(query.limit(limit))]


def asked_question(row: Row[Any]) -> AskedQuestion:
    """A row of `questions_asked`."""
    return AskedQuestion(
        id=row.id,
        asked_at=row.asked_at,
        conversation=row.conversation,
        text=row.text,
        outcome=Outcome(row.outcome),
        article=row.article,
        revision=row.revision,
        generation=row.generation,
        product=row.product,
        channel=row.channel,
        gap=row.gap,
    )


def _kept(event: FeedbackEvent, received: datetime) -> FeedbackEvent:
    masked = event.masked()
    said: dict[str, Any] = {name: plain(value) for name, value in vars(masked).items() if type(value) is str}
    return FeedbackEvent(**vars(masked) | said | {"at": min(masked.at, received)})


def _known(connection: Connection, ids: Sequence[str]) -> list[str]:
    found: list[str] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = feedback_events.c.id.in_(ids[start : start + _AT_ONCE])
        found += connection.execute(select(feedback_events.c.id).where(some)).scalars()
    return found


def _removed_before(connection: Connection) -> datetime | None:
    query = select(audit.c.detail).where(audit.c.action == _FORGOTTEN).order_by(audit.c.number.desc()).limit(1)
    detail = connection.execute(query).scalar_one_or_none()
    return None if detail is None else datetime.fromisoformat(json.loads(detail)["before"])


def _forget_titles(connection: Connection) -> None:
    """A group's title is a customer's sentence: it goes with its questions, and the next question gives another."""
    asked = select(questions_asked.c.id).where(questions_asked.c.gap == gaps.c.number).exists()
    query = select(gaps.c.number).where(gaps.c.title != "", ~asked)
    last = int(connection.execute(select(func.max(gaps.c.turn))).scalar_one() or 0)
    for turn, number in enumerate(connection.execute(query).scalars().all(), start=last + 1):
        connection.execute(update(gaps).where(gaps.c.number == number).values(title="", turn=turn))


def _event_row(event: FeedbackEvent, received: datetime) -> dict[str, Any]:
    row = {c.name: getattr(event, c.name) for c in feedback_events.columns if hasattr(event, c.name)}
    return row | {"received_at": received, "question": event.question_id, "reason": event.reason.value}


def _event(row: Row[Any]) -> FeedbackEvent:
    said: Mapping[str, Any] = {k: v for k, v in row._mapping.items() if k not in ("question", "received_at")}
    return FeedbackEvent(
        **{**said, "kind": FeedbackKind(row.kind), "reason": Reason(row.reason), "question_id": row.question}
    )


def _note_questions(connection: Connection, events: Sequence[FeedbackEvent]) -> None:
    """Bring each event's question up to date; what arrives in another order comes to the same."""
    table = questions_asked
    for event in events:
        found = connection.execute(select(table).where(table.c.id == event.question_id)).first()
        if found is None:
            connection.execute(insert(table), [_question_row(event)])
            continue
        changed = _changed(asked_question(found), event)
        if changed:
            connection.execute(update(table).where(table.c.id == event.question_id).values(**changed))


def _question_row(event: FeedbackEvent) -> dict[str, Any]:
    return {
        "id": event.question_id,
        "asked_at": event.at,
        "conversation": event.conversation,
        "text": event.text,
        "outcome": OUTCOMES[event.kind].value,
        "article": event.article,
        "revision": event.revision,
        "generation": event.generation,
        "product": event.product,
        "channel": event.channel,
        "gap": None,
    }


def _changed(known: AskedQuestion, event: FeedbackEvent) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    outcome = OUTCOMES[event.kind]
    if outcome > known.outcome:
        changed["outcome"] = outcome.value
    if event.at < known.asked_at:
        changed["asked_at"] = event.at
    # What stood first is what the question is counted under, unless another article was reported or used.
    names_article = outcome > known.outcome or event.kind in _FIRST_PLACE
    if event.article and (not known.article or (names_article and outcome >= known.outcome)):
        changed |= {"article": event.article, "revision": event.revision, "generation": event.generation}
    for name in ("text", "product", "channel"):
        if getattr(event, name) and not getattr(known, name):
            changed[name] = getattr(event, name)
    return changed
