"""The commands `python -m eval.bench …`. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from eval.bench.figures import Figures
from kb.console import SafeConsole
from kb.errors import KbError
from kb.settings import load_settings

app = typer.Typer(
    help="Measure the program as it is served: speed, memory, growth. docs/performance.md explains the figures.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
out = SafeConsole()
err = SafeConsole(stderr=True)

_DEMO = Path("articles")

LibraryOption = Annotated[Path | None, typer.Option("--library", help="Folder of Markdown articles [articles].")]
MadeOption = Annotated[int, typer.Option("--made", min=0, help="Instead: articles made by rule, of so many passages.")]
ClientsOption = Annotated[str, typer.Option("--clients", help="Numbers of clients that ask without pause.")]
SecondsOption = Annotated[float, typer.Option("--seconds", min=0.5, help="How long each load runs, warm-up included.")]
WarmUpOption = Annotated[float, typer.Option("--warm-up", min=0, help="Seconds of it that are not counted.")]
RoundsOption = Annotated[int, typer.Option("--rounds", min=1, help="Turns; the medians count.")]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Write the figures to this file too.")]


@app.command()
def serve(
    library: LibraryOption = None,
    made: MadeOption = 0,
    clients: ClientsOption = "1,16,64",
    seconds: SecondsOption = 10.0,
    warm_up: WarmUpOption = 2.0,
    rounds: RoundsOption = 1,
    starts: Annotated[int, typer.Option(min=1, help="Starts of the server a round, timed.")] = 3,
    url: Annotated[str, typer.Option(help="A server that runs already, instead of starting one.")] = "",
    key: Annotated[str, typer.Option(help="The key for --url.")] = "",
    to: JsonOption = None,
) -> None:
    """Latency and rate of the server under load, its processor time and memory, beside the encoder alone."""
    from eval.bench import showing
    from eval.bench.driving import Plan
    from eval.bench.serving import Wanted, measure
    from kb.progress_bar import progress_bar

    if library is not None and made:
        raise typer.BadParameter("name a folder or a number of passages, not both", param_hint="--library, --made")
    if bool(url) != bool(key):
        raise typer.BadParameter("a running server needs both", param_hint="--url, --key")
    plan = Plan(_numbers(clients, "--clients"), seconds, _within(warm_up, seconds), starts)
    folder = None if made else library or _DEMO
    with progress_bar(err) as progress:
        found = measure(Wanted(folder, made, url, key), plan, rounds, load_settings(), progress)
    showing.show(out, found, plan.clients)
    if to is not None:
        showing.write(to, showing.as_written(found, f"{folder or f'{made} made passages'}, {rounds} round(s)"))
    _end_on_errors("kb", found)


@app.command()
def peers(
    library: LibraryOption = None,
    made: MadeOption = 0,
    against: Annotated[str, typer.Option(help="Who: of txtai, txtai-hybrid, txtai-bare, plain.")] = "txtai,plain",
    clients: ClientsOption = "1,16,64",
    seconds: SecondsOption = 10.0,
    warm_up: WarmUpOption = 2.0,
    rounds: RoundsOption = 2,
    to: JsonOption = None,
) -> None:
    """The server beside txtai and a plain service, in turns: same weights, same passages, same questions."""
    from eval.bench import showing
    from eval.bench.driving import Plan
    from eval.bench.figures import rounded
    from eval.bench.peers.comparing import compare, ratios
    from eval.bench.peers.contestants import NAMES
    from eval.bench.serving import Wanted
    from kb.progress_bar import progress_bar

    if library is not None and made:
        raise typer.BadParameter("name a folder or a number of passages, not both", param_hint="--library, --made")
    names = list(dict.fromkeys(against.split(",")))
    if unknown := [name for name in names if name not in NAMES]:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(NAMES)}", param_hint="--against")
    given = _numbers(clients, "--clients")
    plan = Plan(given, seconds, _within(warm_up, seconds), starts=1, with_repeats=False, with_open=False)
    folder = None if made else library or _DEMO
    with progress_bar(err) as progress:
        found = compare(Wanted(folder, made), names, plan, rounds, load_settings(), progress)
    over = ratios(found)
    showing.show_peers(out, found, over, given)
    if to is not None:
        showing.write(to, {**{name: rounded(figures) for name, figures in found.items()}, **rounded(over)})
    for name, figures in found.items():
        _end_on_errors(name, figures)


@app.command()
def scale(
    sizes: Annotated[str, typer.Option(help="Numbers of passages.")] = "1000,10000,100000,1000000",
    work: Annotated[Path | None, typer.Option(help="Where to build; the largest takes most of the room.")] = None,
    to_plot: Annotated[Path | None, typer.Option("--plot", help="Draw it to this SVG file.")] = None,
    to: JsonOption = None,
) -> None:
    """Build time, disk, memory, latency by stage and recall as the library grows; vectors are drawn, not encoded."""
    from eval.bench import growing, showing
    from eval.bench.figures import rounded
    from kb.progress_bar import progress_bar

    def keep(found: Mapping[int, Figures]) -> None:
        if to_plot is not None:
            growing.write_plot(found, to_plot)
        if to is not None:
            written = {str(size): rounded(figures) for size, figures in found.items()}
            showing.write(to, {**written, "p95_largest_over_10000": growing.cliff(found)})

    given = _numbers(sizes, "--sizes")
    with progress_bar(err) as progress:
        found = growing.grow(given, work, keep, progress)
    growing.show(out, found)


@app.command()
def encoding(
    library: LibraryOption = None, made: MadeOption = 0, rounds: RoundsOption = 3, to: JsonOption = None
) -> None:
    """How fast passages are encoded in bulk, as a share of the bare model's rate over the same token batches."""
    from eval.bench import showing
    from eval.bench.encoding import measure
    from eval.bench.figures import rounded
    from eval.bench.kb_service import articles_of
    from kb.progress_bar import progress_bar

    if library is not None and made:
        raise typer.BadParameter("name a folder or a number of passages, not both", param_hint="--library, --made")
    settings = load_settings()
    articles = articles_of(None if made else library or _DEMO, made, settings)
    with progress_bar(err) as progress:
        found = measure(articles, rounds, settings, progress).figures()
    showing.show_encoding(out, found)
    if to is not None:
        showing.write(to, rounded(found))


@app.command()
def publish(
    passages: Annotated[int, typer.Option(min=1, help="How many the library has, made by rule.")] = 10_000,
    publishes: Annotated[int, typer.Option(min=1, help="How many articles are published, one after another.")] = 10,
    synthetic: Annotated[bool, typer.Option(help="Draw the vectors of all but the changed passages.")] = False,
    work: Annotated[Path | None, typer.Option(help="Where to build and leave it; else it is removed.")] = None,
    to: JsonOption = None,
) -> None:
    """How long it takes from the call that publishes an article to the first answer that has it."""
    from dataclasses import asdict

    from eval.bench import publishing, showing

    found = publishing.run(passages, publishes, synthetic, work, load_settings())
    sys.stdout.write(publishing.table(found))
    if to is not None:
        showing.write(to, asdict(found))


def _end_on_errors(name: str, found: Mapping[str, float | None]) -> None:
    """A run in which a request failed has failed: what was not answered is in no latency."""
    if not found["errors"]:
        return
    kinds = {key.removeprefix("errors_"): count or 0 for key, count in found.items() if key.startswith("errors_")}
    said = ", ".join(f"{count:.0f} × {'no answer' if status == '0' else status}" for status, count in kinds.items())
    err.print(f"{name}: {found['errors']:.0f} request(s) not answered with 200: {said}", style="red")
    raise typer.Exit(1)


def _numbers(written: str, option: str) -> tuple[int, ...]:
    """Whole numbers above zero, commas between, each once and ascending."""
    try:
        numbers = tuple(sorted({int(part) for part in written.split(",")}))
    except ValueError:
        numbers = ()
    if not numbers or numbers[0] < 1:
        raise typer.BadParameter(f"{written!r}: write numbers like 1,16,64", param_hint=option)
    return numbers


def _within(warm_up: float, seconds: float) -> float:
    if warm_up >= seconds:
        raise typer.BadParameter(f"{warm_up:g} s of {seconds:g} s leave nothing to count", param_hint="--warm-up")
    return warm_up


def main() -> None:
    """Run it; an error that the caller can mend is one clear message and exit code 1."""
    try:
        app()
    except KbError as error:
        err.print(str(error), style="red", markup=False, highlight=False)
        sys.exit(1)
