"""A server to measure: started as a process of its own on loopback, ready once it has answered a question."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from eval.bench.traffic import OK, Request
from eval.errors import EvaluationError

_PATIENCE = 300.0
_LOOK = 0.005
PORT = "{port}"


@dataclass(frozen=True)
class Service:
    """How a server is started and asked.

    command: `{port}` stands for the port to listen on; empty: it runs at `url` already.
    """

    name: str
    request: Callable[[str], Request]
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    url: str = ""


@dataclass(frozen=True)
class Running:
    """A server that answers.

    process: its id. ready_s: from its start to its first answer. Both None for one that was found running.
    """

    url: str
    process: int | None
    ready_s: float | None


@contextmanager
def running(service: Service, question: str, folder: Path) -> Iterator[Running]:
    """Start a server and stop it when the block ends; what it says goes to a file in `folder`.

    question: the first one, whose answer makes it ready. Raises EvaluationError where none comes.
    """
    first = service.request(question)
    if not service.command:
        status = _status(service.url, first, service.key)
        if status != OK:
            raise EvaluationError(f"{service.url} answers {status or 'nothing'}; is it the server, is --key right?")
        yield Running(service.url, None, None)
        return
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [part.replace(PORT, str(port)) for part in service.command]
    said = folder / f"{service.name}.log"
    with said.open("a") as log:
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            command, env={**os.environ, **service.environment}, stdout=log, stderr=log, start_new_session=True
        )
        try:
            while _status(url, first, service.key) != OK:
                if process.poll() is not None or time.perf_counter() - began > _PATIENCE:
                    raise EvaluationError(f"{service.name} does not answer; its last words:\n{_tail(said)}")
                time.sleep(_LOOK)
            yield Running(url, process.pid, time.perf_counter() - began)
        finally:
            _stop(process)


def _status(url: str, request: Request, key: str) -> int:
    """What a request is answered with; 0: nothing."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_PATIENCE)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    try:
        connection.request("POST" if request.body else "GET", request.path, request.body.encode() or None, headers)
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
    return response.status


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(path: Path) -> str:
    return path.read_text(errors="replace")[-2000:]
