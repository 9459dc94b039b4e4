"""The library over HTTP: articles as their owners write, review and publish them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.config import JsonDict

from kb.folder import MAX_BYTES
from kb.store.records import Change, Entry, Revision, RevisionInfo, State

MAX_PATH = 300
MAX_WHY = 500
MAX_CHANGES = 200

ArticleName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Why = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_WHY),
    Field(description="The reason, for the audit trail."),
]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
FilePath = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_PATH),
    Field(description="The file below the library's root, with `/`."),
]
Source = Annotated[
    str,
    StringConstraints(max_length=MAX_BYTES),
    Field(description="The whole file: front matter and Markdown, or a word file's YAML."),
]
_WINDOWS: JsonDict = {
    "path": "rules/windows.md",
    "source": "---\ntitle: 退货\nkind: return-rule\n---\n签收后 7 天内可退。\n",
}


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DraftIn(_In):
    """A text to save as a new revision."""

    model_config = ConfigDict(json_schema_extra={"examples": [_WINDOWS | {"why": "首次填写"}]})

    path: FilePath
    source: Source
    why: Why


class RestoreIn(_In):
    """The revision to go back to; its content becomes a new revision."""

    revision: Number
    why: Why


class Decision(StrEnum):
    """SUBMIT: a draft goes to review. RETURN: it comes back from there."""

    SUBMIT = "submit"
    RETURN = "return"


class ReviewIn(_In):
    """Where the draft goes."""

    decision: Decision
    why: Why


class _ForcedIn(_In):
    why: Why
    force: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_WHY)] = Field(
        default="", description="A reason to pass a shut gate; kept in the audit trail."
    )


class PublishIn(_ForcedIn):
    """revision: what to publish; absent: the newest."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"revision": 3, "why": "双十二规则"}]})

    revision: Number | None = None


class ArchiveIn(_ForcedIn):
    """The reason to withdraw the article."""


class ChangeIn(_In):
    """One step: what the article is published as; `revision` null: it is withdrawn."""

    article: ArticleName
    revision: Number | None

    def change(self) -> Change:
        """The store's own."""
        return Change(self.article, self.revision)


class PublicationIn(_ForcedIn):
    """Several changes at once, all or nothing."""

    changes: Annotated[list[ChangeIn], Field(min_length=1, max_length=MAX_CHANGES)]


class TextIn(_In):
    """A text that is not saved."""

    path: FilePath
    source: Source


class ImpactIn(_In):
    """What would be published: saved revisions, or one text that is not saved."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"draft": _WINDOWS}, {"changes": [{"article": "return-7-days", "revision": 2}]}],
        }
    )

    changes: Annotated[list[ChangeIn], Field(max_length=MAX_CHANGES)] = []
    draft: TextIn | None = None

    @model_validator(mode="after")
    def _something(self) -> ImpactIn:
        if bool(self.changes) == (self.draft is not None):
            raise ValueError("name `changes` or a `draft`, one of both")
        return self


class EntryOut(BaseModel):
    """One article (or word file) of the library; `etag` is quoted in If-Match, as the ETag header has it.

    `published`: the number of the published revision. `draft`: that of a newer one;
    `in_review`: whether that waits for review.
    """

    model_config = ConfigDict(from_attributes=True)

    name: str
    path: str
    state: State
    published: int | None
    draft: int | None
    etag: str
    title: str
    kind: str
    owner: str
    changed_at: datetime | None
    changed_by: str
    in_review: bool


class EntriesOut(BaseModel):
    """The articles found, by name. `total`: of all that the filters leave. `next`: pass it as `after` for more."""

    articles: list[EntryOut]
    total: int
    next: str | None


class RevisionOut(BaseModel):
    """A revision's header; `restores`: the earlier one whose content it brings back."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    number: int
    path: str
    sha256: str
    author: str
    at: datetime
    why: str
    restores: int | None


class RevisionTextOut(RevisionOut):
    """A revision with its text."""

    source: str


class LibraryArticleOut(EntryOut):
    """An article with the text of its newest revision."""

    newest: int
    source: str


class ImpactOut(BaseModel):
    """What the change would do, as `kb impact --json` says it."""

    model_config = ConfigDict(extra="allow")


def article_text_out(entry: Entry, newest: Revision) -> LibraryArticleOut:
    """An article with its newest text."""
    fields: dict[str, Any] = EntryOut.model_validate(entry).model_dump()
    return LibraryArticleOut(**fields, newest=newest.number, source=text_of(newest))


def revision_text_out(revision: Revision) -> RevisionTextOut:
    """A revision with its text."""
    return RevisionTextOut(**RevisionOut.model_validate(revision).model_dump(), source=text_of(revision))


def revisions_out(revisions: list[RevisionInfo]) -> list[RevisionOut]:
    """The headers."""
    return [RevisionOut.model_validate(one) for one in revisions]


def text_of(revision: Revision) -> str:
    """The file's text as saved; the store takes nothing that is not UTF-8."""
    return revision.raw.decode("utf-8")
