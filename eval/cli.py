"""The commands `kb eval …`. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from kb.errors import QuestionError
from kb.moment import parse_moment
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from eval.source import Source

app = typer.Typer(help="Measure the answers on a question set, compare runs, guard a baseline.", no_args_is_help=True)
out = Console()
err = Console(stderr=True)

Part = Literal["learn", "test", "all"]
LibraryOption = Annotated[
    Path | None, typer.Option("--library", help="Folder of Markdown articles [KB_LIBRARY, articles/].")
]
SetOption = Annotated[Path | None, typer.Option("--set", help="The question set, a JSONL file.")]
BeirOption = Annotated[Path | None, typer.Option("--beir", help="A folder in BEIR's layout: library and set at once.")]
VarOption = Annotated[
    Path | None, typer.Option("--var", help="Folder for model, caches and generations [KB_VAR, var/].")
]
HalfOption = Annotated[Part, typer.Option("--half", help="Ask only the questions of one half.")]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help="Ask only so many, spread over the set.")]
AtOption = Annotated[str | None, typer.Option("--at", help="The clock for questions that name no time [now].")]
NameOption = Annotated[str | None, typer.Option("--name", help="The run's name [the set's, and its half].")]


@app.command()
def run(
    to: Annotated[Path, typer.Option("--out", help="The folder for the run's files.")],
    library: LibraryOption = None,
    questions: SetOption = None,
    beir: BeirOption = None,
    var: VarOption = None,
    name: NameOption = None,
    limit: LimitOption = None,
    half: HalfOption = "all",
    at: AtOption = None,
) -> None:
    """Answer every question of a set as the API does, and write rankings, verdicts and measures."""
    from eval.bench import Bench
    from eval.run import Setup, answer_all, prepare_out, summarise, write_run
    from eval.show import show_summary
    from eval.split import part, sample
    from kb.progress_bar import progress_bar

    settings = load_settings(library=library, var=var)
    source = _source(settings, questions, beir)
    clock = _clock(at, settings)
    asked = sample(part(source.questions, half), limit)
    prepare_out(to)
    with progress_bar(err) as progress:
        bench = Bench(settings, source.articles, clock, progress)
        records = answer_all(bench.assistant(), asked, progress)
    chosen = name or (source.name if half == "all" else f"{source.name}-{half}")
    setup = Setup(chosen, str(source.library), str(source.questions_from), half, limit, clock, bench.model)
    summary = summarise(records, bench.settings, bench.generation, setup)
    write_run(to, records, summary)
    show_summary(out, summary)


def _source(settings: Settings, questions: Path | None, beir: Path | None) -> Source:
    from eval.source import read_source

    return read_source(settings.library, questions, beir, settings.zone)


def _clock(at: str | None, settings: Settings) -> datetime | None:
    try:
        return parse_moment(at, settings.zone) if at is not None else None
    except ValueError as error:
        raise QuestionError("--at", str(error)) from error
