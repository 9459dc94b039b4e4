"""Uvicorn over the application."""

from __future__ import annotations

import uvicorn

from api.app import create_app
from kb.assistant import Assistant
from kb.settings import Settings


def serve(assistant: Assistant, settings: Settings) -> None:
    """Serve until stopped, warmed up first."""
    assistant.warm_up()
    uvicorn.run(create_app(assistant, settings), host=settings.host, port=settings.port, log_level="info")
