"""How the library stands: health, counts, who answers, and room on the disk."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request

from api.asking import Asked
from api.auth import READER
from api.dependencies import Answering, Configured, Serving
from api.errors import documented
from api.heartbeat import Heartbeat
from api.schemas_status import StatusOut
from api.space import space
from indexer.publishing.serving_registry import ServingRegistry
from kb.health import Known, health

router = APIRouter(tags=["status"], dependencies=[Depends(READER)], responses=documented(401, 403, 429))


@router.get("/v1/status", summary="What to look at, counts, processes and room")
def read_status(
    assistant: Answering, services: Serving, settings: Configured, asking: Asked, request: Request
) -> StatusOut:
    """Overdue reviews, promotions without an evaluation question, and what usage tells where it is known."""
    library = services.library
    heartbeat: Heartbeat = request.app.state.heartbeat
    entries = library.entries()
    active = library.active()
    changed = {name: revision.at for name, revision in library.published().items()}
    known = Known(services.known.tested(), services.known.usage(), changed)
    index = assistant.index
    return StatusOut(
        generation=index.generation,
        publication=active.number if active else 0,
        activated_at=active.activated_at if active else None,
        articles=len(index.articles),
        passages=len(index.passages),
        states=dict(Counter(str(entry.state) for entry in entries)),
        pending=sum(entry.draft is not None for entry in entries),
        health=health(index.articles, index.validity, datetime.now(UTC), settings.zone, known),
        processes=ServingRegistry(settings.var).alive(),
        space=space(settings),
        waiting=asking.waiting,
        loop=heartbeat.lag(),
    )
