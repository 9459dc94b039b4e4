"""Two processes on one port: both follow a publication, one that dies comes back, and they stop together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.crew import listen
from indexer.publishing.serving_registry import ServingRegistry
from kb.errors import KbError
from kb.store.key_store import KeyStore
from kb.store.records import AccessRole
from tests.support.publishing import CHANGED, OWNER, opened, settings_of, shop, write_files

ROOT = Path(__file__).parents[2]


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


@dataclass
class Running:
    process: subprocess.Popen[str]
    port: int
    token: str
    registry: ServingRegistry

    def replies(self, times: int = 20) -> set[str]:
        """What a question is answered on so many connections."""
        found = set()
        for _ in range(times):
            answer = httpx.post(
                f"http://127.0.0.1:{self.port}/v1/suggestions",
                json={"question": "运费多少钱？"},
                headers={"Authorization": f"Bearer {self.token}"},
                timeout=60,
            )
            found.add(answer.json()["suggestions"][0]["reply"])
        return found

    def pids(self) -> set[int]:
        return {one.pid for one in self.registry.alive()}


@contextmanager
def crew(var: Path) -> Iterator[subprocess.Popen[str]]:
    arguments = [sys.executable, "-m", "tests.support.crew_process", str(var)]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    var = tmp_path / "var"
    with opened(var) as (publisher, _):
        publisher.publish_folder(shop(tmp_path / "folder"), OWNER, "first")
    keys = KeyStore.open(settings_of(var))
    token = keys.add("crew", AccessRole.AGENT, (), OWNER)[1]
    keys.close()
    with crew(var) as process:
        assert process.stdout is not None
        yield Running(process, int(process.stdout.readline()), token, ServingRegistry(var))


def test_both_follow_one_comes_back_and_all_stop(running: Running, tmp_path: Path) -> None:
    pids = running.pids()
    assert len(pids) == 2
    assert running.process.pid not in pids
    assert running.replies() == {"运费 10 元。"}
    write_files(tmp_path / "folder", CHANGED)
    with opened(tmp_path / "var") as (publisher, _):
        receipt = publisher.publish_folder(tmp_path / "folder", OWNER, "second").receipt
    assert receipt is not None
    assert {one.pid for one in receipt.switched} == pids
    assert receipt.is_complete
    assert running.replies() == {"运费 6 元。"}
    dead = min(pids)
    os.kill(dead, signal.SIGKILL)
    wait_for(lambda: len(running.pids() - {dead}) == 2)
    assert running.pids() & pids == pids - {dead}
    assert running.replies() == {"运费 6 元。"}
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(60) == 0
    assert running.pids() == set()


def test_they_end_with_their_parent(running: Running) -> None:
    assert len(running.pids()) == 2
    running.process.kill()
    wait_for(lambda: running.pids() == set())


def test_one_that_cannot_begin_ends_all(tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    with crew(tmp_path) as process:
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "a serving process ended before it could answer" in said


def test_a_port_that_is_taken_is_told() -> None:
    first = listen("127.0.0.1", 0)
    port = first.getsockname()[1]
    try:
        with pytest.raises(KbError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            listen("127.0.0.1", port)
    finally:
        first.close()


def test_what_is_accepted_is_known_as_tcp() -> None:
    # Else asyncio leaves small answers waiting for acknowledgements, forty milliseconds each.
    listening = listen("127.0.0.1", 0)
    listening.settimeout(10)
    try:
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.proto == socket.IPPROTO_TCP
    finally:
        listening.close()
