"""Uvicorn over the application."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from api.access_log import hide_queries
from api.app import create_app
from api.services import Answers, Services
from kb.settings import Settings


def serve(answers: Answers, settings: Settings, services: Services, ready: Callable[[str], None] | None = None) -> None:
    """Serve until stopped. ready: is told the address once requests are taken."""
    app = create_app(answers, settings, services)
    config = uvicorn.Config(app, host=settings.host, port=settings.port, log_level="info")
    hide_queries()
    _Server(config, ready).run()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[str], None] | None) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, and tell where."""
        await super().startup(sockets)
        if self.started and self._ready is not None:
            self._ready(_address(self.servers[0].sockets[0].getsockname()))


def _address(name: tuple[str, int]) -> str:
    host, port = name[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"
