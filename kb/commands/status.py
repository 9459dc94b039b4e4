"""`kb status`: how the library stands, in colour; from the store alone, so that no model is loaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

from kb.console import SafeConsole
from kb.moment import shown_moment
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from api.schemas_status import SpaceOut
    from kb.calendar import CalendarEntry
    from kb.health import Concern, Health
    from kb.store.library_store import LibraryStore

out = SafeConsole()

_SOON = timedelta(hours=48)
_SHOWN = 20


def status(
    var: Annotated[Path | None, typer.Option("--var", help="Folder of the library's store [KB_VAR, var/].")] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days of the calendar.")] = 7,
) -> None:
    """Show what starts and ends, what to look at, who serves, and how much room is left."""
    from kb.store.library_store import LibraryStore

    settings = load_settings(var=var)
    store = LibraryStore.open(settings)
    try:
        _show(settings, store, days)
    finally:
        store.close()


def _show(settings: Settings, store: LibraryStore, days: int) -> None:
    from api.space import space
    from indexer.publishing.serving_registry import ServingRegistry
    from kb.calendar import calendar
    from kb.commands.services import KnownByNow
    from kb.health import Known, health
    from kb.store.feedback_store import FeedbackStore
    from kb.validity import Validity

    now = datetime.now(UTC)
    articles = store.library().articles
    validity = Validity(articles)
    known = KnownByNow(settings, FeedbackStore(store.database))
    changed = {name: revision.at for name, revision in store.published().items()}
    found = health(articles, validity, now, settings.zone, Known(known.tested(), known.usage(), changed))
    _show_library(store, settings.zone)
    _show_calendar(calendar(articles, validity, now, days), now, days, settings.zone)
    _show_health(found)
    for process in ServingRegistry(settings.var).alive():
        out.print(Text(f"serving: {process} from generation {process.generation}", style="green"))
    _show_space(space(settings))


def _show_library(store: LibraryStore, zone: ZoneInfo) -> None:
    entries, active = store.entries(), store.active()
    states = Counter(str(entry.state) for entry in entries)
    pending = sum(entry.draft is not None and entry.published is not None for entry in entries)
    said = " · ".join(f"{count} {state}" for state, count in sorted(states.items())) or "no articles"
    out.print(Text(said + (f" · {pending} published with a newer draft" if pending else ""), style="bold"))
    if active is None:
        out.print(Text("nothing is published yet; run `kb publish FOLDER`", style="yellow"))
        return
    since = f" since {shown_moment(active.activated_at, zone)}" if active.activated_at else ""
    out.print(Text(f"publication {active.number}, generation {active.generation}{since}, by {active.by}"))


def _show_calendar(entries: Sequence[CalendarEntry], now: datetime, days: int, zone: ZoneInfo) -> None:
    if not entries:
        out.print(Text(f"nothing starts or ends in the next {days} days", style="dim"))
        return
    table = Table("when", "what", "article", "owner", title=f"the next {days} days", title_justify="left")
    for entry in entries:
        starts = entry.what == "starts"
        heir = f" (superseded by {entry.superseded_by})" if entry.superseded_by else ""
        table.add_row(
            Text(shown_moment(entry.at, zone), style="bold" if entry.at < now + _SOON else ""),
            Text(entry.what + heir, style="green" if starts else "red"),
            Text(f"{entry.title} · {entry.article}"),
            Text(entry.owner),
        )
    out.print(table)


def _show_health(found: Health) -> None:
    table = Table("look at", "article", "owner", "why", title="health", title_justify="left")
    for late in found.overdue[:_SHOWN]:
        why = f"to be looked at by {late.review_by:%Y-%m-%d}, {late.days} days ago"
        table.add_row(Text("review", style="red"), Text(f"{late.title} · {late.article}"), Text(late.owner), Text(why))
    _add(table, "untested", found.untested, "a promotion without a single evaluation question")
    _add(table, "unused", found.unused, "never used since uses are counted")
    _add(table, "old", found.often_and_old, "used often, and unchanged for half a year")
    groups = (found.overdue, found.untested, found.unused or (), found.often_and_old or ())
    if any(groups):
        out.print(table)
        more = sum(max(0, len(group) - _SHOWN) for group in groups)
        if more:
            out.print(Text(f"… and {more} more; `GET /v1/status` has them all", style="dim"))
    else:
        out.print(Text("nothing to look at", style="green"))


def _add(table: Table, what: str, concerns: Sequence[Concern] | None, why: str) -> None:
    for one in (concerns or ())[:_SHOWN]:
        uses = f", {one.uses} times" if one.uses else ""
        table.add_row(
            Text(what, style="yellow"), Text(f"{one.title} · {one.article}"), Text(one.owner), Text(why + uses)
        )


def _show_space(space: SpaceOut) -> None:
    said = f"{_size(space.free)} free; var takes {_size(space.var)}, generations {_size(space.generations)} of it"
    style = "" if space.enough else "bold red"
    out.print(Text(said + ("" if space.enough else ": room runs short"), style=style))


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"
