"""What a route asks for by its type: the settings, the answers, the services, and who asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from threading import Lock
from typing import Annotated, ParamSpec, TypeVar

import anyio
from fastapi import Depends, Request

from api.auth import ADMIN, ANYONE, READER, WRITER
from api.services import Answers, Services
from kb.assistant import Assistant
from kb.errors import GoneError
from kb.settings import Settings
from kb.store.library_store import LibraryStore
from kb.store.records import Actor

P = ParamSpec("P")
T = TypeVar("T")

_LONGEST_HOLD = 10.0


async def _assistant(request: Request) -> AsyncIterator[Assistant]:
    """The Assistant, held until the response is sent: a switch waits for it, a reader that stalls is not waited for."""
    answers: Answers = request.app.state.answers
    with ExitStack() as held:
        assistant = held.enter_context(answers.answering())
        release = asyncio.get_running_loop().call_later(_LONGEST_HOLD, held.close)
        try:
            yield assistant
        finally:
            release.cancel()


class Hold:
    """The Assistant of one request, from when it is worked on until the response is sent. May be used by any thread."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._held = ExitStack()
        self._is_closed = False
        self._lock = Lock()

    def take(self) -> Assistant:
        """The Assistant of now, held. Raises GoneError where the request has ended."""
        with self._lock:
            if self._is_closed:
                raise GoneError
            return self._held.enter_context(self._answers.answering())

    def close(self) -> None:
        """Hold it no more."""
        with self._lock:
            self._is_closed = True
            self._held.close()


async def _hold(request: Request) -> AsyncIterator[Hold]:
    """A request that may wait holds nothing meanwhile, so that a switch waits for those alone that are worked on."""
    hold = Hold(request.app.state.answers)
    settings: Settings = request.app.state.settings
    release = asyncio.get_running_loop().call_later(settings.deadline + _LONGEST_HOLD, hold.close)
    try:
        yield hold
    finally:
        release.cancel()
        hold.close()


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def _library(request: Request) -> LibraryStore:
    services: Services = request.app.state.services
    return services.library


Holding = Annotated[Hold, Depends(_hold)]
Answering = Annotated[Assistant, Depends(_assistant)]
Configured = Annotated[Settings, Depends(_settings)]
Serving = Annotated[Services, Depends(_services)]
Library = Annotated[LibraryStore, Depends(_library)]
Anyone = Annotated[Actor, Depends(ANYONE)]
Reader = Annotated[Actor, Depends(READER)]
Writer = Annotated[Actor, Depends(WRITER)]
Admin = Annotated[Actor, Depends(ADMIN)]


async def slowly(threads: anyio.CapacityLimiter, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run long work in one of the few threads that there are for it, never on the event loop."""

    def run() -> T:
        return work(*args, **kwargs)

    return await anyio.to_thread.run_sync(run, limiter=threads)
