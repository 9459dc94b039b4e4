"""A crew over the ToyEncoder, as `kb serve` with `KB_WORKERS=2`: prints its port once both answer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from api.crew import Crew, listen
from api.server import serve
from api.services import Services
from api.serving import Serving, Watcher
from indexer.publishing.publisher import Publisher
from kb.store.database import Database
from kb.store.feeds import Feeds
from kb.store.key_store import KeyStore
from kb.store.library_store import LibraryStore
from tests.support.publishing import ToyWorkspace, settings_of


@dataclass(frozen=True)
class ToyServe:
    """What one process does; it fails at once where there is a file `broken`."""

    var: Path

    def __call__(self, listening: socket, ready: Callable[[], None]) -> None:
        if (self.var / "broken").exists():
            sys.exit("broken")
        settings = settings_of(self.var)
        workspace = ToyWorkspace(settings)
        database = Database.open(settings)
        store = LibraryStore(database, settings.zone)
        serving = Serving(workspace.assistant())
        watcher = Watcher(serving, workspace)
        watcher.start()
        services = Services(store, KeyStore(database), Feeds(database), Publisher(workspace, store, desk=serving))
        try:
            serve(serving, settings, services, lambda _: ready(), listening)
        finally:
            watcher.stop()
            database.close()


def main() -> None:
    listening = listen("127.0.0.1", 0)

    def told() -> None:
        sys.stdout.write(f"{listening.getsockname()[1]}\n")
        sys.stdout.flush()

    Crew(2, ToyServe(Path(sys.argv[1])), listening).run(told)


if __name__ == "__main__":
    main()
