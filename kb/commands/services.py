"""What the server's routes work with, wired: store, keys, the publisher with its gate, impact, the question set."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kb.errors import WrongStateError
from kb.health import Usage
from kb.library import Library
from kb.settings import Settings
from kb.store.reading import WORD_FILES
from kb.store.records import Change

if TYPE_CHECKING:
    from api.services import Draft, Services
    from indexer.publishing.desk import Desk
    from indexer.workspace import Workspace
    from kb.store.feedback_store import FeedbackStore
    from kb.store.library_store import LibraryStore


@contextmanager
def services(settings: Settings, workspace: Workspace, desk: Desk | None = None) -> Iterator[Services]:
    """Everything on one database, closed at the end. Raises StoreError.

    desk: where this process answers; None where it answers from a folder, and publishing has no effect here.
    """
    from api.services import Services
    from indexer.publishing.publisher import Publisher
    from kb.commands.gate import gate_of
    from kb.store.database import Database
    from kb.store.feedback_store import FeedbackStore
    from kb.store.feeds import Feeds
    from kb.store.key_store import KeyStore
    from kb.store.library_store import LibraryStore

    database = Database.open(settings)
    try:
        store = LibraryStore(database, settings.zone)
        feedback = FeedbackStore(database)
        publisher = None if desk is None else Publisher(workspace, store, gate_of(settings), desk=desk)
        yield Services(
            library=store,
            keys=KeyStore(database),
            feeds=Feeds(database),
            publisher=publisher,
            impact=None if desk is None else PublishedImpact(settings, workspace, store, desk, feedback),
            known=KnownByNow(settings, feedback),
        )
    finally:
        database.close()


class PublishedImpact:
    """What a change of the published library would do; see `api.services.Impact`. Nothing of it is activated."""

    def __init__(
        self, settings: Settings, workspace: Workspace, store: LibraryStore, desk: Desk, feedback: FeedbackStore
    ) -> None:
        self._settings = settings
        self._feedback = feedback
        self._workspace = workspace
        self._store = store
        self._desk = desk

    def __call__(self, changes: Sequence[Change], draft: Draft | None) -> Mapping[str, Any]:
        """The report of `kb impact --json`. Raises ArticlesError, UnknownArticleError, WrongStateError."""
        from eval.impact import differing, impact, written
        from eval.publish_gate import EvaluationGate
        from indexer.generation import Generation

        before = self._store.library()
        after = self._store.library(changes) if draft is None else self._with(before, draft)
        if not after.articles:
            raise WrongStateError("the library would be empty, so that nothing could answer")
        old = self._desk.current()
        previous = old.index if old is not None and isinstance(old.index, Generation) else None
        generation = self._workspace.load(self._workspace.build(after, previous), previous)
        names = dict.fromkeys(differing(before.articles, after.articles))
        names |= {change.name: None for change in changes if change.name in WORD_FILES}
        new, recent = self._workspace.assistant_of(generation), self._feedback.recent(datetime.now(UTC))
        return written(impact(old, new, list(names), EvaluationGate.of(self._settings), recent))

    def _with(self, library: Library, draft: Draft) -> Library:
        from kb.commands.impact import with_article

        if draft.path in WORD_FILES:
            raise WrongStateError(f"save {draft.path} first, and ask by `changes`: a draft here is an article")
        return with_article(library, draft.raw, draft.path, self._settings.zone)


class KnownByNow:
    """Which articles the set of `KB_QUESTIONS` asks for, read again when the file changes; and what agents used."""

    def __init__(self, settings: Settings, feedback: FeedbackStore) -> None:
        self._settings = settings
        self._feedback = feedback
        self._read: tuple[int, frozenset[str]] | None = None

    def tested(self) -> Collection[str]:
        """Ids of the articles that answer a question of the set; none without a set."""
        from eval.question_set import read_question_set

        path = self._settings.questions
        if path is None or not path.exists():
            return ()
        stamp = path.stat().st_mtime_ns
        if self._read is None or self._read[0] != stamp:
            questions = read_question_set(path, self._settings.zone)
            self._read = stamp, frozenset(name for question in questions for name in question.grades)
        return self._read[1]

    def usage(self) -> Usage | None:
        """How often agents used each article's answers; None before the first event."""
        return self._feedback.usage()
