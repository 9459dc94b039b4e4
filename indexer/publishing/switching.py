"""From the store's word to what answers: the pointer, the desk of this process, and the other serving processes."""

from __future__ import annotations

import time

import structlog

from indexer.publishing.desk import Desk
from indexer.publishing.receipt import ServingProcess
from indexer.publishing.serving_registry import ServingRegistry
from indexer.store import PUBLISHED, Activation
from indexer.workspace import Workspace
from kb.assistant import Assistant
from kb.errors import GenerationError
from kb.progress import Progress

_LOOK = 0.005

log = structlog.get_logger()


class Switching:
    """Moves the pointer of one `var` and waits for those who follow it; called by whoever may publish."""

    def __init__(self, workspace: Workspace, desk: Desk, progress: Progress, patience: float) -> None:
        self.registry = ServingRegistry(workspace.settings.var)
        self._workspace = workspace
        self._desk = desk
        self._progress = progress
        self._patience = patience

    def pointed(self) -> Activation | None:
        """What the pointer names; None where it names nothing or cannot be read."""
        try:
            return self._workspace.store.current(PUBLISHED)
        except GenerationError as error:
            log.error("pointer refused", why=str(error))
            return None

    def loaded(self, generation: str | None, last: Assistant | None) -> Assistant | None:
        """An Assistant over a generation, at hand or from the disk; None where it is missing, damaged or foreign."""
        for at_hand in (self._desk.current(), last):
            if at_hand is not None and at_hand.index.generation == generation:
                return at_hand
        if generation is None:
            return None
        try:
            return self._workspace.assistant_of(self._workspace.load(generation))
        except GenerationError as error:
            log.error("generation refused", generation=generation, why=str(error))
            return None

    def point(self, assistant: Assistant, number: int) -> None:
        """Make a publication's generation the one that serves; the desk takes over its Assistant. Raises OSError."""
        self._desk.offer(assistant)
        self._workspace.store.activate(assistant.index.generation, PUBLISHED, number)
        self._desk.offer(assistant)  # once more: it may have looked before the pointer moved

    def wait(self, number: int) -> tuple[tuple[ServingProcess, ...], tuple[ServingProcess, ...]]:
        """The serving processes that answer from a publication, and those that still do not after `patience`."""
        until = time.monotonic() + self._patience
        while True:
            alive = self.registry.alive()
            late = tuple(one for one in alive if one.publication < number)
            if not late or time.monotonic() > until:
                for one in late:
                    log.error("a serving process did not switch", process=str(one), publication=number)
                return tuple(one for one in alive if one not in late), late
            self._progress("waiting for serving processes", len(alive) - len(late), len(alive))
            time.sleep(_LOOK)
