"""`kb labels`: what agents used and reported as a question set, for `kb eval try-labels`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from kb.console import SafeConsole
from kb.settings import load_settings

err = SafeConsole(stderr=True)


def labels(
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    days: Annotated[int, typer.Option(help="How many days back.", min=1, max=3650)] = 90,
    sets: Annotated[
        list[Path] | None, typer.Option("--set", help="A question set whose test half is kept out; repeat for more.")
    ] = None,
    var: Annotated[Path | None, typer.Option("--var", help="Folder of the library's store [KB_VAR, var/].")] = None,
) -> None:
    """Write labels of the published revisions that at least five agents spoke of; the learn half alone."""
    from eval.feedback_labels import feedback_labels, write_labels
    from eval.question_set import read_question_set
    from eval.split import part
    from kb.store.feedback_store import FeedbackStore
    from kb.store.library_store import LibraryStore

    settings = load_settings(var=var)
    named = [*(sets or ()), *([settings.questions] if settings.questions else [])]
    kept = [q.text for path in named for q in part(read_question_set(path, settings.zone), "test")]
    now = datetime.now(UTC)
    store = LibraryStore.open(settings)
    try:
        events = FeedbackStore(store.database).events(now - timedelta(days=days), now)
        published = {name: revision.number for name, revision in store.published().items()}
    finally:
        store.close()
    found = feedback_labels(events, published, kept)
    write_labels(out, found)
    effect = f"`kb eval try-labels {out} --set SET` shows what they would change; nothing is adopted by that"
    err.print(f"{len(found)} label(s) in {out}; {effect}", soft_wrap=True, highlight=False)
