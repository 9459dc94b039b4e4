"""What the server tells open sidebars by itself, as server-sent events."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api.auth import key_id
from api.dependencies import Anyone, Serving
from api.errors import documented
from api.streams import StreamLimitError, Streams
from kb.feedback import MAX_ID

# `no-transform` and nginx's own header: what is told must not wait in a proxy until there is more of it.
_HEADERS = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events `board` and `message`.", "content": {"text/event-stream": {}}}
}
_RETRY = 30

router = APIRouter(tags=["events"], responses=documented(401, 403, 422, 429))


@router.get("/v1/events", summary="Be told at once", response_class=StreamingResponse, responses=_STREAM)
async def follow(
    request: Request,
    services: Serving,
    actor: Anyone,  # noqa: ARG001 (whoever has a key)
    conversation: Annotated[str, Query(max_length=MAX_ID)] = "",
) -> StreamingResponse:
    """A stream of server-sent events for as long as it is read.

    `board`: what suddenly many ask and the unified replies that hold, first and at every change, `{rises, replies}`.
    `message`: a customer has written in the named conversation, `{conversation}`; only Chatwoot's webhook tells of it.
    503 with `Retry-After` where there are too many streams: ask `GET /v1/rises` from time to time.
    """
    streams: Streams = request.app.state.streams
    try:
        stream = streams.open(key_id(request), conversation)
    except StreamLimitError as error:
        raise HTTPException(503, str(error), {"Retry-After": str(_RETRY)}) from error
    token: str = request.state.token

    async def may_go_on() -> bool:
        return await run_in_threadpool(services.keys.check, token) is not None

    return StreamingResponse(
        streams.events(stream, may_go_on), media_type="text/event-stream; charset=utf-8", headers=_HEADERS
    )
