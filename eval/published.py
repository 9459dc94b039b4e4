"""What the evaluation asks about: a folder where one is named, else what is published."""

from __future__ import annotations

from pathlib import Path

from kb.errors import StoreError
from kb.folder import read_library
from kb.library import Library
from kb.settings import Settings

PUBLISHED = Path("published")
"""What runs call the published library; a folder of that name goes by `./published`."""


def contents_of(settings: Settings) -> Library:
    """The library that the settings name. Raises ArticlesError, StoreError where nothing is published."""
    if settings.library is not None and settings.library != PUBLISHED:
        return read_library(settings.library, settings.zone)
    from kb.store.library_store import LibraryStore

    store = LibraryStore.open(settings)
    try:
        library = store.library()
    finally:
        store.close()
    if not library.articles:
        raise StoreError("nothing is published yet; run `kb publish FOLDER`, or name a folder with --library")
    return library
