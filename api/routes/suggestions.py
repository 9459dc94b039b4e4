"""Answers for a customer's message."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from api.asking import Asking
from api.auth import ANYONE, key_id
from api.dependencies import Holding
from api.errors import documented
from api.feedback_room import FeedbackRoom
from api.schemas import AnswerOut, QuestionIn, UnifiedOut, answer_out
from kb.assistant import Assistant
from kb.masking import masked_text
from kb.settings import Settings

router = APIRouter(tags=["answers"], dependencies=[Depends(ANYONE)], responses=documented(401, 403, 429))

Seconds = Annotated[
    float | None,
    Header(
        alias="X-Request-Timeout",
        gt=0,
        le=600,
        description="Seconds within which the answer is of use; more than the server's own (`KB_DEADLINE`) is not had.",
    ),
]


@router.post(
    "/v1/suggestions",
    summary="Suggest answers for a customer's message",
    response_model=AnswerOut,
    responses=documented(413, 422, 503, 504),
)
async def suggest(
    body: QuestionIn,
    request: Request,
    held: Holding,
    seconds: Seconds = None,
) -> Response:
    """Ranked suggestions, at most one an article; where none is reliable, the nearest and `answerable` false."""
    # Not by dependencies: each costs more than a part of the answer.
    asking: Asking = request.app.state.asking
    settings: Settings = request.app.state.settings
    room: FeedbackRoom = request.app.state.feedback
    asked = body.asked(settings.zone)

    def work(assistant: Assistant) -> bytes:
        answer = answer_out(assistant.suggest(asked))
        if room.unified.holding():
            reply = room.unified.reply_to(masked_text(asked.text), assistant.encoder)
            if reply is not None:
                answer = answer.model_copy(update={"unified": UnifiedOut.model_validate(reply)})
        return answer.model_dump_json().encode()

    within = min(settings.deadline, seconds or settings.deadline)
    content = await asking.answer(request, within, key_id(request), work, held)
    return Response(content, media_type="application/json")
