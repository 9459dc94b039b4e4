"""A serving process over the ToyEncoder, as `kb serve` wires one: prints its port, serves until it is stopped."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from pathlib import Path

from api.server import serve
from api.services import Services
from api.serving import Serving, Watcher
from indexer.publishing.keeper import Keeper
from indexer.publishing.publisher import Publisher
from kb.store.database import Database
from kb.store.feeds import Feeds
from kb.store.key_store import KeyStore
from kb.store.library_store import LibraryStore
from tests.support.publishing import ToyWorkspace, settings_of


def told(address: str) -> None:
    sys.stdout.write(address.rpartition(":")[2] + "\n")
    sys.stdout.flush()
    # The log of requests follows; in a pipe that nobody reads it would stop the server.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    faulthandler.register(signal.SIGUSR1)  # for whoever asks what it waits for
    settings = settings_of(Path(sys.argv[1]), port=0)
    workspace = ToyWorkspace(settings)
    database = Database.open(settings)
    store = LibraryStore(database, settings.zone)
    serving = Serving(workspace.assistant())
    publisher = Publisher(workspace, store, desk=serving)
    watcher, keeper = Watcher(serving, workspace), Keeper(publisher, 0.2)
    watcher.start()
    keeper.start()
    services = Services(store, KeyStore(database), Feeds(database), publisher)
    try:
        serve(serving, settings, services, told)
    finally:
        keeper.stop()
        watcher.stop()
        database.close()


if __name__ == "__main__":
    main()
