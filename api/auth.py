"""Who may come in: bearer keys at the door, before anything is read, and the role that a route asks for.

No token is ever logged, kept or repeated in an answer.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request
from fastapi.openapi.models import HTTPBearer as BearerScheme
from fastapi.security.base import SecurityBase
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from kb.store.records import AccessRole, Actor

FEED = "/v1/calendar.ics"
"""The one address that takes a token of its own in its query: calendar programs send no headers."""
TRIES = 10
"""Failed tries a minute for one key from one address."""
TRIES_ALTOGETHER = 100
"""Failed tries a minute from one address."""

_OPEN = frozenset(
    {"/healthz", "/readyz", "/", "/sidebar", "/demo", "/favicon.ico", "/kb-sidebar.js", "/kb-sidebar.d.ts"}
    # It is signed by who sends it, which is checked before anything is read.
    | {"/chatwoot/webhook"}
)
_OPEN_BELOW = ("/pages/",)
_LONGEST = 200
_ASKED = (
    "this needs a key: send the header `Authorization: Bearer kb_…`; an administrator makes one with "
    "`kb keys add NAME --role agent`"
)
_UNKNOWN = "the key is not known here or was revoked; ask an administrator for another (`kb keys add`)"
_FEED_ASKED = "a calendar's address carries its own token; `GET /v1/calendar/feed` with your key tells it"
_TOO_OFTEN = "too many tries with a wrong key; mend the key and try again in a minute"

Check = Callable[[str], Actor | None]


def is_open(path: str) -> bool:
    """Whether this address answers without a key: health, and pages, which hold no data of their own."""
    return path in _OPEN or path.startswith(_OPEN_BELOW)


def key_id(request: Request) -> str:
    """The id of the key that the request came with; it is no secret."""
    return _name(str(request.state.token))


class KeyRequired:
    """Middleware that lets a request in with a good key only; what is not named open is shut."""

    def __init__(self, app: ASGIApp, keys: Check, feeds: Check, remembered: Check = lambda _: None) -> None:
        """Check tokens by `keys`, and those of calendar addresses by `feeds`.

        remembered: whose token it is, where that needs no look at the database and so no thread.
        """
        self._app = app
        self._keys = keys
        self._remembered = remembered
        self._feeds = feeds
        self._tries = _Tries()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its `actor`, or answer 401 or 429."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and is_open(scope["path"])):
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # There are no other protocols here; one that would be added has to think about keys first.
            await send({"type": "websocket.close", "code": 1008})
            return
        refusal = await self._enter(scope)
        await (refusal or self._app)(scope, receive, send)

    async def _enter(self, scope: Scope) -> JSONResponse | None:
        """Put the actor and its token into the request's state, or say why not."""
        check, token = self._keys, _bearer(scope)
        if token is None and scope["path"] == FEED:
            check, token = self._feeds, _feed(scope)
        if not token:
            return _refuse(401, _FEED_ASKED if scope["path"] == FEED else _ASKED)
        actor = self._remembered(token) if check is self._keys and len(token) <= _LONGEST else None
        if actor is not None:
            scope.setdefault("state", {}).update(actor=actor, token=token)
            return None
        address = scope["client"][0] if scope.get("client") else ""
        if self._tries.are_over(address, token):
            return _refuse(429, _TOO_OFTEN)
        actor = await run_in_threadpool(check, token) if len(token) <= _LONGEST else None
        if actor is None:
            too_often = self._tries.failed(address, token)
            return _refuse(429, _TOO_OFTEN) if too_often else _refuse(401, _UNKNOWN, 'error="invalid_token"')
        scope.setdefault("state", {}).update(actor=actor, token=token)
        return None


class _Tries:
    """Failed tries by address and key, so that one forgotten tab never locks out a whole office behind one address."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._one_key = RateLimitItemPerMinute(TRIES)
        self._altogether = RateLimitItemPerMinute(TRIES_ALTOGETHER)

    def are_over(self, address: str, token: str) -> bool:
        """Whether this key is not even looked at any more."""
        return not self._limiter.test(self._one_key, address, _name(token))

    def failed(self, address: str, token: str) -> bool:
        """Count a failure; whether the address has too many altogether."""
        if not self._limiter.hit(self._altogether, address):
            return True
        self._limiter.hit(self._one_key, address, _name(token))
        return False


def _name(token: str) -> str:
    """The part of a token that is no secret; empty for what is no token at all."""
    parts = token.split("_", 2)
    return parts[1] if len(parts) == 3 and len(parts[1]) <= 40 else ""


def _bearer(scope: Scope) -> str | None:
    """The token of the only Authorization header; "" for one that is no bearer, None without one."""
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if not values:
        return None
    scheme, _, token = values[0].decode("latin-1").partition(" ")
    return token.strip() if len(values) == 1 and scheme.lower() == "bearer" else ""


def _feed(scope: Scope) -> str:
    values = QueryParams(scope["query_string"]).getlist("token")
    return values[0] if len(values) == 1 else ""


def _refuse(status: int, message: str, more: str = "") -> JSONResponse:
    headers = {"WWW-Authenticate": ", ".join(filter(None, ('Bearer realm="kb"', more)))} if status == 401 else {}
    if status == 429:
        headers["Retry-After"] = "60"
    return JSONResponse({"error": message, "fields": []}, status_code=status, headers=headers)


class Needs(SecurityBase):
    """A dependency: the request's actor, if its role is one of these; an admin always may."""

    def __init__(self, *roles: AccessRole) -> None:
        self.roles = frozenset(roles) | {AccessRole.ADMIN}
        self.model = BearerScheme(description="A key from `kb keys add`, sent as `Authorization: Bearer kb_…`.")
        self.scheme_name = "key"

    @property
    def named(self) -> str:
        """The roles as a sentence names them, admin last."""
        return " or ".join(role for role in AccessRole if role in self.roles)

    async def __call__(self, request: Request) -> Actor:
        """The actor. Raises HTTPException 403 naming the role needed."""
        actor: Actor = request.state.actor
        if actor.role not in self.roles:
            raise HTTPException(
                403,
                f"this needs a key of the role {self.named}; yours is of the role {actor.role}. "
                "An administrator makes one with `kb keys add NAME --role ROLE`",
            )
        return actor


ANYONE = Needs(AccessRole.AGENT, AccessRole.OWNER, AccessRole.QA)
"""Whoever has a key."""
READER = Needs(AccessRole.OWNER, AccessRole.QA)
"""Who looks at drafts, publications and health."""
WRITER = Needs(AccessRole.OWNER)
"""Who writes and publishes; an owner what is theirs alone."""
AUDITOR = Needs(AccessRole.QA)
"""Who reads what everybody did."""
ADMIN = Needs()
"""Who keeps keys and turns back."""
