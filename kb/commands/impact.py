"""`kb impact`: what publishing a draft would do, before anything is published."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kb.article import Article
from kb.console import SafeConsole
from kb.errors import ArticlesError, Problem
from kb.library import Library, ShopWords
from kb.moment import shown_moment
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from eval.impact import Changed, Impact, Window
    from indexer.workspace import Workspace
    from kb.assistant import Assistant
    from kb.contradiction import Contradiction, Side

out = SafeConsole()
err = SafeConsole(stderr=True)

_STYLES = {"worse": "red", "changed": "yellow", "better": "green"}
_SHOWN = 30
_CUT = 60


def impact(
    draft: Annotated[Path, typer.Argument(help="A draft (FILE.md), or a folder as `kb publish` would take it.")],
    library: Annotated[
        Path | None, typer.Option("--library", help="Compare with this folder [what is published].")
    ] = None,
    var: Annotated[
        Path | None, typer.Option("--var", help="Folder for model, store and generations [KB_VAR, var/].")
    ] = None,
    questions: Annotated[Path | None, typer.Option("--set", help="A question set (JSONL) [KB_QUESTIONS].")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as the API gives it.")] = False,
) -> None:
    """Show which first answers a draft would change, what contradicts it, what it replaces and when.

    Exit code 1 where a `must_pass` fails that passes today.
    """
    from eval.asking import From
    from eval.impact import written
    from kb.progress_bar import progress_bar

    settings = load_settings(library=library, var=var, questions=questions)
    with progress_bar(err) as progress:
        report = _report(settings, draft, progress)
    if as_json:
        import json

        sys.stdout.write(json.dumps(written(report), ensure_ascii=False, indent=2) + "\n")
    else:
        show_impact(out, report, settings.zone)
    if any(failure.article and From.MUST_PASS in failure.why for failure in report.verdict.failures):
        raise typer.Exit(1)


def _report(settings: Settings, draft: Path, progress: object) -> Impact:
    from eval.impact import differing
    from eval.impact import impact as measured
    from eval.publish_gate import EvaluationGate
    from indexer.workspace import Workspace
    from kb.synonyms import FILE as SYNONYMS

    workspace = Workspace(settings, progress)  # type: ignore[arg-type]
    old = _old(settings, workspace)
    before = Library(tuple(old.index.articles), ShopWords(old.index.synonyms, old.index.moods))
    after = with_draft(before, draft, settings.zone)
    new = workspace.assistant_of(workspace.generation_of(after))
    words = [SYNONYMS] if before.words.synonyms != after.words.synonyms else []
    changed = (*differing(before.articles, after.articles), *words)
    recent = _recent(settings)
    return measured(old, new, changed, EvaluationGate.of(settings), recent, progress)  # type: ignore[arg-type]


def _recent(settings: Settings) -> list[tuple[str, int]]:
    """What customers asked lately; nothing for a folder, which nobody is served from."""
    from kb.store.database import Database
    from kb.store.feedback_store import FeedbackStore

    if settings.library is not None:
        return []
    database = Database.open(settings)
    try:
        return FeedbackStore(database).recent(datetime.now(UTC))
    finally:
        database.close()


def _old(settings: Settings, workspace: Workspace) -> Assistant:
    """What answers now: a folder's library, or what is published."""
    from kb.commands.serving import published_assistant
    from kb.folder import read_library

    if settings.library is None:
        return published_assistant(settings, workspace)
    return workspace.assistant_of(workspace.generation_of(read_library(settings.library, settings.zone)))


def with_draft(library: Library, draft: Path, zone: ZoneInfo) -> Library:
    """The library as it would be with a draft in place of the article of its id, or as a folder is.

    Raises ArticlesError with every problem of the draft, or between it and the library.
    """
    from kb.folder import read_library

    if draft.is_dir():
        return read_library(draft, zone)
    if not draft.is_file():
        raise ArticlesError([Problem(str(draft), 1, "no such file", "name a draft FILE.md, or a folder")])
    return with_article(library, draft.read_bytes(), draft.name, zone)


def with_article(library: Library, raw: bytes, path: str, zone: ZoneInfo) -> Library:
    """The library with one article new or in place of the one of its id. Raises ArticlesError."""
    from kb.folder import parse_file
    from kb.library_check import library_problems

    parsed = parse_file(raw, path, zone)
    if parsed.article is None or parsed.problems:
        raise ArticlesError(parsed.problems)
    article = parsed.article
    older = next((one for one in library.articles if one.id == article.id), None)
    if older is not None:
        article = replace(article, path=older.path)
    rest = [one for one in library.articles if one.id != article.id]
    articles: tuple[Article, ...] = tuple(sorted([*rest, article], key=lambda one: one.path))
    problems = [p for p in library_problems(articles, {one.id for one in articles}) if p.path == article.path]
    if problems:
        raise ArticlesError(problems)
    return replace(library, articles=articles)


def show_impact(console: Console, report: Impact, zone: ZoneInfo) -> None:
    """A report for an owner: what blocks, what changes (worse ones first), what contradicts, what ends when."""
    from eval.impact import Turn

    counts = " · ".join(f"{len(report.of(turn))} {turn}" for turn in Turn)
    console.print(
        f"{len(report.articles)} article(s) differ · {report.questions} questions · first answers: {counts}",
        style="bold",
        highlight=False,
    )
    for failure in report.verdict.failures:
        console.print(Text(f"✗ {failure}", style="bold red"))
    for failure in report.verdict.known:
        console.print(Text(f"· {failure} (as before)", style="dim"))
    if report.changed:
        console.print(_answers(report.changed[:_SHOWN]))
    if len(report.changed) > _SHOWN:
        console.print(f"… and {len(report.changed) - _SHOWN} more; --json has them all", style="dim", highlight=False)
    for one in report.contradictions:
        console.print(_contradiction(one))
    for window in report.windows:
        before, after = (_window(w, zone) for w in (window.before, window.after))
        console.print(Text(f"{window.article} {window.title}: ").append(before, "dim").append(f" → {after}", "bold"))
    for over in report.overriding:
        verb = "no longer ranks above" if over.ends else "ranks above, while in force,"
        console.print(Text(f"{over.article} {verb} {over.over} {over.title}"))
    if report.verdict.is_open and not report.changed and not report.contradictions:
        console.print("no first answer changes and nothing contradicts it", style="green")


def _answers(changed: tuple[Changed, ...]) -> Table:
    table = Table(title="first answers, now and then", title_justify="left", show_lines=True)
    for name in ("", "question", "now", "then", "why"):
        table.add_column(name, overflow="fold")
    for one in changed:
        style = _STYLES[one.turn]
        often = f" ×{one.count}" if one.count > 1 else ""
        before, after = ((f"{a.article or '–'} {a.confidence:.0%}\n{_cut(a.reply)}") for a in (one.before, one.after))
        table.add_row(
            Text(one.turn, style),
            Text(one.question + often),
            Text(before),
            Text(after),
            Text("\n".join(one.why), style),
        )
    return table


def _contradiction(one: Contradiction) -> Table:
    table = Table(title=f"another number for the same thing? ({one.alike:.0%} alike)", title_justify="left")
    for name in ("article", "where", "says"):
        table.add_column(name, overflow="fold")
    for side in (one.draft, one.other):
        table.add_row(side.article, _place(side), Text(side.sentence), style="bold" if side is one.draft else None)
    return table


def _place(side: Side) -> str:
    first, last = side.lines
    lines = f"line {first}" if first == last else f"lines {first}–{last}"
    return f"{' > '.join(side.headings)}\n{lines}".strip()


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _CUT else plain[: _CUT - 1] + "…"


def _window(window: Window | None, zone: ZoneInfo) -> str:
    if window is None:
        return "not there"
    if window.since is None and window.until is None:
        return "always"
    parts = [f"from {shown_moment(window.since, zone)}"] if window.since else []
    return " ".join([*parts, *([f"ends {shown_moment(window.until, zone)}"] if window.until else [])])
