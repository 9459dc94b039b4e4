"""What lies under `var/generations` and who serves it, for people."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime

from indexer.manifest import read_manifest
from indexer.publishing.receipt import ServingProcess
from indexer.publishing.retention import Kept, by_publication
from indexer.publishing.serving_registry import ServingRegistry
from indexer.store import PUBLISHED, GenerationStore
from kb.errors import GenerationError
from kb.settings import Settings
from kb.store.library_store import LibraryStore
from kb.store.records import Publication


@dataclass(frozen=True)
class GenerationOverview:
    """One generation on disk. publication: the newest that served it, 0 where none did. wrong: empty where whole.

    bytes: with its segments, which others may share.
    """

    id: str
    publication: int
    is_active: bool
    activated_at: datetime | None
    by: str
    why: str
    articles: int
    passages: int
    bytes: int
    wrong: str = ""


@dataclass(frozen=True)
class Overview:
    """All generations, that of the newest publication first; the serving processes; free bytes."""

    generations: tuple[GenerationOverview, ...]
    serving: tuple[ServingProcess, ...]
    free: int


def overview(settings: Settings, store: LibraryStore) -> Overview:
    """Look at everything; the files' checksums are `kb verify`'s."""
    generations = GenerationStore(settings.var)
    try:
        current = generations.current(PUBLISHED)
    except GenerationError:
        current = None
    active = current.generation if current else None
    found = [_one(kept, active, generations, store) for kept in by_publication(generations, store)]
    serving = tuple(ServingRegistry(settings.var).alive())
    return Overview(tuple(found), serving, shutil.disk_usage(settings.var).free)


def _one(kept: Kept, active: str | None, generations: GenerationStore, store: LibraryStore) -> GenerationOverview:
    folder = generations.folder(kept.generation)
    wrong, articles, passages = "", 0, 0
    try:
        manifest = read_manifest(folder)
        articles, passages = manifest.articles, manifest.passages
    except GenerationError as error:
        wrong = str(error)
    made: Publication | None = store.publication(kept.number) if kept.number else None
    return GenerationOverview(
        id=kept.generation,
        publication=kept.number,
        is_active=kept.generation == active,
        activated_at=made.activated_at if made else None,
        by=made.by if made else "",
        why=made.why if made else "",
        articles=articles,
        passages=passages,
        bytes=generations.size(kept.generation),
        wrong=wrong,
    )
