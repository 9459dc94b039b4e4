"""`kb forget`: remove feedback that is older than `KB_FEEDBACK_DAYS`, as a server does every hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from kb.console import SafeConsole
from kb.settings import load_settings

err = SafeConsole(stderr=True)


def forget(
    days: Annotated[
        int | None, typer.Option(help="Keep so many days [KB_FEEDBACK_DAYS].", min=42, max=36_500, show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, remove nothing.")] = False,
    var: Annotated[Path | None, typer.Option("--var", help="Folder of the library's store [KB_VAR, var/].")] = None,
) -> None:
    """Remove events and questions older than what is kept; a group's title goes with its last question."""
    from kb.store.feedback_store import FeedbackStore
    from kb.store.library_store import LibraryStore

    settings = load_settings(var=var, feedback_days=days)
    before = datetime.now(UTC) - timedelta(days=settings.feedback_days)
    store = LibraryStore.open(settings)
    try:
        gone = FeedbackStore(store.database).forget(before, dry_run)
    finally:
        store.close()
    shown = before.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M")
    done = "would be removed" if dry_run else "removed"
    err.print(f"{gone.events} event(s) and {gone.questions} question(s) from before {shown} {done}", highlight=False)
