"""`kb serve` with several processes: what is done once, before any of them starts, and what each of them does."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING

from kb.commands.first_key import say_key
from kb.commands.log import configure_log
from kb.commands.threads import settle_threads
from kb.errors import KbError
from kb.settings import Settings

if TYPE_CHECKING:
    from indexer.workspace import Workspace


def run_crew(settings: Settings, first: Path | None, with_key: bool) -> None:
    """Serve by `settings.workers` processes until stopped; see `kb.commands.serving.run`. Raises KbError."""
    from api.address import address_of
    from api.crew import Crew, listen

    listening = listen(settings.host, settings.port)
    try:
        token = _prepared(settings, first, with_key)
        address = address_of(listening.getsockname())
        Crew(settings.workers, Serve(settings), listening).run(lambda: say_key(address, token))
    finally:
        listening.close()


@dataclass(frozen=True)
class Serve:
    """What one process of the crew does; the library is published and the model prepared when it begins."""

    settings: Settings

    def __call__(self, listening: socket, ready: Callable[[], None]) -> None:
        """Serve on the shared socket until stopped."""
        settle_threads()
        configure_log()
        from api.server import serve
        from indexer.workspace import Workspace
        from kb.commands.serving import answering

        try:
            with answering(self.settings, Workspace(self.settings), None) as (serving, services):
                serve(serving, self.settings, services, lambda _: ready(), listening)
        except KbError as error:
            sys.exit(str(error))


def _prepared(settings: Settings, first: Path | None, with_key: bool) -> str | None:
    """Do what must be done once, in a process of its own, whose memory goes with it; the first key's token, if made."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_prepare, args=(settings, first, with_key, theirs), name="kb-prepare")
    process.start()
    theirs.close()
    try:
        token: str | None = ours.recv()
    except EOFError:
        raise KbError("the server cannot start; what it said above tells why") from None
    finally:
        process.join()
        ours.close()
    return token


def _prepare(settings: Settings, first: Path | None, with_key: bool, line: Connection) -> None:
    settle_threads()
    configure_log()
    from indexer.workspace import Workspace
    from kb.console import SafeConsole
    from kb.progress_bar import progress_bar

    try:
        with progress_bar(SafeConsole(stderr=True)) as progress:
            workspace = Workspace(settings, progress)
            _ = workspace.encoder
        line.send(_once(settings, workspace, first, with_key))
    except KbError as error:
        sys.exit(str(error))


def _once(settings: Settings, workspace: Workspace, first: Path | None, with_key: bool) -> str | None:
    from kb.commands.publishing import me
    from kb.commands.serving import publish_first, published_assistant
    from kb.store.key_store import KeyStore

    if settings.library is not None:
        workspace.assistant()
    else:
        if first is not None:
            publish_first(settings, first)
        published_assistant(settings, workspace)
    if not with_key:
        return None
    keys = KeyStore.open(settings)
    try:
        made = keys.add_first("first admin", me())
    finally:
        keys.close()
    return made[1] if made is not None else None
