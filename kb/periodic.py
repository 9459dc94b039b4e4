"""Work that a server does now and then beside answering, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger()


class Periodic:
    """A thread that does something every so many seconds; a fault is logged once and the next turn comes."""

    def __init__(self, name: str, every: float, once: Callable[[], object], failed: str) -> None:
        """once: what is done each time. failed: what the log says where it could not be."""
        self._every = every
        self._once = once
        self._failed = failed
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; the first turn comes after the pause."""
        self._thread.start()

    def stop(self) -> None:
        """No more turns; what is being done is done."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        said = ""
        while not self._stopped.wait(self._every):
            try:
                self._once()
                said = ""
            except Exception as error:
                # A store that is away comes back; what serves goes on meanwhile.
                why = f"{type(error).__name__}: {error}"
                if why != said:
                    log.error(self._failed, why=why)
                said = why
