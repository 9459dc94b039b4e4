"""The open event streams of this process: how many there may be, and what each is told."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from starlette.concurrency import run_in_threadpool

from api.arrivals import Arrivals
from api.rise_board import RiseBoard

MOST = 1000
"""Streams of one process."""
MOST_OF_A_KEY = 20
LOOK = 0.5
"""Seconds between two looks at what other processes were told."""
_BOARD_LOOKS = 6
BEAT = 15.0
"""Seconds of silence after which a stream says that it lives; proxies close what is silent for a minute."""
_WAITING = 32
_END = ""

log = structlog.get_logger()


class StreamLimitError(Exception):
    """No more of them here; the message says which bound it is."""


@dataclass(eq=False)
class Stream:
    """One sidebar's. conversation: the one whose messages it is told of, "" for none. board: as it was told last."""

    key: str
    conversation: str
    board: str = ""
    waiting: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(_WAITING))

    def tell(self, event: str) -> None:
        """Say this next. One that does not read is not waited for: it ends, and its page begins anew."""
        try:
            self.waiting.put_nowait(event)
        except asyncio.QueueFull:
            while not self.waiting.empty():
                self.waiting.get_nowait()
            self.waiting.put_nowait(_END)


class Streams:
    """One for each application, used on its event loop alone."""

    def __init__(self, board: RiseBoard, arrivals: Arrivals) -> None:
        self._board = board
        self._arrivals = arrivals
        self._open: set[Stream] = set()
        self._of_key: Counter[str] = Counter()
        self._looking: asyncio.Task[None] | None = None
        self._stopped = False

    def __len__(self) -> int:
        return len(self._open)

    def open(self, key: str, conversation: str) -> Stream:
        """A new stream, to be closed by `close`. Raises StreamLimitError."""
        if self._stopped or len(self._open) >= MOST:
            raise StreamLimitError(f"this server keeps {MOST} event streams; ask again later, or poll")
        if self._of_key[key] >= MOST_OF_A_KEY:
            raise StreamLimitError(f"one key may hold {MOST_OF_A_KEY} event streams; close a page, or poll")
        stream = Stream(key, conversation)
        self._open.add(stream)
        self._of_key[key] += 1
        if self._looking is None or self._looking.done():
            self._arrivals.skip()
            self._looking = asyncio.create_task(self._look())
        return stream

    def close(self, stream: Stream) -> None:
        """Forget it; harmless for one that is forgotten."""
        if stream not in self._open:
            return
        self._open.discard(stream)
        self._of_key[stream.key] -= 1
        if not self._of_key[stream.key]:
            del self._of_key[stream.key]

    def stop(self) -> None:
        """End all of them, and open no more: the server goes down, and would wait for them."""
        self._stopped = True
        for stream in self._open:
            stream.tell(_END)
        if self._looking is not None:
            self._looking.cancel()

    def arrived(self, conversation: str) -> int:
        """A message came in this conversation: tell who has it open, here and in other processes; how many here."""
        try:
            self._arrivals.add(conversation)
        except OSError as error:
            # The others ask their host every two seconds anyway.
            log.warning("other processes are not told of a message", why=str(error))
        return self._tell(conversation)

    async def events(self, stream: Stream, may_go_on: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
        """What the stream says, first the board; ends where its key is good no more."""
        try:
            stream.board, event = await self._board_now()
            yield event
            while True:
                try:
                    event = await asyncio.wait_for(stream.waiting.get(), BEAT)
                except TimeoutError:
                    event = ":\n\n"
                if event == _END or not await may_go_on():
                    return
                yield event
        finally:
            self.close(stream)

    def _tell(self, conversation: str) -> int:
        concerned = [stream for stream in self._open if stream.conversation == conversation]
        for stream in concerned:
            stream.tell(_event("message", {"conversation": conversation}))
        return len(concerned)

    async def _board_now(self) -> tuple[str, str]:
        """What makes the board another than before, and the event that tells it."""
        board = await run_in_threadpool(self._board.read)
        # What is usual, and so the chance, drifts with every second.
        kept = board.model_dump_json(exclude={"rises": {"__all__": {"usual", "chance"}}})
        return kept, _event("board", board.model_dump(mode="json"))

    async def _look(self) -> None:
        """While any stream is open: what other processes were told, and whether the board is another."""
        looks = 0
        while self._open:
            await asyncio.sleep(LOOK)
            looks += 1
            try:
                for conversation in self._arrivals.new():
                    self._tell(conversation)
                if looks % _BOARD_LOOKS == 0:
                    await self._tell_board()
            except Exception as error:
                # Whatever it is, the streams that are open are told of the next thing.
                log.warning("event streams miss something", why=f"{type(error).__name__}: {error}")

    async def _tell_board(self) -> None:
        kept, event = await self._board_now()
        for stream in self._open:
            if stream.board != kept:
                stream.board = kept
                stream.tell(event)


def _event(name: str, data: object) -> str:
    """As server-sent events are written; JSON has no line of its own."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
