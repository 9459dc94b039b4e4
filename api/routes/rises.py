"""What suddenly many ask, and the one reply for all of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path

from api.dependencies import Anyone, Writer
from api.errors import documented
from api.feedback_room import Feedback, FeedbackRoom
from api.schemas import UnifiedOut
from api.schemas_feedback import RiseOut, UnifiedIn, rise_out
from kb.rises import LOOKED_BACK, rises
from kb.store.gap_store import UnifiedReply

router = APIRouter(tags=["rises"], responses=documented(401, 403, 422, 429))


@router.get("/v1/rises", summary="What do suddenly many ask?")
def list_rises(room: Feedback, actor: Anyone) -> list[RiseOut]:  # noqa: ARG001 (whoever has a key)
    """Far more conversations within the hour than usual, the least likely first."""
    now = datetime.now(UTC)
    replies = {reply.gap: reply for reply in room.unified.holding()}
    found = []
    for rise in rises(room.gaps, now):
        group = room.gaps.group(rise.gap)
        reply = replies.get(rise.gap)
        found.append(rise_out(rise, group.title, group.owner, _examples(room, rise.gap, now), reply))
    return found


@router.get("/v1/unified-replies", summary="The unified replies that hold now")
def list_replies(room: Feedback, actor: Anyone) -> list[UnifiedOut]:  # noqa: ARG001
    """Each stands before every suggestion for whoever asks what its group asks."""
    return [UnifiedOut.model_validate(reply) for reply in room.gaps.replies(datetime.now(UTC))]


@router.post("/v1/unified-replies", summary="One reply for everybody who asks this", responses=documented(404))
def unify(body: UnifiedIn, actor: Writer, room: Feedback) -> UnifiedOut:
    """In every process within two seconds. The one before for the same group is lifted."""
    return _changed(room, room.gaps.unify(body.gap, body.reply, actor.name, body.until))


@router.post("/v1/unified-replies/{number}/lift", summary="Lift a unified reply", responses=documented(404))
def lift(number: Annotated[int, Path(ge=1, le=2**31 - 1)], actor: Writer, room: Feedback) -> UnifiedOut:
    """One that was lifted stays as it is."""
    return _changed(room, room.gaps.lift(number, actor.name))


def _changed(room: FeedbackRoom, reply: UnifiedReply) -> UnifiedOut:
    room.unified.forget()
    return UnifiedOut.model_validate(reply)


def _examples(room: FeedbackRoom, gap: int, now: datetime) -> list[str]:
    asked = room.events.questions(now - LOOKED_BACK, now, gap)
    return list(dict.fromkeys(one.text for one in reversed(asked)))[:3]
