"""Writing articles: new revisions, review, going back. Nobody overwrites what he has not seen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, update

from kb.errors import ArticlesError, NotAllowedError, Problem, StoreError, WrongStateError
from kb.store import shelf
from kb.store.database import Database
from kb.store.plain import plain
from kb.store.reading import WORD_FILES, Reader, Text, path_of, path_problems
from kb.store.records import AccessRole, Actor, Entry, State, checksum
from kb.store.shop import Shop
from kb.store.tables import entries, revisions
from kb.store.trail import Note, append


class Editor:
    """Changes entries and their revisions, each change in one transaction with its line of the audit trail."""

    def __init__(self, database: Database, reader: Reader, shop: Shop) -> None:
        self._database = database
        self._reader = reader
        self._shop = shop

    def name_of(self, path: str, raw: bytes) -> str:
        """See `LibraryStore.name_of`."""
        return self._read(path, raw)[1].name

    def save(self, path: str, raw: bytes, by: Actor, why: str, if_match: str | None) -> Entry:
        """See `LibraryStore.save`."""
        path, text = self._read(path, raw)
        self._warm()
        with self._database.write() as connection:
            row = shelf.row_of(connection, text.name)
            _may_write(by, text, row)
            if row is not None and _is_same(row, path, raw):
                return self._again(connection, row, by, why)
            if row is not None:
                shelf.expect(row, if_match)
            _no_other(connection, {text.name: text}, set())
            if row is None and if_match not in (None, "*"):
                raise WrongStateError(f"there is no article {text.name!r} to change; save it without If-Match")
            self._sound(connection, {text.name: text}, set())
            _put(connection, [(text, raw, row, None)], by, why, "save")
            return _entry(connection, text.name)

    def save_all(self, files: Mapping[str, bytes], by: Actor, why: str, gone: Collection[str]) -> list[Entry]:
        """See `LibraryStore.save_all`."""
        read = [self._read(path, raw, at_once=True) for path, raw in files.items()]
        problems = [problem for _, text in read for problem in text.problems]
        fresh: dict[str, Text] = {}
        for _, text in read:
            if text.name in fresh:
                what = f"the id `{text.name}` is taken by {fresh[text.name].path}"
                problems.append(Problem(text.path, text.id_line, what, "give one another `id`"))
            fresh.setdefault(text.name, text)
        if problems:
            raise ArticlesError(problems)
        self._warm()
        with self._database.write() as connection:
            rows = shelf.rows_of(connection, fresh)
            _no_other(connection, fresh, set(gone))
            self._sound(connection, fresh, set(gone))
            new = []
            for (path, text), raw in zip(read, files.values(), strict=True):
                row = rows.get(text.name)
                _may_write(by, text, row)
                if row is not None and _is_same(row, path, raw):
                    self._again(connection, row, by, why)
                    continue
                new.append((text, raw, row, None))
            _put(connection, new, by, why, "save")
            after = shelf.rows_of(connection, fresh)
            return [shelf.entry_of(after[text.name]) for _, text in read]

    def restore(self, name: str, number: int, by: Actor, why: str, if_match: str | None) -> Entry:
        """See `LibraryStore.restore`."""
        self._warm()
        with self._database.write() as connection:
            row = shelf.known_row(connection, name)
            _may_own(by, name, row.owner)
            shelf.expect(row, if_match)
            old = shelf.revision_of(connection, name, number)
            if _is_same(row, old.path, old.raw):
                return self._again(connection, row, by, why)
            text = self._reader.text(old.path, old.raw)
            if text.problems:
                raise ArticlesError(text.problems)
            if text.name != name:
                raise StoreError(f"revision {number} of {name!r} says the id {text.name!r}; run `kb verify`")
            _no_other(connection, {name: text}, set())
            _may_write(by, text, row)
            self._sound(connection, {name: text}, set())
            _put(connection, [(text, old.raw, row, number)], by, why, "restore")
            return _entry(connection, name)

    def move(self, name: str, to: State, by: Actor, why: str, if_match: str | None) -> Entry:
        """From draft to review or back; see `LibraryStore.submit` and `return_to_draft`."""
        needs = State.DRAFT if to == State.IN_REVIEW else State.IN_REVIEW
        with self._database.write() as connection:
            row = shelf.known_row(connection, name)
            shelf.expect(row, if_match)
            if not (by.role == AccessRole.QA and to == State.DRAFT):
                _may_own(by, name, row.owner)
            if row.pending != needs:
                stands = row.pending or ("published" if row.published else "archived")
                raise WrongStateError(f"`{name}` is not {needs} but {stands}; nothing was changed")
            how = "submit" if to == State.IN_REVIEW else "return-to-draft"
            _stamp(connection, row, by, how, pending=str(to))
            note = {"revision": row.newest, "why": why}
            append(connection, [Note(how, by.name, name, note)])
            return _entry(connection, name)

    def _read(self, path: str, raw: bytes, *, at_once: bool = False) -> tuple[str, Text]:
        """The file read. Raises ArticlesError with its problems, unless all files' are told at once."""
        path = path_of(path)
        wrong = path_problems(path)
        text = Text(path, path, tuple(wrong)) if wrong else self._reader.text(path, raw)
        if text.problems and not at_once:
            raise ArticlesError(text.problems)
        return path, text

    def _warm(self) -> None:
        """Parse what is published before the lock is taken, so that a first save keeps no other writer waiting."""
        with self._database.read() as connection:
            self._shop.warm(connection)

    def _sound(self, connection: Connection, fresh: Mapping[str, Text], gone: set[str]) -> None:
        problems = self._shop.problems_with(connection, fresh, gone)
        if problems:
            raise ArticlesError(problems)

    def _again(self, connection: Connection, row: Row[Any], by: Actor, why: str) -> Entry:
        """The same bytes once more: nothing new, but what was archived becomes a draft again."""
        if row.published is None and row.pending is None:
            _stamp(connection, row, by, "save", pending=str(State.DRAFT))
            append(connection, [Note("save", by.name, row.name, {"revision": row.newest, "why": why, "again": True})])
        return _entry(connection, row.name)


def _entry(connection: Connection, name: str) -> Entry:
    return shelf.entry_of(shelf.known_row(connection, name))


def _is_same(row: Row[Any], path: str, raw: bytes) -> bool:
    return bool(row.sha256 == checksum(raw) and row.path == path)


def _may_write(by: Actor, text: Text, row: Row[Any] | None) -> None:
    """Owners write only what is theirs before and after. Raises NotAllowedError."""
    if row is not None:
        _may_own(by, text.name, row.owner)
    _may_own(by, text.name, text.article.owner if text.article else "")


def _may_own(by: Actor, name: str, owner: str) -> None:
    if by.role == AccessRole.ADMIN:
        return
    if by.role != AccessRole.OWNER:
        raise NotAllowedError(f"{by.name}: a key of the role {by.role} changes no articles; use an owner's")
    if name in WORD_FILES:
        raise NotAllowedError(f"{by.name}: {name} is everybody's; only an admin changes it")
    if not owner or owner not in by.owners:
        whose = f"is {owner}'s" if owner else "names no owner"
        mine = ", ".join(sorted(by.owners)) or "nobody"
        raise NotAllowedError(f"{by.name}: `{name}` {whose}, and this key writes for {mine}")


def _no_other(connection: Connection, fresh: Mapping[str, Text], gone: set[str]) -> None:
    """Raises ArticlesError where a path is another living entry's, as when the id inside a file was changed."""
    used = shelf.names_at(connection, {text.path for text in fresh.values()})
    leaving = gone | set(fresh)
    problems = []
    for name, text in fresh.items():
        for other in used[text.path] - leaving:
            what = f"the file is that of `{other}`, and its id is now `{name}`"
            mend = f"keep the id `{other}`, give `{name}` another path, or archive `{other}` first"
            problems.append(Problem(text.path, text.id_line, what, mend))
    if problems:
        raise ArticlesError(problems)


_New = tuple[Text, bytes, Row[Any] | None, int | None]
"""What is written: the file read, its bytes, the entry's row before, the number that it restores."""


def _put(connection: Connection, new: Sequence[_New], by: Actor, why: str, how: str) -> None:
    """New revisions, their entries and their lines of the audit trail."""
    if not new:
        return
    now = datetime.now(UTC)
    rows = [_revision(one, by, why, now) for one in new]
    connection.execute(insert(revisions), rows)
    fresh = [row["name"] for row, (_, _, before, _) in zip(rows, new, strict=True) if before is None]
    if fresh:
        stamp = {"newest": 1, "pending": str(State.DRAFT), "version": 1}
        who = {"changed_at": now, "changed_by": plain(by.name), "changed_how": how}
        connection.execute(insert(entries), [{"name": name, **stamp, **who} for name in fresh])
    for row, (_, _, before, _) in zip(rows, new, strict=True):
        if before is not None:
            _stamp(connection, before, by, how, newest=row["number"], pending=str(State.DRAFT))
    kept = ("number", "path", "sha256", "restores")
    notes = [{("revision" if key == "number" else key): row[key] for key in kept} | {"why": why} for row in rows]
    append(connection, [Note(how, by.name, row["name"], note) for row, note in zip(rows, notes, strict=True)], now)


def _revision(new: _New, by: Actor, why: str, now: datetime) -> dict[str, Any]:
    text, raw, before, restores = new
    article = text.article
    return {
        "name": text.name,
        "number": before.newest + 1 if before is not None else 1,
        "path": text.path,
        "sha256": checksum(raw),
        "author": plain(by.name),
        "made_at": now,
        "why": plain(why),
        "restores": restores,
        "title": plain(article.title) if article else "",
        "kind": str(article.kind) if article else "",
        "owner": plain(article.owner) if article else "",
        "raw": raw,
    }


def _stamp(connection: Connection, row: Row[Any], by: Actor, how: str, **values: Any) -> None:  # noqa: ANN401
    """Change an entry, and with it its etag."""
    who = {"changed_at": datetime.now(UTC), "changed_by": plain(by.name), "changed_how": how}
    connection.execute(
        update(entries).where(entries.c.name == row.name).values(version=row.version + 1, **who, **values)
    )
