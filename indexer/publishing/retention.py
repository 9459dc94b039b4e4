"""Which old generations stay, for rollback; what none of them needs is removed."""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog

from indexer.manifest import read_manifest
from indexer.publishing.serving_registry import ServingRegistry
from indexer.store import PUBLISHED, GenerationStore
from kb.errors import GenerationError
from kb.settings import Settings
from kb.store.library_store import LibraryStore

# So many are kept however old they are: the one that serves, and the way back.
_ALWAYS = 2
_DAY = 86_400

log = structlog.get_logger()


@dataclass(frozen=True)
class Kept:
    """A generation on disk. number: of the newest publication that served it; 0: none did. age: in seconds."""

    generation: str
    number: int
    age: float


def tidy(generations: GenerationStore, store: LibraryStore, registry: ServingRegistry, settings: Settings) -> list[str]:
    """Remove the generations beyond count and age; return their ids.

    What is current for any library, and what a living process serves, stays always. Raises OSError.
    """
    with generations.building():
        needed = {one.generation for one in registry.alive()}
        try:
            history = generations.history()
        except GenerationError:
            return []  # what is current is not known, so nothing is safe to remove
        needed |= {
            next(one.generation for one in history if one.library == name) for name in {o.library for o in history}
        }
        removed = []
        for place, one in enumerate(by_publication(generations, store)):
            old = one.age > settings.keep_days * _DAY and place >= _ALWAYS
            beyond = old or place >= settings.keep_generations or not _is_readable(generations, one.generation)
            if one.generation not in needed and beyond:
                generations.remove(one.generation)
                removed.append(one.generation)
        if removed:
            log.info("old generations removed", generations=removed)
        generations.sweep()
    return removed


def by_publication(generations: GenerationStore, store: LibraryStore) -> list[Kept]:
    """The generations on disk, that of the newest publication first: by number, never by the clock.

    Those that no publication served, such as a folder's, come last, the youngest first.
    """
    numbers = store.by_generation()
    for one in generations.history():
        if one.library == PUBLISHED:
            numbers[one.generation] = max(one.publication, numbers.get(one.generation, 0))
    now = time.time()
    found = []
    for name in generations.generations():
        try:
            age = now - generations.folder(name).stat().st_mtime
        except FileNotFoundError:
            continue
        found.append(Kept(name, numbers.get(name, 0), max(age, 0.0)))
    return sorted(found, key=lambda one: (-one.number, one.age))


def _is_readable(generations: GenerationStore, name: str) -> bool:
    """Whether this program could serve it; one of another format or without a manifest is no way back."""
    try:
        read_manifest(generations.folder(name))
    except GenerationError:
        return False
    return True
