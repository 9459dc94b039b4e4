"""The store of articles as the program uses it: entries and revisions, the published library, publications, audit."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Self
from zoneinfo import ZoneInfo

from kb.article import Article
from kb.errors import StoreError
from kb.folder import decode_file
from kb.front_matter import SHOP_ZONE
from kb.library import Library
from kb.settings import Settings
from kb.store import shelf, trail
from kb.store.check import broken
from kb.store.database import Database
from kb.store.editing import Editor
from kb.store.reading import Reader
from kb.store.records import (
    Actor,
    AuditEntry,
    Change,
    Entry,
    Publication,
    PublicationState,
    Revision,
    RevisionInfo,
    State,
)
from kb.store.releases import Releases
from kb.store.shop import Shop


class LibraryStore:
    """What people write. Every change is on the disk, with its line of the audit trail, before its call returns.

    May be shared between threads. Every method may raise StoreError where the database does not work.
    """

    def __init__(self, database: Database, zone: ZoneInfo | None = None) -> None:
        """zone: where an article's bare dates begin; Asia/Shanghai unless given."""
        self.database = database
        self._reader = Reader(zone or ZoneInfo(SHOP_ZONE))
        self._shop = Shop(self._reader)
        self._editor = Editor(database, self._reader, self._shop)
        self._releases = Releases(database, self._shop)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The store of these settings, made if there is none. Raises StoreError."""
        return cls(Database.open(settings), settings.zone)

    def close(self) -> None:
        """Close the connections; those of a KeyStore on the same database too."""
        self.database.close()

    # Articles and their revisions

    def entries(self) -> list[Entry]:
        """Every article and word file, archived ones too, by path."""
        with self.database.read() as connection:
            return shelf.every_entry(connection)

    def entry(self, name: str) -> Entry:
        """One of them. Raises UnknownArticleError."""
        with self.database.read() as connection:
            return shelf.entry_of(shelf.known_row(connection, name))

    def revisions(self, name: str) -> list[RevisionInfo]:
        """Every revision of one, the newest first. Raises UnknownArticleError."""
        with self.database.read() as connection:
            shelf.known_row(connection, name)
            return shelf.infos(connection, name)

    def revision(self, name: str, number: int) -> Revision:
        """One revision with its bytes. Raises UnknownArticleError."""
        with self.database.read() as connection:
            return shelf.revision_of(connection, name, number)

    def diff(self, name: str, old: int, new: int) -> str:
        """A unified diff of two revisions; empty where their texts are the same. Raises UnknownArticleError."""
        texts = [self._lines(self.revision(name, number)) for number in (old, new)]
        (before, was), (after, is_now) = texts
        return "".join(difflib.unified_diff(before, after, was, is_now))

    def name_of(self, path: str, raw: bytes) -> str:
        """The name under which `save` would keep a text. Raises ArticlesError with what is wrong in it."""
        return self._editor.name_of(path, raw)

    def save(self, path: str, raw: bytes, by: Actor, why: str, if_match: str | None) -> Entry:
        """A new revision, as a draft. The article's id is read from the text, or is derived from the path.

        if_match: the etag of what was edited; None only for a new article, `*` for whatever there is.
        The bytes and path of the newest revision again are no new revision, and need no etag; an archived article is
        a draft again.
        Raises ArticlesError with everything wrong in the file, or in the published library with it in it;
        EditConflict; NotAllowedError; WrongStateError for an etag of an article that there is not.
        """
        return self._editor.save(path, raw, by, why, if_match)

    def save_all(self, files: Mapping[str, bytes], by: Actor, why: str, gone: Collection[str] = ()) -> list[Entry]:
        """As `save` for whatever there is, for many files (path to bytes) at once, all or none.

        They are checked together, in the published library without `gone` (names): so they may refer to one another.
        Returns their entries in the order of the files.
        """
        return self._editor.save_all(files, by, why, gone)

    def submit(self, name: str, by: Actor, why: str, if_match: str | None) -> Entry:
        """A draft goes to review. Raises WrongStateError where there is none, EditConflict, NotAllowedError."""
        return self._editor.move(name, State.IN_REVIEW, by, why, if_match)

    def return_to_draft(self, name: str, by: Actor, why: str, if_match: str | None) -> Entry:
        """A draft comes back from review; QA may do so too. Raises as `submit`."""
        return self._editor.move(name, State.DRAFT, by, why, if_match)

    def restore(self, name: str, number: int, by: Actor, why: str, if_match: str | None) -> Entry:
        """A new revision with an earlier one's bytes and path, as a draft. Raises as `save`, UnknownArticleError."""
        return self._editor.restore(name, number, by, why, if_match)

    # The published library

    def library(self, changes: Sequence[Change] = ()) -> Library:
        """The published library, as it would be with these changes. Each file is parsed once a process.

        Raises ArticlesError with every problem of the whole, UnknownArticleError, StoreError.
        """
        with self.database.read() as connection:
            return self._shop.library(connection, changes)

    def prime(self, articles: Iterable[Article]) -> None:
        """Take over articles that a generation holds, so that they are not parsed again."""
        self._reader.prime(articles)

    def raw_library(self) -> dict[str, bytes]:
        """The published files byte for byte, by path."""
        with self.database.read() as connection:
            return shelf.published_files(connection)

    def published(self) -> dict[str, RevisionInfo]:
        """The published revision of each name, by path."""
        with self.database.read() as connection:
            return shelf.published(connection)

    # Publications

    def begin(self, changes: Sequence[Change], by: Actor, why: str, forced: str = "") -> Publication:
        """A PENDING publication on what is published now. forced: the reason for passing a shut gate.

        Raises ArticlesError with every problem of the library as it would be, UnknownArticleError, NotAllowedError,
        StoreError without changes.
        """
        return self._releases.begin(changes, by, why, forced)

    def refuse(self, number: int, gate: Mapping[str, Any]) -> Publication:
        """The gate kept it back. Raises WrongStateError unless it is pending."""
        return self._releases.end(number, PublicationState.REFUSED, gate)

    def abandon(self, number: int) -> Publication:
        """Nobody is going to serve it. Raises WrongStateError unless it is pending."""
        return self._releases.end(number, PublicationState.ABANDONED, None)

    def activate(self, number: int, generation: str, gate: Mapping[str, Any]) -> Publication:
        """Make its changes what is published. Once more with the same generation, it is as it was.

        Raises PublishConflict where another one became active since it began, WrongStateError unless it is pending.
        """
        return self._releases.activate(number, generation, gate)

    def set_receipt(self, number: int, receipt: Mapping[str, Any]) -> Publication:
        """Keep the proof that it is served. Raises WrongStateError unless it is active."""
        return self._releases.set_receipt(number, receipt)

    def publication(self, number: int) -> Publication:
        """One publication. Raises WrongStateError for a number that there is not."""
        return self._releases.one(number)

    def publications(self, limit: int) -> list[Publication]:
        """At most so many, the newest first."""
        return self._releases.newest(limit)

    def by_generation(self) -> dict[str, int]:
        """For each generation that ever served the number of the newest publication that it served."""
        return self._releases.by_generation()

    def pending(self) -> list[Publication]:
        """Those that nobody ended yet, the newest first."""
        return self._releases.newest(1000, PublicationState.PENDING)

    def active(self) -> Publication | None:
        """The one that is to be served; None: nothing was ever published."""
        return next(iter(self._releases.newest(1, PublicationState.ACTIVE)), None)

    def published_at(self, number: int) -> dict[str, int]:
        """What was published after that publication: name to revision. 0: nothing. Raises WrongStateError."""
        return self._releases.published_at(number)

    # The audit trail

    def audit(self, limit: int, before: int | None = None) -> list[AuditEntry]:
        """At most so many lines, the newest first; those before a number where one is given."""
        with self.database.read() as connection:
            return trail.latest(connection, limit, before)

    def verify_audit(self) -> list[str]:
        """A sentence for each broken link, and for each revision and publication that the trail does not tell of."""
        with self.database.read() as connection:
            return list(broken(connection))

    def verify_revisions(self) -> list[str]:
        """A sentence for each revision whose bytes are not those that were saved."""
        with self.database.read() as connection:
            return list(shelf.check_bytes(connection))

    def note(self, action: str, by: Actor, subject: str, detail: Mapping[str, Any]) -> None:
        """A line of its own in the trail, for what changes no article. detail: ready for JSON."""
        with self.database.write() as connection:
            trail.append(connection, [trail.Note(action, by.name, subject, detail)])

    @staticmethod
    def _lines(revision: Revision) -> tuple[list[str], str]:
        text = decode_file(revision.raw, revision.path)
        if not isinstance(text, str):
            raise StoreError(f"{text}; run `kb verify`")
        lines = [f"{line}\n" for line in text.removesuffix("\n").split("\n")]
        return lines, f"{revision.path} ({revision.number})"
