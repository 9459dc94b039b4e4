"""The command `kb`: checks, indexes, asks and serves. The only place that wires the packages together."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from eval.cli import app as evaluation
from kb.commands import digest, forget, impact, keys, labels, publishing, status
from kb.commands.log import configure_log
from kb.console import SafeConsole
from kb.errors import ArticlesError, KbError, QuestionError
from kb.moment import parse_moment
from kb.question import Context, Question
from kb.settings import Settings, load_settings

app = typer.Typer(
    help="Answers from a folder of articles, for customer-service agents.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(evaluation, name="eval")
app.add_typer(keys.app, name="keys")
publishing.register(app)
app.command()(status.status)
app.command()(impact.impact)
app.command()(digest.digest)
app.command()(labels.labels)
app.command()(forget.forget)
out = SafeConsole()
err = SafeConsole(stderr=True)

LibraryOption = Annotated[
    Path | None, typer.Option("--library", help="Folder of Markdown articles [KB_LIBRARY, what is published].")
]
VarOption = Annotated[
    Path | None, typer.Option("--var", help="Folder for model, caches and generations [KB_VAR, var/].")
]


@app.command()
def check(folder: Annotated[Path, typer.Argument(help="The folder of Markdown articles.")]) -> None:
    """Print every problem of every article: file:line, what is wrong, how to mend it."""
    from kb.folder import check_folder

    problems = check_folder(folder, load_settings().zone)
    for problem in problems:
        out.print(str(problem), markup=False, highlight=False, soft_wrap=True)
    if problems:
        err.print(f"[red]{len(problems)} problem(s)[/]; nothing of this folder can be indexed until they are mended.")
        raise typer.Exit(1)
    err.print("[green]no problems[/]")


@app.command()
def index(library: LibraryOption = None, var: VarOption = None) -> None:
    """Build the index of a folder of articles and make it current; without a folder, of what is published."""
    from indexer.workspace import Workspace
    from kb.commands.serving import published_assistant
    from kb.progress_bar import progress_bar

    settings = _settings(library, var)
    with progress_bar(err) as progress:
        workspace = Workspace(settings, progress)
        if settings.library is None:
            generation = published_assistant(settings, workspace).index.generation
        else:
            generation = workspace.index()
    manifest = workspace.generation().manifest
    out.print(f"generation {generation}: {manifest.articles} articles, {manifest.passages} passages", highlight=False)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What the customer wrote.")],
    library: LibraryOption = None,
    var: VarOption = None,
    product: Annotated[str | None, typer.Option(help="The product talked about (code or name).")] = None,
    channel: Annotated[str | None, typer.Option(help="Where the customer writes (taobao, jd, …).")] = None,
    at: Annotated[str | None, typer.Option(help="When it is asked; a date or a time with offset.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The order's date: the rules in force then apply.")] = None,
    limit: Annotated[int, typer.Option(help="How many suggestions, 1 to 10.")] = 3,
    explain: Annotated[bool, typer.Option("--explain", help="Why: scores, features, what was left out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The answer as the API gives it.")] = False,
) -> None:
    """Answer one question the way the API does."""
    from api.schemas import answer_out
    from indexer.workspace import Workspace
    from kb.commands.serving import published_assistant
    from kb.progress_bar import progress_bar
    from kb.terminal import show_answer

    settings = _settings(library, var)
    context = Context(
        product=product,
        channel=channel,
        at=_moment("--at", at, settings),
        as_of=_moment("--as-of", as_of, settings),
    )
    asked = Question(question.strip(), context=context, limit=limit, explain=explain)
    with progress_bar(err) as progress:
        workspace = Workspace(settings, progress)
        folder = settings.library
        assistant = workspace.assistant() if folder else published_assistant(settings, workspace)
    answer = assistant.suggest(asked)
    if as_json:
        sys.stdout.write(answer_out(answer).model_dump_json(indent=2) + "\n")
    else:
        show_answer(out, answer)


@app.command()
def serve(
    library: LibraryOption = None,
    var: VarOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [KB_HOST, 127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [KB_PORT, 8000].")] = None,
    first: Annotated[
        Path | None, typer.Option(help="Publish this folder first, where nothing is published yet.")
    ] = None,
    first_key: Annotated[
        bool, typer.Option("--first-key", help="Make an admin's key where there is none, and print its address once.")
    ] = False,
) -> None:
    """Serve the published library, or a folder of articles, indexed first if it changed."""
    from kb.commands.threads import settle_threads

    settle_threads()
    settings = _settings(library, var, host=host, port=port)
    if settings.workers > 1:
        from kb.commands.crew import run_crew

        run_crew(settings, first, first_key)
        return
    from indexer.workspace import Workspace
    from kb.commands.serving import run
    from kb.progress_bar import progress_bar

    with progress_bar(err) as progress:
        workspace = Workspace(settings, progress)
        _ = workspace.encoder  # prepared here, where its progress is seen
    run(settings, workspace, first, first_key)


def _moment(option: str, written: str | None, settings: Settings) -> datetime | None:
    try:
        return parse_moment(written, settings.zone) if written else None
    except ValueError as error:
        raise QuestionError(option, str(error)) from error


def _settings(library: Path | None, var: Path | None, **more: object) -> Settings:
    return load_settings(library=library, var=var, **more)


def main() -> None:
    """Run `kb`; an error that the caller can mend is one clear message and exit code 1."""
    configure_log()
    try:
        app()
    except ArticlesError as error:
        err.print(str(error), style="red", markup=False, highlight=False)
        err.print("Nothing was changed. `kb check FOLDER` lists them all.")
        sys.exit(1)
    except KbError as error:
        err.print(str(error), style="red", markup=False, highlight=False)
        sys.exit(1)
