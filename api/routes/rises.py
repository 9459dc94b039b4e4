"""What suddenly many ask, and the one reply for all of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from api.dependencies import Anyone, Writer
from api.errors import documented
from api.feedback_room import Feedback
from api.rise_board import RiseBoard
from api.schemas import UnifiedOut
from api.schemas_feedback import RiseOut, UnifiedIn
from kb.store.gap_store import UnifiedReply


async def _board(request: Request) -> RiseBoard:
    board: RiseBoard = request.app.state.rises
    return board


Board = Annotated[RiseBoard, Depends(_board)]

router = APIRouter(tags=["rises"], responses=documented(401, 403, 422, 429))


@router.get("/v1/rises", summary="What do suddenly many ask?")
def list_rises(board: Board, actor: Anyone) -> list[RiseOut]:  # noqa: ARG001 (whoever has a key)
    """Far more conversations within the hour than usual, the least likely first; at most two seconds late."""
    return board.read().rises


@router.get("/v1/unified-replies", summary="The unified replies that hold now")
def list_replies(board: Board, actor: Anyone) -> list[UnifiedOut]:  # noqa: ARG001
    """Each stands before every suggestion for whoever asks what its group asks."""
    return board.read().replies


@router.post("/v1/unified-replies", summary="One reply for everybody who asks this", responses=documented(404))
def unify(body: UnifiedIn, actor: Writer, room: Feedback, board: Board) -> UnifiedOut:
    """In every process within two seconds. The one before for the same group is lifted."""
    reply = room.gaps.unify(body.gap, body.reply, actor.name, body.until)
    room.unified.forget()
    return _changed(board, reply)


@router.post("/v1/unified-replies/{number}/lift", summary="Lift a unified reply", responses=documented(404))
def lift(number: Annotated[int, Path(ge=1, le=2**31 - 1)], actor: Writer, room: Feedback, board: Board) -> UnifiedOut:
    """One that was lifted stays as it is."""
    reply = room.gaps.lift(number, actor.name)
    room.unified.forget()
    return _changed(board, reply)


def _changed(board: RiseBoard, reply: UnifiedReply) -> UnifiedOut:
    board.forget()
    return UnifiedOut.model_validate(reply)
