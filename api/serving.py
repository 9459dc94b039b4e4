"""Who answers now: the current Assistant, swapped between two requests when the pointer names another generation."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from indexer.generation import Generation
from indexer.publishing.serving_registry import ServingEntry, ServingRegistry
from indexer.store import PUBLISHED, Activation
from indexer.workspace import Workspace
from kb.assistant import Assistant
from kb.errors import GenerationError, KbError
from kb.garbage import set_aside
from kb.index import Index

_LOOK = 0.05
# Seconds after which a generation that could not be loaded is tried again.
_AGAIN = 2.0

log = structlog.get_logger()


@dataclass(eq=False)
class _Held:
    """An Assistant with the number of requests that it answers now."""

    assistant: Assistant
    publication: int
    requests: int = 0

    @property
    def generation(self) -> str:
        """The id of the generation that it answers from."""
        return self.assistant.index.generation


class Serving:
    """The Assistant that answers; may be used from any thread. A `Desk` for publishers of the same process.

    publication: the number of the publication that it answers from; 0: it is not the published library.
    """

    def __init__(self, assistant: Assistant, publication: int = 0) -> None:
        self._held = _Held(assistant, publication)
        self._retired: list[_Held] = []
        self._lock = threading.Lock()
        self._offered: Assistant | None = None
        self.nudged = threading.Event()

    @contextmanager
    def answering(self) -> Iterator[Assistant]:
        """The Assistant for one request, whose response must be sent when the block ends."""
        with self._lock:
            held = self._held
            held.requests += 1
        try:
            yield held.assistant
        finally:
            with self._lock:
                held.requests -= 1
                if held.requests == 0 and held in self._retired:
                    self._retired.remove(held)
                    self.nudged.set()

    def current(self) -> Assistant:
        """What answers now; for a request use `answering`."""
        return self._held.assistant

    @property
    def generation(self) -> str:
        """The id of the generation that answers."""
        return self._held.generation

    @property
    def publication(self) -> int:
        """The number of the publication that answers."""
        return self._held.publication

    def offer(self, assistant: Assistant) -> None:
        """See `Desk`."""
        if assistant is not self.current():
            self._offered = assistant
        self.nudged.set()

    def offered(self, generation: str) -> Assistant | None:
        """What was handed over for that generation, once."""
        found = self._offered
        if found is None or found.index.generation != generation:
            return None
        self._offered = None
        return found

    def switch(self, assistant: Assistant, publication: int) -> None:
        """Answer every later request by this Assistant."""
        with self._lock:
            old, self._held = self._held, _Held(assistant, publication)
            if old.requests:
                self._retired.append(old)

    def renumber(self, publication: int) -> None:
        """The same generation serves another publication."""
        with self._lock:
            self._held.publication = publication

    @property
    def settled(self) -> int | None:
        """The publication that every request is answered from; None while one still runs on an older generation."""
        with self._lock:
            return None if self._retired else self._held.publication


class Watcher:
    """A thread that follows the pointer: loads beside, warms, switches, and says so in the registry.

    A generation that cannot be loaded is logged and the old one goes on; it is tried again.
    """

    def __init__(self, serving: Serving, workspace: Workspace) -> None:
        self._serving = serving
        self._workspace = workspace
        self._seen: bytes | None = None
        self._try_again: float | None = None
        self._stopped = threading.Event()
        self._said: tuple[str, int] | None = None
        self._gone: dict[str, int] = {}
        self._entry: ServingEntry = ServingRegistry(workspace.settings.var).enter()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        """Register, take up whatever was activated meanwhile, and follow from now on. Call before the first request."""
        self._say()
        # Whoever published before we said so has not waited for us: look again.
        self.look()
        self._thread.start()

    def stop(self) -> None:
        """Leave the registry; requests that run go on."""
        self._stopped.set()
        self._serving.nudged.set()
        if self._thread.is_alive():
            self._thread.join()
        self._entry.close()

    def look(self) -> None:
        """Follow the pointer if it moved, and say so once no request runs on an older generation."""
        # Its bytes, not its time of change: clocks jump.
        pointer = self._workspace.store.pointer()
        due = self._try_again is not None and time.monotonic() >= self._try_again
        if pointer != self._seen or due:
            self._take_up(pointer)
        self._say()

    def _take_up(self, pointer: bytes) -> None:
        first = pointer != self._seen
        self._seen = pointer
        try:
            wanted = self._workspace.store.current(PUBLISHED)
            if wanted is not None:
                self._follow(wanted)
        except KbError as error:
            if first:
                log.error("new generation refused, the old one goes on", why=str(error))
            self._try_again = time.monotonic() + _AGAIN
        else:
            self._try_again = None

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._serving.nudged.wait(_LOOK)
            self._serving.nudged.clear()
            try:
                self.look()
            except Exception as error:
                # Whatever it is (a full disk, say), the old generation answers, and a later look may find it mended.
                log.error("the pointer cannot be followed", why=f"{type(error).__name__}: {error}")
                self._try_again = time.monotonic() + _AGAIN
                self._stopped.wait(1)

    def _follow(self, wanted: Activation) -> None:
        serving = self._serving
        if wanted.generation == serving.generation:
            serving.renumber(wanted.publication)
            return
        before = serving.current().index
        assistant = serving.offered(wanted.generation)
        if assistant is None:
            previous = before if isinstance(before, Generation) else None
            assistant = self._workspace.assistant_of(self._workspace.load(wanted.generation, previous))
            assistant.warm_up()
        self._gone = _gone(before, assistant.index)
        serving.switch(assistant, wanted.publication)
        set_aside()
        log.info("generation switched", generation=wanted.generation, publication=wanted.publication)

    def _say(self) -> None:
        settled = self._serving.settled
        if settled is None or self._said == (self._serving.generation, settled):
            return
        self._entry.says(self._serving.generation, settled, self._gone)
        self._said = (self._serving.generation, settled)


def _gone(before: Index, after: Index) -> dict[str, int]:
    """The articles that are not there any more, each with the passages that say they are of it: none."""
    lost = {article.id: 0 for article in before.articles if after.ordinal(article.id) is None}
    if lost:
        for passage in after.passages:
            if passage.article in lost:
                lost[passage.article] += 1
    return lost


def watched(workspace: Workspace) -> tuple[Serving, Watcher]:
    """What the published library is answered by, warm, and its watcher, not started.

    Raises GenerationError where nothing is published, or nothing of it can be loaded.
    """
    pointed: Activation | None
    try:
        pointed = workspace.store.current(PUBLISHED)
    except GenerationError:
        pointed = None
    generation = workspace.generation()
    assistant = workspace.assistant_of(generation)
    assistant.warm_up()
    exact = pointed is not None and pointed.generation == generation.generation
    serving = Serving(assistant, pointed.publication if pointed and exact else 0)
    return serving, Watcher(serving, workspace)
