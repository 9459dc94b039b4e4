"""Whether the process lives and can answer; the two addresses that ask for no key."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import Answering
from kb import __version__

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is the process alive?")
def health() -> dict[str, str]:
    """Always ok while the process answers."""
    return {"status": "ok", "version": __version__}


@router.get("/readyz", summary="Can it answer, and from which generation?")
def ready(assistant: Answering) -> dict[str, str]:
    """The generation that answers."""
    return {"status": "ready", "generation": assistant.index.generation}
