"""What agents did with suggestions."""

from __future__ import annotations

from fastapi import APIRouter, BackgroundTasks

from api.dependencies import Anyone
from api.errors import documented
from api.feedback_room import Feedback
from api.schemas_feedback import FeedbackIn, FeedbackOut

router = APIRouter(tags=["feedback"], responses=documented(401, 403, 413, 422, 429))


@router.post("/v1/feedback", summary="Tell what agents did with suggestions")
def tell(body: FeedbackIn, actor: Anyone, room: Feedback, later: BackgroundTasks) -> FeedbackOut:
    """Up to 200 events, all or none; answered once they are on the disk. Send again what was not answered."""
    recorded = room.events.record([one.event(actor.name) for one in body.events])
    if recorded.new:
        later.add_task(room.sort)
    return FeedbackOut.model_validate(recorded)
