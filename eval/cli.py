"""The commands `kb eval …`. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from eval.labels_command import try_labels
from kb.console import SafeConsole
from kb.errors import QuestionError
from kb.moment import parse_moment
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from eval.source import Source

app = typer.Typer(help="Measure the answers on a question set, compare runs, guard a baseline.", no_args_is_help=True)
out = SafeConsole()
err = SafeConsole(stderr=True)

_BASELINE = Path("eval/baseline.json")

Part = Literal["learn", "test", "all"]
LibraryOption = Annotated[
    Path | None, typer.Option("--library", help="Folder of Markdown articles [KB_LIBRARY, what is published].")
]
SetOption = Annotated[Path | None, typer.Option("--set", help="The question set, a JSONL file.")]
BeirOption = Annotated[Path | None, typer.Option("--beir", help="A folder in BEIR's layout: library and set at once.")]
VarOption = Annotated[
    Path | None, typer.Option("--var", help="Folder for model, caches and generations [KB_VAR, var/].")
]
HalfOption = Annotated[Part, typer.Option("--half", help="Ask only the questions of one half.")]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help="Ask only so many, spread over the set.")]
AtOption = Annotated[str | None, typer.Option("--at", help="The clock for questions that name no time [now].")]
BaselineOption = Annotated[Path, typer.Option("--baseline", help="The baseline's file.")]
NameOption = Annotated[str | None, typer.Option("--name", help="The run's name [the set's, and its half].")]


app.command("try-labels")(try_labels)


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
    desk: Annotated[
        bool, typer.Option("--desk", help="Ask as chat tools do: each with a channel, half of them with a product.")
    ] = False,
) -> None:
    """Answer every question of a set as the API does, and write rankings, verdicts and measures."""
    from eval.assistant_under_test import AssistantUnderTest
    from eval.desk import Desk
    from eval.run import Setup, answer_all, prepare_out, summarise, write_run
    from eval.show import show_summary
    from eval.split import part, sample
    from kb.progress_bar import progress_bar

    settings = load_settings(library=library, var=var)
    source = _source(settings, questions, beir)
    clock = _clock(at, settings)
    asked = sample(part(source.questions, half), limit)
    if desk:
        sent = Desk(source.articles).sent
        asked = tuple(map(sent, asked))
    prepare_out(to)
    with progress_bar(err) as progress:
        tested = AssistantUnderTest(settings, source.contents, clock, progress)
        records = answer_all(tested.assistant(), asked, progress)
    chosen = name or source.name + ("" if half == "all" else f"-{half}") + ("-desk" if desk else "")
    setup = Setup(chosen, str(source.library), str(source.questions_from), half, limit, clock, tested.model, desk)
    summary = summarise(records, tested.settings, tested.generation, setup)
    write_run(to, records, summary)
    show_summary(out, summary)


@app.command("lint")
def lint_set(
    questions: Annotated[Path, typer.Argument(metavar="SET", help="The question set, a JSONL file.")],
    library: LibraryOption = None,
    at: AtOption = None,
) -> None:
    """Prove that a set speaks about its library: ids, headings, decisive strings, dates, no copied questions."""
    from eval.lint import lint
    from eval.show import show_lint

    settings = load_settings(library=library)
    source = _source(settings, questions, None)
    found = lint(source.questions, source.articles, _clock(at, settings) or datetime.now(UTC), str(questions))
    show_lint(out, err, found)
    if found.problems:
        raise typer.Exit(1)


@app.command("compare")
def compare_runs(
    before: Annotated[Path, typer.Argument(metavar="A", help="The folder of the earlier run.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="The folder of the later run.")],
    to: Annotated[Path | None, typer.Option("--json", help="Write everything to this file too.")] = None,
    changes: Annotated[int, typer.Option(min=0, help="How many won and lost questions to show.")] = 20,
) -> None:
    """Say per measure and slice whether B is better or worse than A, or nothing is shown."""
    from pydantic import TypeAdapter

    from eval.compare import Comparison, compare
    from eval.record import read_records
    from eval.show import show_comparison
    from eval.whole_file import write_whole

    found = compare(read_records(before), read_records(after))
    if to is not None:
        write_whole(to, TypeAdapter(Comparison).dump_json(found, indent=2).decode() + "\n")
    show_comparison(out, found, changes)


@app.command("report")
def write_report(
    of: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of the run.")],
    to: Annotated[Path, typer.Option("--html", help="The page to write.")],
    against: Annotated[Path | None, typer.Option(help="The folder of an earlier run of the same set.")] = None,
    ablation: Annotated[Path | None, typer.Option(help="What `kb eval ablate --json` wrote.")] = None,
) -> None:
    """Write one page to look at: measures, slices, confidence, latency, legs, every failed question."""
    from eval.report import read_ablation, read_run, render_report
    from eval.whole_file import write_whole

    run, other = read_run(of), read_run(against) if against is not None else None
    rows = read_ablation(ablation) if ablation is not None else None
    page = render_report(run, datetime.now(UTC).astimezone(), other, rows)
    write_whole(to, page)
    out.print(f"{to}: {len(page.encode()) / 1e6:.1f} MB", markup=False, highlight=False, soft_wrap=True)


@app.command()
def gate(
    of: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of the run.")],
    baseline: BaselineOption = _BASELINE,
    library: LibraryOption = None,
    var: VarOption = None,
    at: AtOption = None,
) -> None:
    """Fail by name: a fallen measure, a must_pass question whose article is not first, anything forbidden."""
    from eval.assistant_under_test import AssistantUnderTest
    from eval.gate import must_pass, read_baseline, run_failures
    from eval.published import contents_of
    from eval.record import read_records
    from eval.run import read_summary
    from kb.progress_bar import progress_bar

    summary = read_summary(of)
    failures = run_failures(read_baseline(baseline), summary, read_records(of))
    passed = "no must_pass questions: a BEIR folder has none"
    if library is not None or summary["config"]["library"] != summary["config"]["set"]:
        settings = load_settings(library=library or Path(summary["config"]["library"]), var=var)
        contents = contents_of(settings)
        now = _clock(at, settings) or datetime.now(UTC)
        with progress_bar(err) as progress:
            asked = must_pass(
                AssistantUnderTest(settings, contents, now, progress).assistant(), contents.articles, now, progress
            )
        failures += asked.failures
        passed = f"{asked.asked} must_pass questions asked, {asked.ended} rest as their article has ended"
    for failure in failures:
        out.print(str(failure), markup=False, highlight=False, soft_wrap=True)
    err.print(passed, highlight=False)
    if failures:
        err.print(f"[red]the gate stays shut: {len(failures)} failure(s)[/]", highlight=False)
        raise typer.Exit(1)
    err.print("[green]the gate is open[/]")


@app.command()
def accept(
    of: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of the run.")],
    reason: Annotated[str, typer.Option(help="Why the baseline moves; it is kept.")],
    baseline: BaselineOption = _BASELINE,
) -> None:
    """Make a run the baseline of its name."""
    from eval.gate import accept as moved
    from eval.gate import read_baseline, write_baseline
    from eval.run import read_summary

    summary = read_summary(of)
    write_baseline(baseline, moved(read_baseline(baseline), summary, reason, datetime.now(UTC)))
    out.print(f"{baseline}: {summary['config']['name']} accepted", markup=False, highlight=False)


@app.command("ablate")
def ablate_legs(
    library: LibraryOption = None,
    questions: SetOption = None,
    beir: BeirOption = None,
    var: VarOption = None,
    limit: LimitOption = None,
    half: HalfOption = "all",
    at: AtOption = None,
    to: Annotated[Path | None, typer.Option("--json", help="Write the table to this file too.")] = None,
) -> None:
    """Measure each leg alone, pairs of them, and all as served."""
    from pydantic import TypeAdapter

    from eval.ablation import Row, ablate
    from eval.assistant_under_test import AssistantUnderTest
    from eval.show import show_ablation
    from eval.split import part, sample
    from eval.whole_file import write_whole
    from kb.progress_bar import progress_bar

    settings = load_settings(library=library, var=var)
    source = _source(settings, questions, beir)
    asked = sample(part(source.questions, half), limit)
    with progress_bar(err) as progress:
        tested = AssistantUnderTest(settings, source.contents, _clock(at, settings), progress)
        rows = ablate(tested.assistant, tested.settings, asked, progress)
    if to is not None:
        write_whole(to, TypeAdapter(tuple[Row, ...]).dump_json(rows, indent=2).decode() + "\n")
    show_ablation(out, f"{source.name} ({half}): {len(asked)} questions", rows)


@app.command("tokens")
def token_costs(
    library: LibraryOption = None,
    questions: SetOption = None,
    beir: BeirOption = None,
    var: VarOption = None,
    limit: LimitOption = None,
    at: AtOption = None,
) -> None:
    """What keeping token vectors in fewer bytes costs late interaction, and saves."""
    from rich.table import Table

    from eval.assistant_under_test import AssistantUnderTest
    from eval.split import sample
    from eval.token_store import costs
    from indexer.workspace import Workspace
    from kb.progress_bar import progress_bar

    settings = load_settings(library=library, var=var)
    source = _source(settings, questions, beir)
    with progress_bar(err) as progress:
        assistant = AssistantUnderTest(settings, source.contents, _clock(at, settings), progress).assistant()
        encoder = Workspace(settings, progress).encoder
        found = costs(assistant, encoder, sample(source.questions, limit), progress)
    table = Table("token vectors", "bytes a passage", "nDCG@10", "success@1", title=source.name, title_justify="left")
    for cost in found:
        table.add_row(cost.name, f"{cost.bytes_per_passage:,.0f}", f"{cost.ndcg:.4f}", f"{cost.success:.4f}")
    out.print(table)


@app.command("learn")
def learn_weights(
    library: LibraryOption = None,
    questions: SetOption = None,
    beir: Annotated[
        list[Path] | None, typer.Option("--beir", help="A BEIR folder; may be given several times.")
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option("--pairs", help="Folder of training pairs; those held out of the adaptation count.")
    ] = None,
    var: VarOption = None,
    limit: LimitOption = None,
    at: AtOption = None,
    to: Annotated[Path, typer.Option("--to", help="The file of weights.")] = Path("kb/ranking_model.json"),
) -> None:
    """Learn the weights of ranking and confidence on the learn halves of several sets; show both halves."""
    from eval.assistant_under_test import AssistantUnderTest
    from eval.learn import Lessons, learn, prepare
    from eval.learning_sources import learning_sources
    from eval.learning_table import show_learning
    from eval.split import part, sample
    from eval.whole_file import write_whole
    from kb.assistant import AssistantSettings
    from kb.progress_bar import progress_bar

    settings = load_settings(library=library, var=var)
    sources = learning_sources(settings, questions, beir or (), pairs)
    halves: dict[str, list[Lessons]] = {"learn": [], "test": []}
    with progress_bar(err) as progress:
        for source, weight in sources:
            tested = AssistantUnderTest(settings, source.contents, _clock(at, settings), progress)
            # The weights to be learned may be missing or of other features: nothing here is ranked by them.
            assistant = tested.assistant(AssistantSettings(pool=settings.pool))
            for half, lessons in halves.items():
                asked = sample(part(source.questions, half), limit)  # type: ignore[arg-type]
                read = prepare(assistant, asked, progress)
                lessons.append(Lessons(source.name, weight, read))
    model = learn(halves["learn"])
    write_whole(to, model.written())
    show_learning(out, model, halves)


@app.command("adapt")
def adapt_encoder(
    pairs: Annotated[Path, typer.Option("--pairs", help="Folder of training pairs.")] = Path("eval/pairs"),
    beir: Annotated[list[Path] | None, typer.Option("--beir", help="BEIR folders whose learn halves to keep.")] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Documents taken of each BEIR folder.")] = 150,
    start: Annotated[Path | None, typer.Option("--from", help="Go on from this difference, learned before.")] = None,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="How often each group is seen.")] = 3,
    var: VarOption = None,
    to: Annotated[Path, typer.Option("--to", help="The file of the difference.")] = Path(
        "indexer/model/adaptation.npz"
    ),
) -> None:
    """Learn the packaged encoder's adaptation from pairs of question and passage (an hour on two cores)."""
    from eval.adapt import Learner, Plan
    from eval.pairs_file import read_pairs, read_set
    from indexer.model.prepare import unpack_base
    from kb.progress_bar import progress_bar

    groups = read_pairs(pairs) + [group for folder in beir or () for group in read_set(folder, most)]
    with progress_bar(err) as progress:
        learner = Learner(unpack_base(load_settings(var=var).var, progress), Plan(epochs=epochs))
        if start is not None:
            learner.go_on_from(start)
        measured = learner.learn(groups, progress)
    learner.write(to)
    out.print(f"{len(groups)} groups; on held-out groups, before and after each epoch:", highlight=False)
    for number, one in enumerate(measured):
        out.print(
            f"{number}: passage first {one.first:.3f}, answered above near miss {one.answered_above_near:.3f}",
            highlight=False,
        )


@app.command("add")
def add_question(
    to: Annotated[Path, typer.Argument(metavar="SET", help="The question set, a JSONL file.")],
    question: Annotated[str | None, typer.Argument(help="The question as JSON; - reads standard input.")] = None,
    library: LibraryOption = None,
    at: AtOption = None,
) -> None:
    """Append a question to a set, from JSON or by asking for it, linted against the library first."""
    from eval.add import add
    from eval.ask import ask_for_question
    from eval.published import contents_of

    settings = load_settings(library=library)
    if question == "-" or (question is None and not sys.stdin.isatty()):
        question = sys.stdin.read()
    written = ask_for_question() if question is None else question
    articles = contents_of(settings).articles
    added, doubts = add(to, written, articles, _clock(at, settings) or datetime.now(UTC), settings.zone)
    for doubt in doubts:
        err.print(str(doubt), style="yellow", markup=False, highlight=False, soft_wrap=True)
    out.print(f"{to}:{added.line}: {added.id} added", markup=False, highlight=False, soft_wrap=True)


def _source(settings: Settings, questions: Path | None, beir: Path | None) -> Source:
    from eval.source import read_source

    return read_source(settings, questions, beir)


def _clock(at: str | None, settings: Settings) -> datetime | None:
    try:
        return parse_moment(at, settings.zone) if at is not None else None
    except ValueError as error:
        raise QuestionError("--at", str(error)) from error
