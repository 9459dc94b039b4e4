"""The published library as articles, and as it would be with changes; made once for each state of the store."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from kb.errors import ArticlesError, Problem, StoreError
from kb.library import Library
from kb.store import shelf
from kb.store.reading import Place, Reader, Text, assemble
from kb.store.records import Change, Publication, PublicationState
from kb.store.tables import publications

_KEPT = 4


@dataclass(frozen=True)
class _Made:
    library: Library
    problems: tuple[Problem, ...]
    places: Mapping[str, Place]
    texts: tuple[Text, ...]


class Shop:
    """Libraries by the publication that they follow and the changes made to them. May be shared between threads."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._made: dict[tuple[int, tuple[Change, ...]], _Made] = {}
        self._last: tuple[int, Mapping[str, Place]] = (0, {})
        self._lock = threading.Lock()

    def library(self, connection: Connection, changes: Sequence[Change] = ()) -> Library:
        """The published library, with these changes made.

        Raises ArticlesError with every problem; UnknownArticleError for a revision that there is not; StoreError
        where a name is changed twice.
        """
        made = self._make(connection, tuple(changes))
        if made.problems:
            raise ArticlesError(made.problems)
        return made.library

    def warm(self, connection: Connection) -> None:
        """Make the published library, whatever is wrong with it."""
        self._make(connection, ())

    def problems_with(self, connection: Connection, fresh: Mapping[str, Text], gone: set[str]) -> list[Problem]:
        """What would be wrong in the published library with these files in it and those names out of it.

        Told is what these files say and what was sound before; old problems of others keep nobody from mending his.
        """
        made = self._make(connection, ())
        kept = [text for text in made.texts if text.name not in fresh and text.name not in gone]
        _, problems = assemble([*kept, *fresh.values()], {})
        before, written = set(made.problems), {text.path for text in fresh.values()}
        return [problem for problem in problems if problem not in before or problem.path in written]

    def follow(self, active: Publication) -> None:
        """What was made with a publication's changes is the published library from now on; keep it as that."""
        with self._lock:
            made = self._made.get((active.base, tuple(Change(one.name, one.revision) for one in active.changes)))
            if made is not None:
                self._keep(active.number, (), made)

    def _make(self, connection: Connection, changes: tuple[Change, ...]) -> _Made:
        number = active_number(connection)
        made = self._made.get((number, changes))
        if made is not None:
            return made
        chosen = {change.name: change.revision for change in changes}
        if len(chosen) != len(changes):
            raise StoreError("a publication changes a name once; name each article once")
        shelf.rows_known(connection, chosen)
        places = _changed(connection, self._places(connection, number), chosen)
        texts = self._reader.texts(list(places.values()), lambda some: shelf.contents(connection, some))
        library, problems = assemble(texts, {place.name: place.number for place in places.values()})
        made = _Made(library, tuple(problems), places, tuple(texts))
        with self._lock:
            self._keep(number, changes, made)
        return made

    def _places(self, connection: Connection, number: int) -> Mapping[str, Place]:
        """Where the published files are; of what was known, only what was changed since is looked up."""
        known, places = self._last
        if known == number:
            return places
        if not 0 < known < number:
            return shelf.places(connection)
        return _changed(connection, places, shelf.changed_since(connection, known))

    def _keep(self, number: int, changes: tuple[Change, ...], made: _Made) -> None:
        """With the lock held."""
        self._made[number, changes] = made
        while len(self._made) > _KEPT:
            self._made.pop(next(iter(self._made)))
        if not changes and number > self._last[0]:
            self._last = (number, made.places)


def active_number(connection: Connection) -> int:
    """The number of the newest ACTIVE publication; 0: there is none yet."""
    query = select(func.max(publications.c.number)).where(publications.c.state == PublicationState.ACTIVE)
    return int(connection.execute(query).scalar_one() or 0)


def _changed(
    connection: Connection, places: Mapping[str, Place], chosen: Mapping[str, int | None]
) -> Mapping[str, Place]:
    """Places with these names elsewhere, or gone. Raises UnknownArticleError."""
    if not chosen:
        return places
    fresh = shelf.places_of(connection, {name: number for name, number in chosen.items() if number is not None})
    return {name: place for name, place in places.items() if name not in chosen} | fresh
