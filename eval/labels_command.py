"""`kb eval try-labels`: what agents' labels would change, shown before anything is adopted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kb.console import SafeConsole
from kb.errors import QuestionError
from kb.moment import parse_moment
from kb.settings import load_settings

if TYPE_CHECKING:
    from eval.compare import Change
    from eval.labels_trial import Effect, Trial

out = SafeConsole()
err = SafeConsole(stderr=True)

_SHORT = 40


def try_labels(
    labels: Annotated[Path, typer.Argument(metavar="LABELS", help="What `kb labels` wrote.")],
    questions: Annotated[Path, typer.Option("--set", help="The shop's question set, a JSONL file.")],
    library: Annotated[
        Path | None, typer.Option("--library", help="Folder of articles [KB_LIBRARY, what is published].")
    ] = None,
    beir: Annotated[list[Path] | None, typer.Option("--beir", help="A BEIR folder; repeat for more.")] = None,
    pairs: Annotated[Path | None, typer.Option("--pairs", help="Folder of training pairs.")] = None,
    var: Annotated[Path | None, typer.Option("--var", help="Folder for model and caches [KB_VAR, var/].")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Questions of each half, spread.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="The clock for questions that name no time [now].")] = None,
    weight: Annotated[float, typer.Option(min=0.01, max=10, help="How much the labels count; the set counts 3.")] = 1.0,
    changes: Annotated[int, typer.Option(min=0, help="How many changed questions to show, each way.")] = 10,
    to: Annotated[Path, typer.Option("--to", help="The file of weights that --write writes.")] = Path(
        "kb/ranking_model.json"
    ),
    write: Annotated[bool, typer.Option("--write", help="Adopt the weights, unless they do harm.")] = False,
    anyway: Annotated[bool, typer.Option("--anyway", help="With --write: adopt although they do harm.")] = False,
) -> None:
    """Learn with and without agents' labels; show both on every set's test half; adopt nothing unless told."""
    from eval.assistant_under_test import AssistantUnderTest
    from eval.labels_trial import Tried
    from eval.labels_trial import try_labels as run
    from eval.learning_sources import learning_sources
    from eval.question_set import read_question_set
    from eval.whole_file import write_whole
    from kb.progress_bar import progress_bar

    settings = load_settings(library=library, var=var)
    try:
        clock = parse_moment(at, settings.zone) if at is not None else datetime.now(UTC)
    except ValueError as error:
        raise QuestionError("--at", str(error)) from error
    sources = learning_sources(settings, questions, beir or (), pairs)
    with progress_bar(err) as progress:
        sets = [
            Tried(s.name, w, AssistantUnderTest(settings, s.contents, clock, progress).assistant, s.questions)
            for s, w in sources
        ]
        found = run(sets, read_question_set(labels, settings.zone), weight, limit, progress)
    show_trial(out, found, changes)
    if not write:
        out.print(f"nothing is adopted; --write writes {to}", style="dim", markup=False, soft_wrap=True)
        return
    if found.harms and not anyway:
        err.print("not adopted: it does harm; --anyway adopts it all the same", style="red")
        raise typer.Exit(1)
    write_whole(to, found.model.written())
    out.print(f"{to}: adopted", markup=False, highlight=False, soft_wrap=True)


def show_trial(console: Console, found: Trial, changes: int) -> None:
    """A table for each set, the questions that change, and what speaks against adopting."""
    said = f"{found.used} label(s) learned from"
    console.print(said + (f"; {found.left_out} of test halves left out" if found.left_out else ""), highlight=False)
    for effect in found.effects:
        console.print(_table(effect))
        for title, some in (("right only with labels", effect.of_labels.won), ("lost", effect.of_labels.lost)):
            if some and changes:
                console.print(_changed(f"{title}: {len(some)}", some[:changes]))
    for harm in found.harms:
        console.print(f"harm: {harm}", style="red", markup=False, highlight=False, soft_wrap=True)
    if not found.harms:
        console.print("no harm is shown on any set", style="green")


def _table(effect: Effect) -> Table:
    from eval.labels_trial import whole

    title = f"{effect.name}: test half, {effect.of_labels.n} questions"
    table = Table("measure", title=escape(title), title_justify="left")
    for name in ("in force", "without", "with", "with − without", "p"):
        table.add_column(name, justify="right")
    table.add_column("the labels are")
    adopting = whole(effect.adopting)
    for name, d in whole(effect.of_labels).items():
        in_force = f"{adopting[name].before:.3f}" if name in adopting else "–"
        moved = f"{d.after - d.before:+.3f}"
        table.add_row(name, in_force, f"{d.before:.3f}", f"{d.after:.3f}", moved, f"{d.p:.3f}", d.word)
    return table


def _changed(title: str, changes: list[Change] | tuple[Change, ...]) -> Table:
    table = Table("question", "wanted", "without", "with", title=title, title_justify="left")
    for change in changes:
        cells = (change.question[:_SHORT], ", ".join(change.wanted)[:_SHORT], change.before, change.after)
        table.add_row(*map(escape, cells))
    return table
