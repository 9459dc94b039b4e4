"""Several processes that answer on one port: started, watched, replaced when they die, stopped together.

They share one listening socket, so that whoever is free takes the next connection and a death loses none that waits.
The parent holds neither model nor library: it binds, starts, and waits.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Final

import structlog

from kb.errors import KbError

READY: Final = "ready"
_PAUSE = 1.0
"""Seconds before one that died before it was ready is started again."""
_PATIENCE = 30.0
"""Seconds that one has to end when it is asked to."""
_BACKLOG = 2048

log = structlog.get_logger()

Work = Callable[[socket.socket, Callable[[], None]], None]
"""What a process does: answer on the socket until a signal stops it, and call the second once it does."""


@dataclass(eq=False)
class _Member:
    process: BaseProcess
    line: Connection
    is_ready: bool = False


class Crew:
    """`number` processes doing the same work; see `run`. work: is pickled, for the processes are started afresh."""

    def __init__(self, number: int, work: Work, listening: socket.socket) -> None:
        self._number = number
        self._work = work
        self._listening = listening
        self._members: list[_Member] = []
        self._missing: list[float] = []
        self._was_ready = False

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Keep them working until SIGTERM or SIGINT. ready: is called once, when all of them answer.

        Raises KbError where one ends before any could answer.
        """
        with _stops() as stop:
            try:
                for _ in range(self._number):
                    self._start()
                told = False
                while not stop.poll(0):
                    self._watch(stop)
                    if not told and all(member.is_ready for member in self._members) and not self._missing:
                        told = True
                        ready()
            finally:
                self._stop()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_member, args=(self._work, self._listening, theirs), name="kb-worker")
        process.start()
        theirs.close()
        self._members.append(_Member(process, ours))

    def _watch(self, stop: Connection) -> None:
        """Wait until something happens, and see to it."""
        now = time.monotonic()
        due = [at for at in self._missing if at <= now]
        self._missing = [at for at in self._missing if at > now]
        for _ in due:
            self._start()
        lines = {member.line: member for member in self._members}
        rest = max(0.0, min(self._missing) - now) if self._missing else None
        for event in wait([stop, *lines, *(member.process.sentinel for member in self._members)], rest):
            if isinstance(event, Connection) and event in lines:
                self._heard(lines[event])
        for member in [one for one in self._members if not one.process.is_alive()]:
            self._died(member)

    def _heard(self, member: _Member) -> None:
        with suppress(EOFError, OSError):
            if member.line.recv() == READY:
                member.is_ready = self._was_ready = True
                return
        # Its end of the line is shut: it is about to end.
        member.process.join(_PATIENCE)

    def _died(self, member: _Member) -> None:
        self._members.remove(member)
        member.line.close()
        member.process.join()
        if not self._was_ready:
            raise KbError("a serving process ended before it could answer; what it said above tells why")
        log.error("a serving process ended, another is started", pid=member.process.pid, code=member.process.exitcode)
        self._missing.append(time.monotonic() + (0.0 if member.is_ready else _PAUSE))

    def _stop(self) -> None:
        for member in self._members:
            member.process.terminate()
        until = time.monotonic() + _PATIENCE
        for member in self._members:
            member.process.join(max(0.1, until - time.monotonic()))
            if member.process.is_alive():
                log.error("a serving process did not end and is killed", pid=member.process.pid)
                member.process.kill()
                member.process.join()
            member.line.close()


def listen(host: str, port: int) -> socket.socket:
    """The socket that the processes share. Raises KbError where the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP: by that asyncio knows that small answers on its connections shall not wait for acknowledgements.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise KbError(f"cannot listen on {host}:{port}: {error.strerror}; name another KB_HOST or KB_PORT") from error
    listening.setblocking(False)
    return listening


def _member(work: Work, listening: socket.socket, line: Connection) -> None:
    """A process's whole life."""
    threading.Thread(target=_end_with_parent, args=(line,), name="parent", daemon=True).start()
    work(listening, lambda: line.send(READY))


def _end_with_parent(line: Connection) -> None:
    """A parent that is killed says nothing: its end of the line is shut."""
    with suppress(EOFError, OSError):
        line.recv()
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _stops() -> Iterator[Connection]:
    """Something to wait on that has a message once SIGTERM or SIGINT came."""
    reader, writer = multiprocessing.Pipe(duplex=False)
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda *_: writer.send(True)) for number in numbers}
    try:
        yield reader
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        reader.close()
        writer.close()
