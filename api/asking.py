"""Questions on their way to an answer: they wait in one fair line, a few threads answer, and the encoder is shared."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

import numpy as np
import structlog
from fastapi import Depends, Request

from api.batching import Batcher
from api.waiting_line import WaitingLine
from kb.assistant import Assistant
from kb.encoder import Encoded, Encoder
from kb.errors import BusyError, GoneError, TooLateError
from kb.question_cache import EncodedQuestion, QuestionCache

AT_ONCE = 24
"""Questions that are worked on: most of them wait for the encoder, and so bound its batches."""
TURNS = 2
"""Of these, how many run Python: one that runs, and one beside it while numpy has let the interpreter go."""
_IDLE = 5.0
"""Seconds after which a thread without a question ends."""
_LATEST = 64
_LONGEST_ADVICE = 60
_MEGABYTE = 1_000_000

log = structlog.get_logger()

Work = Callable[[Assistant], bytes]


class Held(Protocol):
    """Holds an Assistant for one request."""

    def take(self) -> Assistant:
        """The Assistant of now, held from here on. Raises GoneError where the request has ended."""
        ...


@dataclass(eq=False)
class Ticket:
    """One question: its work, until when, and the future on its event loop that is told."""

    client: str
    seat: str
    work: Work
    held: Held
    seconds: float
    until: float
    future: asyncio.Future[bytes]
    is_gone: bool = False

    def is_wanted(self) -> bool:
        """Whether anybody still waits for it."""
        return not self.is_gone and time.monotonic() < self.until


class Asking:
    """One for each application: answers questions in its own threads, which start and end with the work."""

    def __init__(self, queue: int, cache_megabytes: int, at_once: int = AT_ONCE, turns: int = TURNS) -> None:
        """queue: how many questions may wait. cache_megabytes: for encoded questions."""
        self._line: WaitingLine[Ticket] = WaitingLine(queue)
        self._cache = QuestionCache(cache_megabytes * _MEGABYTE)
        self._turns = threading.BoundedSemaphore(turns)
        self._at_once = at_once
        self._changed = threading.Condition()
        self._threads = 0
        self._idle = 0
        self._done: deque[float] = deque(maxlen=_LATEST)
        self._tickets: set[Ticket] = set()
        self._batcher: Batcher | None = None

    @property
    def waiting(self) -> int:
        """Questions that nobody works on yet."""
        return len(self._line)

    @property
    def wanted(self) -> int:
        """Questions whose clients wait, for their turn or while they are worked on."""
        return len(self._tickets)

    async def answer(self, request: Request, seconds: float, client: str, work: Work, held: Held) -> bytes:
        """What `work` makes of the Assistant with the shared encoder, in another thread.

        seconds: until the answer must be there. client: whose turn it takes; its address is the seat.
        Raises BusyError, TooLateError, GoneError for a client that has left, and what the work raises.
        """
        loop = asyncio.get_running_loop()
        seat = request.client.host if request.client else ""
        until = time.monotonic() + seconds
        ticket = Ticket(client, seat, work, held, seconds, until, loop.create_future())
        watch = loop.create_task(self._watch(request, ticket))
        timer = loop.call_later(seconds, _fail, ticket, TooLateError(seconds))
        try:
            self._put(ticket)
            return await ticket.future
        finally:
            timer.cancel()
            watch.cancel()
            self._leave(ticket)

    def _put(self, ticket: Ticket) -> None:
        with self._changed:
            self._tickets.add(ticket)
            pushed = self._line.put(ticket.client, ticket.seat, ticket)
            busy = BusyError(len(self._line), self._advice()) if pushed is not None else None
            # One that was woken for the question before counts as idle until it runs.
            if len(self._line) <= self._idle:
                self._changed.notify()
            elif self._threads < self._at_once:
                self._threads += 1
                threading.Thread(target=self._run, name="answers", daemon=True).start()
        if busy is not None and pushed is ticket:
            raise busy
        if busy is not None and pushed is not None:
            _tell(pushed, error=busy)

    def _leave(self, ticket: Ticket) -> None:
        """The request ends: what is not begun is not done."""
        ticket.is_gone = True
        with self._changed:
            self._tickets.discard(ticket)
            self._line.remove(ticket.client, ticket.seat, ticket)

    async def _watch(self, request: Request, ticket: Ticket) -> None:
        """End the request once its client has closed the connection."""
        while (await request.receive())["type"] != "http.disconnect":
            pass
        _fail(ticket, GoneError())

    def _advice(self) -> int:
        """Seconds in which as many questions as wait now were answered lately; of one that has no past, one."""
        if len(self._done) < 2:
            return 1
        span = self._done[-1] - self._done[0]
        return max(1, min(_LONGEST_ADVICE, math.ceil(span / (len(self._done) - 1) * len(self._line))))

    def _next(self) -> Ticket | None:
        """Wait for a question; None: none came, and the thread ends."""
        with self._changed:
            while (ticket := self._line.take()) is None:
                self._idle += 1
                came = self._changed.wait(_IDLE)
                self._idle -= 1
                if not came and not len(self._line):
                    self._threads -= 1
                    return None
            return ticket

    def _run(self) -> None:
        while (ticket := self._next()) is not None:
            try:
                if not ticket.is_wanted():
                    raise GoneError
                _tell(ticket, content=self._worked(ticket))
            except GoneError as error:
                _tell(ticket, error=error if ticket.is_gone else TooLateError(ticket.seconds))
            except Exception as error:
                # Whatever it is, it is this request's; the thread goes on with the next.
                _tell(ticket, error=error)
            else:
                self._done.append(time.monotonic())

    def _worked(self, ticket: Ticket) -> bytes:
        assistant = ticket.held.take()
        with self._turns:
            encoder = _SharedEncoder(self._batching(assistant.encoder), self._cache, self._turns, ticket.is_wanted)
            return ticket.work(assistant.using(encoder))

    def _batching(self, encoder: Encoder) -> Batcher:
        batcher = self._batcher
        if batcher is None or batcher.encoder is not encoder:
            self._batcher = batcher = Batcher(encoder)
        return batcher


class _SharedEncoder:
    """The Encoder as one question sees it: from the cache, else in a batch with others, its turn given up meanwhile."""

    def __init__(
        self,
        batcher: Batcher,
        cache: QuestionCache,
        turns: threading.BoundedSemaphore,
        wanted: Callable[[], bool],
    ) -> None:
        self._batcher = batcher
        self._cache = cache
        self._turns = turns
        self._wanted = wanted

    @property
    def name(self) -> str:
        """The model's name."""
        return self._batcher.encoder.name

    @property
    def fingerprint(self) -> str:
        """That of the encoder behind: the vectors are its own."""
        return self._batcher.encoder.fingerprint

    @property
    def dimension(self) -> int:
        """The width d of the vectors."""
        return self._batcher.encoder.dimension

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """See `Encoder`. Raises GoneError where nobody waits for the answer any more."""
        fingerprint = self.fingerprint
        found = {text: self._cache.get(fingerprint, text) for text in texts}
        missing = [text for text, encoded in found.items() if encoded is None]
        if missing or not texts:
            new = self._encoded(missing)
            for row, text in enumerate(missing):
                found[text] = encoded = EncodedQuestion(new.vectors[row], new.tokens[row])
                self._cache.put(fingerprint, text, encoded)
            if len(missing) == len(texts):
                return new
        ready = [found[text] for text in texts]
        return Encoded(np.stack([one.vector for one in ready if one]), tuple(one.tokens for one in ready if one))

    def encode_passages(self, texts: Sequence[str]) -> Encoded:
        """As the encoder behind does."""
        return self._batcher.encoder.encode_passages(texts)

    def _encoded(self, texts: Sequence[str]) -> Encoded:
        self._turns.release()
        try:
            return self._batcher.encode_queries(texts, self._wanted)
        finally:
            self._turns.acquire()


def _tell(ticket: Ticket, content: bytes = b"", error: Exception | None = None) -> None:
    """From any thread: end the ticket's request."""
    loop = ticket.future.get_loop()
    try:
        if error is None:
            loop.call_soon_threadsafe(_succeed, ticket, content)
        else:
            loop.call_soon_threadsafe(_fail, ticket, error)
    except RuntimeError:
        log.info("an answer came after the server had stopped")


def _succeed(ticket: Ticket, content: bytes) -> None:
    if not ticket.future.done():
        ticket.future.set_result(content)


def _fail(ticket: Ticket, error: Exception) -> None:
    if not ticket.future.done():
        ticket.future.set_exception(error)


async def _asking(request: Request) -> Asking:
    asking: Asking = request.app.state.asking
    return asking


Asked = Annotated[Asking, Depends(_asking)]
