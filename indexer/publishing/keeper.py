"""Completes what a publisher that died has left, while others serve: nobody need restart anything."""

from __future__ import annotations

import threading

import structlog

from indexer.publishing.publisher import Publisher

_EVERY = 2.0

log = structlog.get_logger()


class Keeper:
    """A thread that looks now and then whether the store holds an accepted publication that does not serve."""

    def __init__(self, publisher: Publisher, every: float = _EVERY) -> None:
        self._publisher = publisher
        self._every = every
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        """Look from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; what is being completed is completed."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        said = ""
        while not self._stopped.wait(self._every):
            try:
                if self._publisher.is_behind():
                    self._publisher.recover_if_free()
                said = ""
            except Exception as error:
                # A store that is away comes back; what serves goes on meanwhile.
                why = f"{type(error).__name__}: {error}"
                if why != said:
                    log.error("publications cannot be completed", why=why)
                said = why
