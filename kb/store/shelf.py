"""Reading the articles' tables: entries, revisions, the files of the published library."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select, tuple_

from kb.errors import EditConflict, UnknownArticleError
from kb.store.reading import Place
from kb.store.records import Entry, PublicationState, Revision, RevisionInfo, State, checksum
from kb.store.tables import changes, entries, publications, revisions

_CHUNK = 100
_INFO = tuple(column for column in revisions.c if column.name not in ("raw", "title", "kind", "owner"))
_NEWEST = and_(revisions.c.name == entries.c.name, revisions.c.number == entries.c.newest)
_PUBLISHED = and_(revisions.c.name == entries.c.name, revisions.c.number == entries.c.published)


def every_entry(connection: Connection) -> list[Entry]:
    """Every entry, archived ones too, sorted by path and name."""
    found = [entry_of(row) for row in connection.execute(_entries())]
    return sorted(found, key=lambda entry: (entry.path, entry.name))


def row_of(connection: Connection, name: str) -> Row[Any] | None:
    """An entry's row with its newest revision's path, checksum, title, kind and owner; None: there is none."""
    return connection.execute(_entries().where(entries.c.name == name)).first()


def known_row(connection: Connection, name: str) -> Row[Any]:
    """As `row_of`. Raises UnknownArticleError."""
    row = row_of(connection, name)
    if row is None:
        raise UnknownArticleError(f"no article {name!r} in the library; `entries` lists every name")
    return row


def rows_of(connection: Connection, names: Collection[str]) -> dict[str, Row[Any]]:
    """The rows of those names that there are, as `row_of`."""
    found: dict[str, Row[Any]] = {}
    for chunk in _chunks(sorted(names)):
        found |= {row.name: row for row in connection.execute(_entries().where(entries.c.name.in_(chunk)))}
    return found


def rows_known(connection: Connection, names: Collection[str]) -> dict[str, Row[Any]]:
    """As `rows_of`. Raises UnknownArticleError for the first name that there is not."""
    found = rows_of(connection, names)
    for name in names:
        if name not in found:
            raise UnknownArticleError(f"no article {name!r} in the library; `entries` lists every name")
    return found


def entry_of(row: Row[Any]) -> Entry:
    """An entry from a row of `row_of`."""
    pending = row.newest if row.pending else None
    unpublished = State(row.pending) if row.pending else State.ARCHIVED
    return Entry(
        name=row.name,
        path=row.path,
        state=unpublished if row.published is None else State.PUBLISHED,
        published=row.published,
        draft=pending,
        etag=etag_of(row),
        title=row.title,
        kind=row.kind,
        owner=row.owner,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        in_review=row.pending == State.IN_REVIEW,
    )


def etag_of(row: Row[Any]) -> str:
    """What changes with every change of an entry, in ASCII."""
    return f"{row.version}-{row.sha256[:16]}"


def expect(row: Row[Any], if_match: str | None) -> None:
    """Raises EditConflict where the entry is not as it was when it was read. `*` stands for any."""
    if if_match is None or (if_match != "*" and if_match.strip('"') != etag_of(row)):
        raise EditConflict(row.name, row.changed_by, row.changed_at, row.changed_how, etag_of(row))


def infos(connection: Connection, name: str) -> list[RevisionInfo]:
    """Every revision of a name, the newest first."""
    query = select(*_INFO).where(revisions.c.name == name).order_by(revisions.c.number.desc())
    return [_info(row) for row in connection.execute(query)]


def revision_of(connection: Connection, name: str, number: int) -> Revision:
    """One revision with its content. Raises UnknownArticleError."""
    query = select(revisions).where(revisions.c.name == name, revisions.c.number == number)
    row = connection.execute(query).first()
    if row is None:
        raise UnknownArticleError(f"no revision {number} of article {name!r}; `revisions` lists every number")
    return Revision(**vars(_info(row)), raw=bytes(row.raw))


def published(connection: Connection) -> dict[str, RevisionInfo]:
    """The published revision of each name, sorted by path."""
    query = select(*_INFO).join(entries, _PUBLISHED)
    found = sorted((_info(row) for row in connection.execute(query)), key=lambda info: info.path)
    return {info.name: info for info in found}


def published_files(connection: Connection) -> dict[str, bytes]:
    """The published files byte for byte, by path."""
    query = select(revisions.c.path, revisions.c.raw).join(entries, _PUBLISHED)
    return dict(sorted((row.path, bytes(row.raw)) for row in connection.execute(query)))


def places(connection: Connection) -> dict[str, Place]:
    """Where each published file is, by name."""
    columns = (revisions.c.name, revisions.c.number, revisions.c.path, revisions.c.sha256)
    rows = connection.execute(select(*columns).join(entries, _PUBLISHED))
    return {row.name: Place(row.name, row.number, row.path, row.sha256) for row in rows}


def places_of(connection: Connection, chosen: Mapping[str, int]) -> dict[str, Place]:
    """Where these revisions are, by name. Raises UnknownArticleError for one that there is not."""
    columns = (revisions.c.name, revisions.c.number, revisions.c.path, revisions.c.sha256)
    found: dict[str, Place] = {}
    for chunk in _chunks(sorted(chosen.items())):
        query = select(*columns).where(tuple_(revisions.c.name, revisions.c.number).in_(chunk))
        found |= {row.name: Place(row.name, row.number, row.path, row.sha256) for row in connection.execute(query)}
    for name, number in chosen.items():
        if name not in found:
            raise UnknownArticleError(f"no revision {number} of article {name!r}; `revisions` lists every number")
    return found


def changed_since(connection: Connection, number: int) -> dict[str, int | None]:
    """The revision that each name was published as after that publication, the newest one; None: it was archived."""
    active = (publications.c.state == str(PublicationState.ACTIVE)) & (publications.c.number > number)
    query = select(changes.c.name, changes.c.revision).join(publications).where(active)
    return {row.name: row.revision for row in connection.execute(query.order_by(publications.c.number))}


def contents(connection: Connection, wanted: Sequence[Place]) -> Iterator[tuple[Place, bytes]]:
    """The bytes of revisions."""
    by_key = {(place.name, place.number): place for place in wanted}
    for chunk in _chunks(list(by_key)):
        query = select(revisions.c.name, revisions.c.number, revisions.c.raw).where(
            tuple_(revisions.c.name, revisions.c.number).in_(chunk)
        )
        for row in connection.execute(query):
            yield by_key[row.name, row.number], bytes(row.raw)


def owners(connection: Connection, chosen: Mapping[str, int]) -> dict[str, str]:
    """The owner of each of these revisions, by name."""
    found: dict[str, str] = {}
    for chunk in _chunks(sorted(chosen.items())):
        query = select(revisions.c.name, revisions.c.owner).where(
            tuple_(revisions.c.name, revisions.c.number).in_(chunk)
        )
        found |= {row.name: row.owner for row in connection.execute(query)}
    return found


def names_at(connection: Connection, paths: Collection[str]) -> dict[str, set[str]]:
    """The names of entries that are not archived and whose newest revision has one of these paths, by path."""
    query = select(entries.c.name, revisions.c.path).join(revisions, _NEWEST)
    found: dict[str, set[str]] = {path: set() for path in paths}
    live = entries.c.published.is_not(None) | entries.c.pending.is_not(None)
    for chunk in _chunks(sorted(paths)):
        for row in connection.execute(query.where(live, revisions.c.path.in_(chunk))):
            found[row.path].add(row.name)
    return found


def check_bytes(connection: Connection) -> Iterator[str]:
    """A sentence for each revision whose bytes are not what its checksum says."""
    numbers = connection.execute(select(revisions.c.name, revisions.c.number).order_by(revisions.c.name)).all()
    for chunk in _chunks([(row.name, row.number) for row in numbers]):
        query = select(revisions).where(tuple_(revisions.c.name, revisions.c.number).in_(chunk))
        for row in connection.execute(query):
            if checksum(bytes(row.raw)) != row.sha256:
                yield f"revision {row.number} of {row.name}: its bytes are not those that were saved"


def _entries() -> Select[Any]:
    newest = (revisions.c.path, revisions.c.sha256, revisions.c.title, revisions.c.kind, revisions.c.owner)
    return select(entries, *newest).join(revisions, _NEWEST)


def _info(row: Row[Any]) -> RevisionInfo:
    return RevisionInfo(
        name=row.name,
        number=row.number,
        path=row.path,
        sha256=row.sha256,
        author=row.author,
        at=row.made_at,
        why=row.why,
        restores=row.restores,
    )


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
