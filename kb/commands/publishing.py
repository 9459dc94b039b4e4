"""Publishing at the command line: publish, export, watch, generations, rollback, rebuild, verify."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.console import SafeConsole
from kb.errors import ArticlesError, KbError
from kb.settings import Settings, load_settings
from kb.store.records import Actor

if TYPE_CHECKING:
    from indexer.publishing.publisher import Publisher
    from indexer.workspace import Workspace
    from kb.assistant import Assistant
    from kb.store.library_store import LibraryStore

out = SafeConsole()
err = SafeConsole(stderr=True)

VarOption = Annotated[
    Path | None, typer.Option("--var", help="Folder for model, store, caches and generations [KB_VAR, var/].")
]
WhyOption = Annotated[str, typer.Option("--why", help="Why; kept with the publication and in the audit trail.")]
ForceOption = Annotated[
    str | None, typer.Option("--force", metavar="REASON", help="Publish although the gate is shut; the reason is kept.")
]
FolderArgument = Annotated[Path, typer.Argument(help="The folder of Markdown articles.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `kb`."""
    for command in (publish, export, watch, generations, rollback, rebuild, verify):
        app.command()(command)


def publish(
    folder: FolderArgument,
    var: VarOption = None,
    why: WhyOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan, change nothing.")] = False,
    force: ForceOption = None,
) -> None:
    """Make the published library equal to a folder: all of it, or nothing where there is a problem."""
    from kb.commands.publishing_tables import show_plan, show_receipt

    settings = load_settings(var=var)
    with publisher(settings) as at_work:
        plan = at_work.plan(folder)
        show_plan(out, plan)
        if dry_run:
            out.print("dry run: nothing was changed", style="dim")
            return
        done = at_work.publish_folder(folder, by=me(), why=why or f"kb publish {folder}", force=force)
        served = at_work.served()
    if done.receipt is not None:
        show_receipt(out, done.receipt, settings.zone)
        close_gaps(settings, served)


def export(
    folder: Annotated[Path, typer.Argument(help="The folder to write; made where it is not there.")],
    var: VarOption = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Remove articles of the folder that are not published.")
    ] = False,
) -> None:
    """Write the published library into a folder, byte for byte."""
    with publisher(load_settings(var=var)) as at_work:
        count = at_work.export(folder, replace)
    out.print(f"{count} files written to {folder}", markup=False, highlight=False)


def watch(folder: FolderArgument, var: VarOption = None, why: WhyOption = "", force: ForceOption = None) -> None:
    """Publish a folder whenever it changes; with problems they are shown and nothing changes. Ctrl-C ends it."""
    import watchfiles

    from indexer.workspace import Workspace
    from kb.commands.publishing_tables import show_plan, show_receipt

    settings = load_settings(var=var)
    workspace = Workspace(settings)  # one for all, so that the model is loaded once

    def once() -> None:
        try:
            with publisher(settings, workspace) as at_work:
                done = at_work.publish_folder(folder, by=me(), why=why or f"kb watch {folder}", force=force)
                served = at_work.served()
        except ArticlesError as error:
            err.print(str(error), style="red", markup=False, highlight=False)
            err.print("Nothing was published; what was published before goes on serving.", style="yellow")
        except KbError as error:
            err.print(str(error), style="red", markup=False, highlight=False)
        else:
            if done.receipt is not None and done.receipt.is_new:
                show_plan(out, done.plan)
                show_receipt(out, done.receipt, settings.zone)
                close_gaps(settings, served)

    once()
    err.print(f"watching {folder}; Ctrl-C ends it", style="dim", markup=False)
    for _ in watchfiles.watch(folder, debounce=400, step=50, raise_interrupt=False):
        once()


def generations(var: VarOption = None) -> None:
    """List the generations kept, newest publication first: which serves, since when, how large."""
    from indexer.publishing.overview import overview
    from kb.commands.publishing_tables import show_generations

    settings = load_settings(var=var)
    with _store(settings) as store:
        show_generations(out, overview(settings, store), settings.zone)


def rollback(
    to: Annotated[str, typer.Argument(help="A publication's number, or a generation's id.")],
    var: VarOption = None,
    why: WhyOption = "",
) -> None:
    """Publish again what an earlier publication had. It is a publication of its own, and can be rolled back too."""
    from kb.commands.publishing_tables import show_receipt

    settings = load_settings(var=var)
    with publisher(settings) as at_work:
        receipt = at_work.rollback(_target(to), by=me(), why=why)
        served = at_work.served()
    show_receipt(out, receipt, settings.zone)
    close_gaps(settings, served)


def rebuild(var: VarOption = None) -> None:
    """Make the index of the published library again, from the store alone."""
    with publisher(load_settings(var=var)) as at_work:
        generation = at_work.rebuild()
    out.print(f"generation {generation} made again from the store", highlight=False)


def verify(var: VarOption = None) -> None:
    """Check everything: audit trail, revisions, every checksum, every passage against its revision, the vectors."""
    from indexer.publishing.verification import verify as verified
    from indexer.workspace import Workspace
    from kb.commands.publishing_tables import show_checks
    from kb.progress_bar import progress_bar

    settings = load_settings(var=var)
    with _store(settings) as store:
        with progress_bar(err) as progress:
            checks = verified(Workspace(settings, progress), store, progress)
        show_checks(out, checks)
    if any(check.problems for check in checks):
        raise typer.Exit(1)


def me() -> Actor:
    """Whoever has the machine has the library: the person at the terminal, an admin."""
    try:
        return Actor(getpass.getuser())
    except (KeyError, OSError):
        return Actor("unknown")


@contextmanager
def publisher(settings: Settings, workspace: Workspace | None = None) -> Iterator[Publisher]:
    """A publisher of these settings with the evaluation's gate, and a progress bar while it works."""
    from indexer.publishing.publisher import Publisher
    from indexer.workspace import Workspace
    from kb.commands.gate import gate_of
    from kb.progress_bar import progress_bar

    with _store(settings) as store, progress_bar(err) as progress:
        yield Publisher(workspace or Workspace(settings, progress), store, gate_of(settings), progress)


def close_gaps(settings: Settings, served: Assistant | None) -> None:
    """Check the gaps that have an article, as a server does after each publication; say what became of them."""
    from kb.gap_closing import GapCloser

    if served is None:
        return
    with _store(settings) as store:
        closer = GapCloser.of(store.database, settings)
        found = closer.published(served, me())
    for gap, checked in found.items():
        missed = [one.question for one in checked if not one.is_answered]
        if missed:
            said = f"gap {gap}: {len(missed)} of {len(checked)} questions not answered yet, like {missed[0]}"
            out.print(said, style="yellow", markup=False, highlight=False, soft_wrap=True)
        else:
            said = f"gap {gap} is answered; its {len(checked)} questions are in {closer.questions}"
            out.print(said, style="green", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _store(settings: Settings) -> Iterator[LibraryStore]:
    from kb.store.library_store import LibraryStore

    store = LibraryStore.open(settings)
    try:
        yield store
    finally:
        store.close()


def _target(to: str) -> int | str:
    return int(to) if to.isdigit() and len(to) < 16 else to
