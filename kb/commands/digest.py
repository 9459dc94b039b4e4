"""`kb digest`: a week of questions for the people who write articles, as Markdown or HTML."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kb.settings import load_settings


class Form(StrEnum):
    """How the digest is written."""

    MARKDOWN = "markdown"
    HTML = "html"


def digest(
    week: Annotated[str | None, typer.Option(help="The week, like 2026-W47; the last whole one.")] = None,
    form: Annotated[Form, typer.Option("--format", help="markdown or html.")] = Form.MARKDOWN,
    out: Annotated[Path | None, typer.Option(help="The file to write; standard output.")] = None,
    var: Annotated[Path | None, typer.Option("--var", help="Folder of the library's store [KB_VAR, var/].")] = None,
) -> None:
    """What customers asked most, what rose, complaints, gaps by owner, replies often edited: one week."""
    from kb.digest import ArticleFacts, week_of
    from kb.digest import digest as make
    from kb.digest_words import digest_html, digest_markdown
    from kb.store.feedback_store import FeedbackStore
    from kb.store.gap_store import GapStore
    from kb.store.library_store import LibraryStore
    from kb.visible import shown

    settings = load_settings(var=var)
    since, until = week_of(week, datetime.now(UTC), settings.zone)
    store = LibraryStore.open(settings)
    try:
        library = store.library()
        facts = {a.id: ArticleFacts(a.title, a.owner, a.products) for a in library.articles}
        made = make(FeedbackStore(store.database), GapStore(store.database), facts, since, until)
    finally:
        store.close()
    text = digest_html(made) if form is Form.HTML else digest_markdown(made)
    if out is None:
        sys.stdout.write(shown(text))
    else:
        out.write_text(text, encoding="utf-8")
