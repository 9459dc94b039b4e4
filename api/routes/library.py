"""The library: articles with their revisions, from draft to published and archived."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException

from api.auth import READER
from api.dependencies import Library, Reader, Serving, Writer, slowly
from api.errors import documented
from api.feedback_room import Feedback
from api.preconditions import IfMatch, IfNoneMatch, seen, seen_or_new
from api.schemas_library import (
    ArchiveIn,
    Decision,
    DraftIn,
    EntriesOut,
    EntryOut,
    ImpactIn,
    ImpactOut,
    LibraryArticleOut,
    Number,
    PublishIn,
    RestoreIn,
    ReviewIn,
    RevisionOut,
    RevisionTextOut,
    article_text_out,
    revision_text_out,
    revisions_out,
)
from api.schemas_publishing import ReceiptOut, receipt_out
from api.services import Draft, publisher_of
from kb.errors import WrongStateError
from kb.store.library_store import LibraryStore
from kb.store.records import Change, Entry, State

router = APIRouter(
    prefix="/v1/library", tags=["library"], dependencies=[Depends(READER)], responses=documented(401, 403, 422, 429)
)
_ONE = "/articles/{name}"


@router.get("/articles", summary="The articles of the library, whatever their state")
def list_articles(
    library: Library,
    state: State | None = None,
    owner: Annotated[str | None, Query(max_length=200)] = None,
    pending: Annotated[bool | None, Query(description="Only those with, or without, an unpublished draft.")] = None,
    after: Annotated[str, Query(max_length=200, description="Names after this one.")] = "",
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
) -> EntriesOut:
    """By name; word files (`_synonyms.yaml`, `_moods.yaml`) among them."""
    found = [
        entry
        for entry in library.entries()
        if (state is None or entry.state is state)
        and (owner is None or entry.owner == owner)
        and (pending is None or (entry.draft is not None) is pending)
    ]
    found.sort(key=lambda entry: entry.name)
    rest = [entry for entry in found if entry.name > after]
    shown = rest[:limit]
    more = shown[-1].name if len(rest) > limit else None
    return EntriesOut(articles=[EntryOut.model_validate(e) for e in shown], total=len(found), next=more)


@router.get(_ONE, summary="One article with its newest text", responses=documented(404))
def read_article(name: str, library: Library, response: Response) -> LibraryArticleOut:
    """The ETag header names its state; send it back in If-Match with every change."""
    entry = library.entry(name)
    _tag(response, entry)
    return article_text_out(entry, library.revision(name, _newest(library, entry)))


@router.put(
    _ONE,
    summary="Save a text as a new revision",
    responses=documented(404, 409, 412, 413, 428) | {201: {"model": EntryOut, "description": "It is new."}},
)
def save_article(
    name: str,
    body: DraftIn,
    actor: Writer,
    library: Library,
    response: Response,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> EntryOut:
    """A draft; nothing is served before it is published. The text is checked, alone and within the whole library.

    Identical bytes are no new revision.
    """
    etag = seen_or_new(partial(library.entry, name), if_match, if_none_match)
    raw = body.source.encode("utf-8")
    named = library.name_of(body.path, raw)
    if named != name:
        raise HTTPException(422, f"the text is that of `{named}`, the address says `{name}`; let them be the same")
    entry = library.save(body.path, raw, actor, body.why, etag)
    response.status_code = 201 if etag is None and entry.draft == 1 else 200
    return _changed(response, entry)


@router.get(f"{_ONE}/revisions", summary="Every revision, the newest first", responses=documented(404))
def list_revisions(name: str, library: Library) -> list[RevisionOut]:
    """Who wrote it, when and why."""
    return revisions_out(library.revisions(name))


@router.get(f"{_ONE}/revisions/{{number}}", summary="One revision with its text", responses=documented(404))
def read_revision(name: str, number: Number, library: Library) -> RevisionTextOut:
    """As it was saved, byte for byte."""
    return revision_text_out(library.revision(name, number))


@router.get(
    f"{_ONE}/diff",
    summary="What changed between two revisions",
    response_class=PlainTextResponse,
    responses=documented(404),
)
def read_diff(
    name: str, library: Library, old: Annotated[Number, Query(alias="from")], new: Annotated[Number, Query(alias="to")]
) -> PlainTextResponse:
    """A unified diff as plain text; empty where nothing did."""
    return PlainTextResponse(library.diff(name, old, new))


@router.post(f"{_ONE}/restore", summary="Go back to an earlier revision", responses=documented(404, 409, 412, 428))
def restore_article(
    name: str, body: RestoreIn, actor: Writer, library: Library, response: Response, if_match: IfMatch = None
) -> EntryOut:
    """Its content becomes a new draft; publish it to serve it."""
    etag = seen(partial(library.entry, name), if_match)
    return _changed(response, library.restore(name, body.revision, actor, body.why, etag))


@router.post(f"{_ONE}/review", summary="Hand a draft in for review, or back", responses=documented(404, 409, 412, 428))
def review_article(
    name: str, body: ReviewIn, actor: Reader, library: Library, response: Response, if_match: IfMatch = None
) -> EntryOut:
    """QA may hand back what owners submit."""
    etag = seen(partial(library.entry, name), if_match)
    move = library.submit if body.decision is Decision.SUBMIT else library.return_to_draft
    return _changed(response, move(name, actor, body.why, etag))


@router.post(f"{_ONE}/publish", summary="Publish a revision", responses=documented(404, 409, 412))
async def publish_article(
    name: str, body: PublishIn, actor: Writer, services: Serving, room: Feedback, if_match: IfMatch = None
) -> ReceiptOut:
    """The receipt comes once every serving process answers from it. With If-Match, only what you have seen."""

    def publish() -> ReceiptOut:
        entry = services.library.entry(name)
        _unchanged(entry, if_match)
        change = Change(name, body.revision or _newest(services.library, entry))
        receipt = publisher_of(services).publish([change], actor, body.why, body.force or None)
        room.published(actor)
        return receipt_out(receipt)

    return await slowly(services.publishing, publish)


@router.post(f"{_ONE}/archive", summary="Withdraw an article", responses=documented(404, 409, 412))
async def archive_article(
    name: str, body: ArchiveIn, actor: Writer, services: Serving, if_match: IfMatch = None
) -> ReceiptOut:
    """The receipt proves that nothing of it is left: not in the generation, in a cache, in any process."""

    def archive() -> ReceiptOut:
        entry = services.library.entry(name)
        _unchanged(entry, if_match)
        if entry.published is None:
            raise WrongStateError(f"`{name}` is not published, so there is nothing to withdraw")
        return receipt_out(publisher_of(services).publish([Change(name, None)], actor, body.why, body.force or None))

    return await slowly(services.publishing, archive)


@router.post("/impact", summary="What would a change do?", responses=documented(404, 409, 413))
async def impact(body: ImpactIn, services: Serving) -> ImpactOut:
    """Questions whose first answer changes, must_pass that fail, articles that contradict it, what it supersedes."""
    report = services.impact
    if report is None:
        raise HTTPException(409, "this server answers from a folder, not from the published library; ask `kb impact`")
    draft = Draft(body.draft.path, body.draft.source.encode("utf-8")) if body.draft else None
    changes = [change.change() for change in body.changes]
    return ImpactOut.model_validate(await slowly(services.weighing, report, changes, draft))


def _newest(library: LibraryStore, entry: Entry) -> int:
    """The number of the newest revision, whatever became of it."""
    return entry.draft or library.revisions(entry.name)[0].number


def _unchanged(entry: Entry, if_match: str | None) -> None:
    if if_match is not None and seen(lambda: entry, if_match) != entry.etag:
        raise HTTPException(
            412, f"`{entry.name}` was changed since you read it, by {entry.changed_by}; load it again", _headers(entry)
        )


def _changed(response: Response, entry: Entry) -> EntryOut:
    _tag(response, entry)
    return EntryOut.model_validate(entry)


def _tag(response: Response, entry: Entry) -> None:
    response.headers.update(_headers(entry))


def _headers(entry: Entry) -> dict[str, str]:
    return {"ETag": f'"{entry.etag}"'}
