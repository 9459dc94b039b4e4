"""Calendar and health over HTTP."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from api.heartbeat import LoopLag
from indexer.publishing.receipt import ServingProcess
from kb.article import Kind
from kb.calendar import CalendarEntry, Happening
from kb.health import Health


class CalendarEntryOut(BaseModel):
    """One article that starts or ends. `superseded_by`: the article whose start ends it, where one does."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    what: Happening
    article: str
    title: str
    kind: Kind
    owner: str
    channels: list[str]
    products: list[str]
    superseded_by: str | None
    url: str


class CalendarOut(BaseModel):
    """What starts and ends in `[since, until)`, the earliest first; by the generation that answers."""

    since: datetime
    until: datetime
    entries: list[CalendarEntryOut]
    generation: str


class FeedOut(BaseModel):
    """The address for a calendar program, below this server's; its token opens the calendar alone."""

    path: str


class SpaceOut(BaseModel):
    """Bytes: free on the disk, used by all of `var`, by the generations with what they share.

    `enough`: as much three times more has room, and at least 1 GiB is free.
    """

    free: int
    var: int
    generations: int
    enough: bool


class StatusOut(BaseModel):
    """How the library stands. `states`: articles by state; `pending`: those with an unpublished draft.

    `publication`: the one that serves; 0: none. `processes`: who answers, and from which generation. Of the process
    that tells it: `waiting`, questions that nobody works on yet, and `loop`, how late its event loop was in the last
    minute, null before it has run.
    """

    generation: str
    publication: int
    activated_at: datetime | None
    articles: int
    passages: int
    states: dict[str, int]
    pending: int
    health: Health
    processes: list[ServingProcess]
    space: SpaceOut
    waiting: int = 0
    loop: LoopLag | None = None


def calendar_entry_out(entry: CalendarEntry, url: str) -> CalendarEntryOut:
    """An entry with where this program shows its article."""
    return CalendarEntryOut(
        at=entry.at,
        what=entry.what,
        article=entry.article,
        title=entry.title,
        kind=entry.kind,
        owner=entry.owner,
        channels=list(entry.channels),
        products=list(entry.products),
        superseded_by=entry.superseded_by,
        url=url,
    )
