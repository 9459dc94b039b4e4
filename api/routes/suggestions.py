"""Answers for a customer's message."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api.auth import ANYONE
from api.dependencies import Answering, Configured
from api.errors import documented
from api.feedback_room import Feedback
from api.schemas import AnswerOut, QuestionIn, UnifiedOut, answer_out
from kb.masking import masked_text

router = APIRouter(tags=["answers"], dependencies=[Depends(ANYONE)], responses=documented(401, 403, 429))


@router.post("/v1/suggestions", summary="Suggest answers for a customer's message", responses=documented(413, 422))
def suggest(body: QuestionIn, assistant: Answering, settings: Configured, room: Feedback) -> AnswerOut:
    """Ranked suggestions, at most one an article; where none is reliable, the nearest and `answerable` false."""
    asked = body.asked(settings.zone)
    answer = answer_out(assistant.suggest(asked))
    reply = room.unified.reply_to(masked_text(asked.text), assistant.encoder)
    return answer if reply is None else answer.model_copy(update={"unified": UnifiedOut.model_validate(reply)})
