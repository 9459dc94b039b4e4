"""What starts and ends soon, as JSON and as iCalendar."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from icalendar import Calendar, Event
from starlette.exceptions import HTTPException

from api.auth import ANYONE, FEED, key_id
from api.dependencies import Answering, Serving
from api.errors import documented
from api.schemas_status import CalendarOut, FeedOut, calendar_entry_out
from kb import __version__
from kb.calendar import CalendarEntry, Happening, calendar

router = APIRouter(tags=["calendar"], dependencies=[Depends(ANYONE)], responses=documented(401, 403, 422, 429))

Days = Annotated[int, Query(ge=1, le=366, description="How many days ahead.")]


@router.get("/v1/calendar", summary="What starts and ends in the next days")
def read_calendar(assistant: Answering, days: Days = 7) -> CalendarOut:
    """Articles whose window opens or closes; one that another supersedes ends where that one starts."""
    now = datetime.now(UTC)
    index = assistant.index
    entries = calendar(index.articles, index.validity, now, days)
    return CalendarOut(
        since=now,
        until=now + timedelta(days=days),
        entries=[calendar_entry_out(entry, _url(entry)) for entry in entries],
        generation=index.generation,
    )


@router.get("/v1/calendar/feed", summary="The calendar's address for calendar programs", responses=documented(404))
def read_feed(request: Request, services: Serving) -> FeedOut:
    """With a token of its own, derived from your key: it opens the calendar alone and ends when your key is revoked."""
    token = services.feeds.token(key_id(request))
    if token is None:
        raise HTTPException(404, "a calendar's own token makes no other; ask with a key")
    return FeedOut(path=f"{FEED}?token={token}")


@router.get(
    FEED,
    summary="The same for calendar programs, as iCalendar",
    response_class=Response,
    responses={200: {"content": {"text/calendar": {}}, "description": "RFC 5545."}},
)
def read_icalendar(
    assistant: Answering,
    days: Days = 60,
    token: Annotated[str | None, Query(description="From `/v1/calendar/feed`; in place of a key.")] = None,
) -> Response:
    """Calendar programs send no headers: give them the address that `/v1/calendar/feed` tells."""
    del token  # looked at before the request came here
    now = datetime.now(UTC)
    entries = calendar(assistant.index.articles, assistant.index.validity, now, days)
    return Response(written(entries, now), media_type="text/calendar; charset=utf-8")


def written(entries: Iterable[CalendarEntry], now: datetime) -> bytes:
    """The entries as iCalendar, in UTC."""
    whole = Calendar()
    whole.add("prodid", f"-//kb {__version__}//calendar//ZH")
    whole.add("version", "2.0")
    whole.add("x-wr-calname", "知识库：生效与到期")
    for entry in entries:
        whole.add_component(_event(entry, now))
    done: bytes = whole.to_ical()
    return done


def _event(entry: CalendarEntry, now: datetime) -> Event:
    at = entry.at.astimezone(UTC)
    event = Event()
    said: dict[str, Any] = {
        "uid": f"{entry.what}-{at:%Y%m%dT%H%M%SZ}-{quote(entry.article)}@kb",
        "dtstamp": now,
        "dtstart": at,
        "summary": f"{'生效' if entry.what is Happening.STARTS else '到期'}：{entry.title}",
        "description": _described(entry),
        "transp": "TRANSPARENT",
    }
    for name, value in said.items():
        event.add(name, value)
    return event


def _described(entry: CalendarEntry) -> str:
    lines = [entry.article, f"负责人：{entry.owner}" if entry.owner else ""]
    lines.append(f"由 {entry.superseded_by} 取代" if entry.superseded_by else "")
    lines.append(f"渠道：{'、'.join(entry.channels)}" if entry.channels else "")
    lines.append(f"商品：{'、'.join(entry.products)}" if entry.products else "")
    return "\n".join(filter(None, lines))


def _url(entry: CalendarEntry) -> str:
    return f"/v1/articles/{quote(entry.article)}"
