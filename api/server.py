"""Uvicorn over the application."""

from __future__ import annotations

import uvicorn

from api.app import create_app
from kb.assistant import Assistant
from kb.question import Question
from kb.settings import Settings


def serve(assistant: Assistant, settings: Settings) -> None:
    """Serve until stopped. One question is answered first, so that the first customer does not wait for caches."""
    assistant.suggest(Question("你好"))
    uvicorn.run(create_app(assistant, settings), host=settings.host, port=settings.port, log_level="info")
