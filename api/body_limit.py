"""Refuses a request body over a limit while it arrives, before anything reads it."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Middleware that answers 413 to a body of more bytes than `limit` says for method and path, declared or not."""

    def __init__(self, app: ASGIApp, limit: Callable[[str, str], int]) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body read, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope["method"], scope["path"])
        declared = dict(scope["headers"]).get(b"content-length", b"0").lstrip(b"0")
        # Longer than the limit is written, it is larger, however many digits there are.
        if declared.isdigit() and (len(declared) > len(str(limit)) or int(declared) > limit):
            await _refuse(limit, scope, receive, send)
            return
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            if len(body) > limit:
                await _refuse(limit, scope, receive, send)
                return
            if not message.get("more_body", False):
                break
        sent = False

        async def replay() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, replay, send)


async def _refuse(limit: int, scope: Scope, receive: Receive, send: Send) -> None:
    said = {"error": f"the request body is over {limit} bytes; send less", "fields": []}
    await JSONResponse(said, status_code=413)(scope, receive, send)
