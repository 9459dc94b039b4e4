from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn

import api.rise_board
import api.streams
from api.app import create_app
from api.arrivals import Arrivals
from api.server import _Server
from api.serving import Serving
from api.streams import Stream, Streams
from kb.assistant import Assistant
from kb.settings import load_settings
from kb.store.records import AccessRole
from tests.support.http import ROOT, Api

SECRET = "a-webhooks-secret"  # noqa: S105


@dataclass
class Running:
    """A server that runs, with what is behind it."""

    api: Api
    streams: Streams
    server: uvicorn.Server
    loop: asyncio.AbstractEventLoop
    port: int
    readers: list[Reader] = field(default_factory=list)

    def open(self, token: str, conversation: str = "") -> Reader:
        self.readers.append(Reader(self.port, token, conversation))
        return self.readers[-1]

    def arrived(self, conversation: str) -> int:
        """As the webhook does, on the server's own loop."""

        async def arrive() -> int:
            return self.streams.arrived(conversation)

        return asyncio.run_coroutine_threadsafe(arrive(), self.loop).result(60)


class Reader:
    """One stream, read as a page reads it."""

    def __init__(self, port: int, token: str, conversation: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        path = f"/v1/events?conversation={conversation}" if conversation else "/v1/events"
        self.connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        self.answer = self.connection.getresponse()

    def close(self) -> None:
        self.answer.close()
        self.connection.close()

    def event(self) -> tuple[str, Any] | None:
        """The next event; None: the stream has ended."""
        name = ""
        while line := self.answer.readline().decode():
            if line.startswith("event: "):
                name = line[7:].strip()
            elif line.startswith("data: "):
                return name, json.loads(line[6:])
        return None


@pytest.fixture
def running(small_assistant: Assistant, tmp_path: Path) -> Iterator[Running]:
    made = Api(small_assistant, tmp_path, load_settings(var=tmp_path, chatwoot_secret=SECRET))
    app = create_app(Serving(made.assistant), made.settings, made.services)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", lifespan="off")
    loops: list[asyncio.AbstractEventLoop] = []
    ready = threading.Event()

    def begun(_: str) -> None:
        loops.append(asyncio.get_running_loop())
        ready.set()

    server = _Server(config, app.state.streams, app.state.heartbeat, begun)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    assert ready.wait(60)
    running = Running(made, app.state.streams, server, loops[0], listening.getsockname()[1])
    yield running
    server.should_exit = True
    thread.join(60)
    # A server that waited for its streams would wait for ever.
    assert not thread.is_alive()
    for reader in running.readers:
        reader.close()
    made.close()


def test_the_board_comes_first_and_only_ones_own_conversation_is_told(running: Running) -> None:
    token = running.api.token(AccessRole.AGENT)
    one, other = running.open(token, "chatwoot-1"), running.open(token, "chatwoot-2")
    assert one.answer.getheader("Content-Type") == "text/event-stream; charset=utf-8"
    assert one.answer.getheader("X-Accel-Buffering") == "no"
    assert "no-store" in (one.answer.getheader("Cache-Control") or "")
    assert one.event() == other.event() == ("board", {"rises": [], "replies": []})
    assert running.arrived("chatwoot-2") == 1
    assert running.arrived("chatwoot-3") == 0
    assert running.arrived("chatwoot-1") == 1
    # Neither the other's nor nobody's came before it.
    assert one.event() == ("message", {"conversation": "chatwoot-1"})
    assert other.event() == ("message", {"conversation": "chatwoot-2"})


def test_what_another_process_was_told_arrives(running: Running) -> None:
    reader = running.open(running.api.token(AccessRole.AGENT), "chatwoot-7")
    reader.event()
    Arrivals(running.api.settings.var).add("chatwoot-7")
    assert reader.event() == ("message", {"conversation": "chatwoot-7"})


def test_a_revoked_key_is_told_nothing_more(running: Running) -> None:
    token = running.api.token(AccessRole.AGENT)
    reader = running.open(token, "chatwoot-1")
    reader.event()
    running.api.services.keys.revoke(token.split("_")[1], ROOT)
    assert running.arrived("chatwoot-1") == 1
    assert reader.event() is None
    assert running.open(token).answer.status == 401


def test_streams_are_bounded_and_their_places_come_back(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.streams, "MOST_OF_A_KEY", 1)
    token = running.api.token(AccessRole.AGENT)
    first = running.open(token, "chatwoot-1")
    first.event()
    refused = running.open(token)
    assert (refused.answer.status, refused.answer.getheader("Retry-After")) == (503, "30")
    assert "poll" in json.load(refused.answer)["error"]
    assert running.open(running.api.token(AccessRole.AGENT)).event() is not None
    monkeypatch.setattr(api.streams, "MOST", 2)
    assert running.open(running.api.token(AccessRole.AGENT)).answer.status == 503
    first.close()
    while len(running.streams) > 1:
        # The server sees it gone when it writes, or when its loop comes round.
        running.arrived("chatwoot-1")
    assert running.open(token).event() is not None


def reply_to_all(running: Running, reply: str) -> None:
    """An owner's unified reply to what a customer has just asked in vain."""
    owner = running.api.client(AccessRole.OWNER)
    number = "0e9b5ed6-8a4e-4a8f-9a49-1a1f7c1b0a11"
    event = {"id": number, "kind": "no-answer", "at": "2026-11-22T10:00:00Z", "conversation": "c", "question_id": "q"}
    owner.post("/v1/feedback", json={"events": [event | {"text": "付不了款"}]})
    (gap,) = owner.get("/v1/gaps").json()
    owner.post("/v1/unified-replies", json={"gap": gap["number"], "reply": reply})


def replies_of(told: tuple[str, Any] | None) -> list[str]:
    assert told is not None
    return [reply["reply"] for reply in told[1]["replies"]]


def test_a_unified_reply_is_told(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.streams, "_BOARD_LOOKS", 1)
    monkeypatch.setattr(api.rise_board, "_SECONDS", 0.0)
    reader = running.open(running.api.token(AccessRole.AGENT))
    assert reader.event() == ("board", {"rises": [], "replies": []})
    reply_to_all(running, "正在抢修。")
    assert replies_of(reader.event()) == ["正在抢修。"]


def test_one_that_opens_later_takes_no_news_from_those_before(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.streams, "_BOARD_LOOKS", 1_000_000)
    monkeypatch.setattr(api.rise_board, "_SECONDS", 0.0)
    before = running.open(running.api.token(AccessRole.AGENT))
    assert before.event() == ("board", {"rises": [], "replies": []})
    reply_to_all(running, "正在抢修。")
    later = running.open(running.api.token(AccessRole.AGENT))
    assert replies_of(later.event()) == ["正在抢修。"]
    monkeypatch.setattr(api.streams, "_BOARD_LOOKS", 1)
    assert replies_of(before.event()) == ["正在抢修。"]


def test_a_reader_that_does_not_read_is_not_waited_for() -> None:
    stream = Stream("key", "c")
    for n in range(33):
        stream.tell(str(n))
    # What waited is gone: the stream ends, and its page begins anew.
    assert [stream.waiting.get_nowait() for _ in range(stream.waiting.qsize())] == [""]
