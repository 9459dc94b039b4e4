"""Chatwoot's webhook: it asks for no key, its signature is one."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException

from api.chatwoot import conversation_of, refusal
from api.dependencies import Configured
from api.errors import documented
from api.streams import Streams

PATH = "/chatwoot/webhook"
MAX_BODY = 256 * 1024
_OFF = "Chatwoot's webhooks are not taken here; set KB_CHATWOOT_SECRET to the secret that Chatwoot shows for it"

router = APIRouter(tags=["chatwoot"], responses=documented(401, 404, 413, 422))


@router.post(PATH, summary="Chatwoot tells of a new message")
async def take(request: Request, settings: Configured) -> dict[str, bool]:
    """Signed by Chatwoot (`X-Chatwoot-Signature`), not older than five minutes.

    Of `message_created` by a customer the open sidebars are told that there is one, and nothing of what it says. Any
    other event is taken and passed over. `told`: whether a sidebar of this process had the conversation open.
    """
    if settings.chatwoot_secret is None:
        raise HTTPException(404, _OFF)
    body = await request.body()
    headers = request.headers
    timestamp, signature = headers.get("x-chatwoot-timestamp", ""), headers.get("x-chatwoot-signature", "")
    why = refusal(settings.chatwoot_secret, timestamp, signature, body, time.time())
    if why is not None:
        raise HTTPException(401, why)
    try:
        conversation = conversation_of(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(422, "the body is no JSON object") from error
    streams: Streams = request.app.state.streams
    return {"told": conversation is not None and streams.arrived(conversation) > 0}
