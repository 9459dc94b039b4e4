"""What the routes work with beside the Assistant: the store, the keys, and ports to what `api` may not import."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import anyio

from indexer.publishing.receipt import Receipt
from kb.assistant import Assistant
from kb.errors import WrongStateError
from kb.health import Usage
from kb.store.feeds import Feeds
from kb.store.key_store import KeyStore
from kb.store.library_store import LibraryStore
from kb.store.records import Actor, Change


class Answers(Protocol):
    """The holder of the Assistant that answers now; it may be another after the next publication."""

    def answering(self) -> AbstractContextManager[Assistant]:
        """The current Assistant, kept in use for as long as the context lasts."""
        ...


class Publishing(Protocol):
    """Changes what is published; each call returns once every serving process has switched.

    Raises ArticlesError, GateRefused, PublishConflict, NotAllowedError, UnknownArticleError, StoreError.
    """

    def publish(self, changes: Sequence[Change], by: Actor, why: str, force: str | None = None) -> Receipt:
        """Publish revisions and withdraw articles, all or nothing. force: the reason to pass a shut gate."""
        ...

    def rollback(self, to: int | str, by: Actor, why: str) -> Receipt:
        """Publish again what was published after that publication, or by that generation."""
        ...


class Impact(Protocol):
    """What a change would do, before it is published."""

    def __call__(self, changes: Sequence[Change], draft: Draft | None) -> Mapping[str, Any]:
        """The report, ready for JSON. draft: a text that is not saved. Raises ArticlesError, UnknownArticleError."""
        ...


@dataclass(frozen=True)
class Draft:
    """A text that nobody has saved yet."""

    path: str
    raw: bytes


class Known(Protocol):
    """What others know about the library's articles."""

    def tested(self) -> Collection[str]:
        """Ids of articles that an evaluation question asks for."""
        ...

    def usage(self) -> Usage | None:
        """How often each article's answers were used; None: nobody counts."""
        ...


class NothingKnown:
    """Knows of no question set and no usage."""

    def tested(self) -> Collection[str]:
        """None."""
        return ()

    def usage(self) -> Usage | None:
        """None."""
        return None


@dataclass(frozen=True)
class Services:
    """What `create_app` needs. publisher: None where the answers come from a folder that is not this library's.

    publishing, weighing: how many publications and impact reports have a thread; more wait without one, so that
    threads for answers are always left.
    """

    library: LibraryStore
    keys: KeyStore
    feeds: Feeds
    publisher: Publishing | None = None
    impact: Impact | None = None
    known: Known = field(default_factory=NothingKnown)
    publishing: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(4))
    weighing: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(2))


def publisher_of(services: Services) -> Publishing:
    """The publisher. Raises WrongStateError where what is published here would not be served."""
    if services.publisher is None:
        raise WrongStateError(
            "this server answers from a folder, not from the published library; start it without --library"
        )
    return services.publisher
