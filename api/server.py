"""Uvicorn over the application."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from api.access_log import hide_queries
from api.address import address_of
from api.app import create_app
from api.heartbeat import Heartbeat
from api.services import Answers, Services
from api.streams import Streams
from kb.garbage import set_aside
from kb.settings import Settings


def serve(
    answers: Answers,
    settings: Settings,
    services: Services,
    ready: Callable[[str], None] | None = None,
    listening: socket.socket | None = None,
) -> None:
    """Serve until stopped. ready: is told the address once requests are taken. listening: a socket that is bound."""
    app = create_app(answers, settings, services)
    config = uvicorn.Config(app, host=settings.host, port=settings.port, log_level="info")
    hide_queries()
    _Server(config, app.state.streams, app.state.heartbeat, ready).run([listening] if listening is not None else None)


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, streams: Streams, heartbeat: Heartbeat, ready: Callable[[str], None] | None
    ) -> None:
        super().__init__(config)
        self._heartbeat = heartbeat
        self._streams = streams
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, and tell where."""
        # Before anybody connects: nothing else runs meanwhile.
        set_aside(thoroughly=True)
        await super().startup(sockets)
        self._heartbeat.start()
        if self.started and self._ready is not None:
            self._ready(address_of(self.servers[0].sockets[0].getsockname()))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, which waits for every open answer: event streams, which have no end, are ended first."""
        self._heartbeat.stop()
        self._streams.stop()
        await super().shutdown(sockets)
