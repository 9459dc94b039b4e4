"""What the library store holds, as the rest of the program sees it: articles, revisions, publications, keys, audit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Where an article stands. A published article with a newer draft is PUBLISHED and has `draft` set."""

    DRAFT = "draft"
    IN_REVIEW = "in-review"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class AccessRole(StrEnum):
    """What a key may do; see `api` for the routes. ADMIN may do everything."""

    AGENT = "agent"
    OWNER = "owner"
    QA = "qa"
    ADMIN = "admin"


@dataclass(frozen=True)
class Actor:
    """Who does something: a key's or an operating-system user's name, its role, and the owners it writes for.

    owners: names as in the articles' `owner`; an admin's list is not looked at.
    """

    name: str
    role: AccessRole = AccessRole.ADMIN
    owners: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RevisionInfo:
    """One immutable revision without its content.

    name: the article's id, or a word file's name (`_synonyms.yaml`, `_moods.yaml`).
    number: from 1 for each name. path: the file below the library's root, with `/`.
    sha256: of the raw bytes, hex. restores: the earlier number whose content it brings back.
    """

    name: str
    number: int
    path: str
    sha256: str
    author: str
    at: datetime
    why: str
    restores: int | None = None


@dataclass(frozen=True)
class Revision(RevisionInfo):
    """A revision with its content. raw: the file byte for byte."""

    raw: bytes = b""


@dataclass(frozen=True)
class Entry:
    """One article (or word file) of the library.

    published: the number of the revision in the published library; None: none is.
    draft: the number of the newest revision where it is not the published one; None: nothing is pending.
    etag: changes with every change of this entry; quote it in If-Match.
    title, kind, owner: of the newest revision; empty for word files.
    in_review: whether the draft is in review, of a published article too.
    """

    name: str
    path: str
    state: State
    published: int | None
    draft: int | None
    etag: str
    title: str = ""
    kind: str = ""
    owner: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""
    in_review: bool = False


@dataclass(frozen=True)
class Change:
    """One step of a publication. revision: what the name is published as from now on; None: it is archived."""

    name: str
    revision: int | None


@dataclass(frozen=True)
class AppliedChange(Change):
    """A change with what was published before; None: nothing was."""

    before: int | None = None


class PublicationState(StrEnum):
    """PENDING: accepted, not yet served. ACTIVE: it is, or was, served. REFUSED: the gate kept it back.

    ABANDONED: the process that made it ended before it was served, or another publisher was first.
    """

    PENDING = "pending"
    ACTIVE = "active"
    REFUSED = "refused"
    ABANDONED = "abandoned"


@dataclass(frozen=True)
class Publication:
    """One change of the published library, whole or not at all.

    number: from 1. base: the number of the ACTIVE publication it was made on; 0: an empty library.
    forced: the reason given for passing a shut gate; empty: it was not forced.
    gate: what the gate said, ready for JSON. receipt: see `indexer.publishing.receipt`, ready for JSON.
    """

    number: int
    base: int
    state: PublicationState
    by: str
    why: str
    at: datetime
    changes: tuple[AppliedChange, ...]
    generation: str | None = None
    activated_at: datetime | None = None
    forced: str = ""
    gate: Mapping[str, Any] = field(default_factory=dict)
    receipt: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class KeyRecord:
    """A key without its secret. owners: the article owners that it may write for."""

    id: str
    name: str
    role: AccessRole
    owners: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True)
class AuditEntry:
    """One line of the append-only trail. hash: SHA-256 over the fields and the hash before, hex."""

    number: int
    at: datetime
    by: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    before: str
    hash: str


def checksum(raw: bytes) -> str:
    """SHA-256 of a file's bytes, hex."""
    return hashlib.sha256(raw).hexdigest()
