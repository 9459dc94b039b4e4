"""`kb serve`: the published library or a folder, answered over HTTP; and the Assistant of `kb ask`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from kb.commands.first_key import say_key
from kb.commands.publishing import me, publisher
from kb.errors import GenerationError, StoreError
from kb.settings import Settings

if TYPE_CHECKING:
    from api.services import Services
    from api.serving import Serving
    from indexer.workspace import Workspace
    from kb.assistant import Assistant

log = structlog.get_logger()


def run(settings: Settings, workspace: Workspace, first: Path | None, with_key: bool) -> None:
    """Serve until stopped.

    first: a folder to publish where nothing is published yet. with_key: make an admin's key where there is none, and
    print an address that carries it, once.
    """
    from api.server import serve

    with answering(settings, workspace, first) as (serving, services):
        made = services.keys.add_first("first admin", me()) if with_key else None
        serve(serving, settings, services, lambda address: say_key(address, made[1] if made else None))


def answering(
    settings: Settings, workspace: Workspace, first: Path | None
) -> AbstractContextManager[tuple[Serving, Services]]:
    """What answers over HTTP, warm, with its services, until the context ends. first: see `run`."""
    return _folder(settings, workspace) if settings.library is not None else _published(settings, workspace, first)


@contextmanager
def _folder(settings: Settings, workspace: Workspace) -> Iterator[tuple[Serving, Services]]:
    from api.serving import Serving
    from kb.commands.services import services

    assistant = workspace.assistant()
    assistant.warm_up()
    with services(settings, workspace) as wired:
        yield Serving(assistant), wired


@contextmanager
def _published(settings: Settings, workspace: Workspace, first: Path | None) -> Iterator[tuple[Serving, Services]]:
    from api.serving import Serving, Watcher
    from indexer.publishing.keeper import Keeper
    from indexer.publishing.publisher import Publisher
    from indexer.store import PUBLISHED
    from kb.commands.services import services
    from kb.gap_closing import GapCloser
    from kb.periodic import Periodic
    from kb.store.feedback_store import FeedbackStore
    from kb.upkeep import EVERY, Upkeep

    if first is not None:
        publish_first(settings, first)
    assistant = published_assistant(settings, workspace)
    assistant.warm_up()
    # Which publication that is says the watcher, as soon as it has looked.
    serving = Serving(assistant)
    with services(settings, workspace, serving) as wired:
        watcher = Watcher(serving, workspace)
        keeper = Keeper(wired.publisher) if isinstance(wired.publisher, Publisher) else None
        due = Upkeep(
            GapCloser.of(wired.library.database, settings),
            FeedbackStore(wired.library.database),
            serving.answering,
            lambda: serving.publication,
            timedelta(days=settings.feedback_days),
        )
        upkeep = Periodic("upkeep", EVERY, due.once, "upkeep failed")
        watcher.start()
        upkeep.start()
        if keeper is not None:
            keeper.start()
        try:
            log.info("serving the published library", generation=serving.generation, library=PUBLISHED)
            yield serving, wired
        finally:
            upkeep.stop()
            if keeper is not None:
                keeper.stop()
            watcher.stop()


def publish_first(settings: Settings, folder: Path) -> None:
    """Publish a folder where nothing is published yet."""
    with publisher(settings) as at_work:
        if not at_work.is_empty():
            return
        log.info("nothing is published yet; publishing", folder=str(folder))
        at_work.publish_folder(folder, by=me(), why=f"first start: {folder}")


def published_assistant(settings: Settings, workspace: Workspace) -> Assistant:
    """The Assistant over what is published, mended first where a crash or damage left it behind.

    Where it cannot be mended now (no room, no database) the last good generation answers, and the log says so.
    Raises GenerationError where nothing is published.
    """
    try:
        with publisher(settings, workspace) as at_work:
            at_work.recover()
            if (assistant := at_work.served()) is not None:
                return assistant
    except (StoreError, OSError) as error:
        log.error("the published library cannot be checked, the last good generation answers", why=str(error))
        return workspace.assistant()
    raise GenerationError("nothing is published yet; run `kb publish FOLDER`, or name a folder with --library")
