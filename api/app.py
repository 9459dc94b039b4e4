"""The application: its routes, who may come in, and its limits."""

from __future__ import annotations

from fastapi import FastAPI

from api.arrivals import Arrivals
from api.asking import Asking
from api.auth import KeyRequired
from api.body_limit import BodyLimit
from api.errors import documented, handle_errors
from api.feedback_room import FeedbackRoom
from api.headers import SecurityHeaders
from api.heartbeat import Heartbeat
from api.pages import add_pages
from api.rise_board import RiseBoard
from api.routes import (
    articles,
    audit,
    calendar,
    chatwoot,
    events,
    feedback,
    gaps,
    generations,
    health,
    keys,
    library,
    phrases,
    publications,
    rises,
    status,
    suggestions,
)
from api.services import Answers, Services
from api.streams import Streams
from kb import __version__
from kb.settings import Settings

MAX_BODY = 64 * 1024
MAX_ARTICLE = 1_200_000
"""An article's limit is 1 MB; JSON adds to that."""
MAX_EVENTS = 1_000_000
"""200 feedback events with their questions."""

_LIBRARY = "/v1/library/"
_ROUTERS = (
    suggestions,
    articles,
    library,
    publications,
    generations,
    feedback,
    gaps,
    rises,
    events,
    chatwoot,
    keys,
    audit,
    calendar,
    phrases,
    status,
    health,
)


def create_app(answers: Answers, settings: Settings, services: Services) -> FastAPI:
    """The application over what answers now, and the library behind it."""
    app = FastAPI(
        title="kb",
        version=__version__,
        summary="Ranked answer snippets with their sources, for customer-service agents.",
        description=(
            "Everything but `/healthz`, `/readyz` and Chatwoot's signed webhook asks for a key: "
            "`Authorization: Bearer kb_…`. "
            "Roles: `agent` asks and reads; `owner` also writes and publishes what is theirs; `qa` also reviews, "
            "weighs changes and reads the audit trail; `admin` does everything."
        ),
        # The page of FastAPI's own documentation loads from a CDN; /openapi.json does not.
        docs_url=None,
        redoc_url=None,
        responses=documented(413, 422),
    )
    app.state.answers = answers
    app.state.settings = settings
    app.state.services = services
    app.state.asking = Asking(settings.queue, settings.question_cache)
    app.state.heartbeat = Heartbeat()
    app.state.feedback = FeedbackRoom(services, answers, settings)
    app.state.rises = RiseBoard(app.state.feedback)
    app.state.streams = Streams(app.state.rises, Arrivals(settings.var))
    handle_errors(app)
    for part in _ROUTERS:
        app.include_router(part.router)
    add_pages(app)
    # The last one added is the first to see a request.
    app.add_middleware(BodyLimit, limit=body_limit)
    app.add_middleware(
        KeyRequired, keys=services.keys.check, feeds=services.feeds.check, remembered=services.keys.remembered
    )
    app.add_middleware(SecurityHeaders)
    return app


def body_limit(method: str, path: str) -> int:
    """The most bytes that a request may have: more where an article's whole text is sent."""
    if method == "POST" and path == "/v1/feedback":
        return MAX_EVENTS
    if path == chatwoot.PATH:
        return chatwoot.MAX_BODY
    takes_text = (method == "PUT" and path.startswith(f"{_LIBRARY}articles/")) or (
        method == "POST" and path == f"{_LIBRARY}impact"
    )
    return MAX_ARTICLE if takes_text else MAX_BODY
