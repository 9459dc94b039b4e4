"""Gaps: what the library does not answer, from open to answered."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from api.auth import READER
from api.dependencies import Answering, Reader, Serving, Writer, slowly
from api.errors import documented
from api.feedback_room import Feedback
from api.schemas_feedback import (
    AssignIn,
    CheckOut,
    DraftIn,
    GapDetailOut,
    GapOut,
    check_out,
    gap_detail_out,
    gap_out,
)
from kb.gaps import Checked
from kb.store.gap_store import GapState

router = APIRouter(
    prefix="/v1/gaps", tags=["gaps"], dependencies=[Depends(READER)], responses=documented(401, 403, 422, 429)
)
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("", summary="What customers ask and the library does not answer")
def list_gaps(
    room: Feedback,
    state: GapState | None = None,
    owner: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[GapOut]:
    """Of the last four weeks, by how many customers asked and how recently."""
    return [gap_out(gap) for gap in room.book.gaps(state, owner)[:limit]]


@router.get("/{number}", summary="One gap with what the nearest article lacks", responses=documented(404))
def read_gap(number: Number, room: Feedback, assistant: Answering) -> GapDetailOut:
    """Its examples are asked again for that."""
    gap = room.book.gap(number)
    return gap_detail_out(gap, room.book.lacked(gap, assistant))


@router.post("/{number}/assign", summary="Give a gap to an owner", responses=documented(404))
def assign_gap(number: Number, body: AssignIn, actor: Reader, room: Feedback) -> GapOut:
    """It is told in the owner's digest."""
    room.book.assign(number, body.owner, actor)
    return gap_out(room.book.gap(number))


@router.post("/{number}/draft", summary="Make a draft article of a gap", responses=documented(404, 409))
def draft_gap(number: Number, body: DraftIn, actor: Writer, room: Feedback, response: Response) -> GapOut:
    """Its examples become the article's `questions`; or name the article that is to answer it."""
    if body.article:
        room.library.entry(body.article)
        room.book.answer_by(number, body.article, actor)
    else:
        entry = room.book.draft(number, room.library, actor, body.owner, body.kind)
        response.headers["ETag"] = f'"{entry.etag}"'
    return gap_out(room.book.gap(number))


@router.post("/{number}/check", summary="Is a gap answered now?", responses=documented(404, 409))
async def check_gap(number: Number, actor: Reader, room: Feedback, services: Serving) -> CheckOut:
    """Where every example is answered, it is closed and they join the evaluation set; as after each publication."""

    def check() -> list[Checked]:
        return room.close(number, actor)

    checked = await slowly(services.weighing, check)
    return check_out(room.gaps.group(number).state, checked)
