"""Questions asked at once: the same answers as one by one, a bounded and fair line, and no work for who has left."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from api.app import create_app
from api.asking import Asking
from api.serving import Serving
from indexer.encoder import TextEncoder
from indexer.workspace import Workspace
from kb.assistant import Assistant
from kb.folder import read_library
from kb.settings import load_settings
from kb.store.records import AccessRole
from tests.support.http import Api
from tests.support.slow_encoder import PATIENCE, SlowEncoder
from tests.support.toy_encoder import WORDS

ROOT = Path(__file__).parents[2]
# No test but the deadline's own hangs on how quick the machine is.
DEADLINE = 600
QUESTIONS = [f"{first}{middle}{last}" for first in WORDS for middle in ("的", "和", "还是") for last in WORDS][:64]


class Server:
    """A real server on loopback over one Assistant, its address, and a key."""

    def __init__(self, api: Api) -> None:
        self.app = create_app(Serving(api.assistant), api.settings, api.services)
        self.asking: Asking = self.app.state.asking
        self._server = uvicorn.Server(uvicorn.Config(self.app, port=0, log_level="critical", lifespan="off"))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listening]})
        self.begun: list[socket.socket] = []
        self._thread.start()

    def stop(self) -> None:
        for one in self.begun:
            one.close()
        self._server.should_exit = True
        self._thread.join(30)


@contextmanager
def served(assistant: Assistant, var: Path, **settings: object) -> Iterator[tuple[Server, Api]]:
    api = Api(assistant, var, load_settings(**{"var": var, "deadline": DEADLINE, **settings}))
    server = Server(api)
    try:
        yield server, api
    finally:
        server.stop()
        api.close()


def ask(server: Server, token: str, question: str, **headers: str) -> httpx.Response:
    return httpx.post(
        f"{server.address}/v1/suggestions",
        json={"question": question, "context": {"at": "2026-11-22T12:00:00+08:00"}},
        headers={"Authorization": f"Bearer {token}", **headers},
        timeout=DEADLINE,
    )


def plain(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    del answer["id"], answer["took_ms"]
    return answer


def begin(server: Server, token: str, question: str) -> socket.socket:
    """Ask on a connection of its own, and wait for nothing; the server's end closes it."""
    body = json.dumps({"question": question}).encode()
    connection = socket.create_connection(("127.0.0.1", server.port))
    server.begun.append(connection)
    connection.sendall(
        b"POST /v1/suggestions HTTP/1.1\r\nHost: kb\r\nContent-Type: application/json\r\n"
        + f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    return connection


def concurrently(server: Server, token: str, questions: list[str]) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(len(questions)) as pool:
        return [plain(one) for one in pool.map(lambda question: ask(server, token, question), questions)]


def test_together_as_one_by_one(small_assistant: Assistant, tmp_path: Path) -> None:
    encoder = SlowEncoder()
    with served(small_assistant.using(encoder), tmp_path, question_cache=0) as (server, api):
        token = api.token(AccessRole.AGENT)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(concurrently, server, token, QUESTIONS)
            assert encoder.entered.acquire(timeout=PATIENCE)
            encoder.wait_for(lambda: server.asking.waiting >= len(QUESTIONS) - 24)
            encoder.open.set()
            shared = asked.result()
        calls = len(encoder.calls)
        assert calls < len(QUESTIONS)
        assert shared == [plain(ask(server, token, question)) for question in QUESTIONS]
        assert len(encoder.calls) == calls + len(QUESTIONS)


def test_what_is_cached_is_answered_alike(small_assistant: Assistant, tmp_path: Path) -> None:
    encoder = SlowEncoder()
    encoder.open.set()
    with served(small_assistant.using(encoder), tmp_path) as (server, api):
        token = api.token(AccessRole.AGENT)
        first, again = [[plain(ask(server, token, question)) for question in QUESTIONS[:9]] for _ in range(2)]
        assert first == again
        assert len(encoder.calls) == 9
        # A message of two questions: the whole and each part, of which one is known.
        two = "退货的运费怎么算？发票怎么开？"
        parts = plain(ask(server, token, two))
        plain(ask(server, token, "发票怎么开？"))
        asked = len(encoder.calls)
        assert plain(ask(server, token, two)) == parts
        assert len(encoder.calls) == asked


@pytest.mark.usefixtures("packaged_encoder")
def test_the_model_answers_alike_together_and_from_the_cache(
    packaged_encoder: TextEncoder, test_var: Path, tmp_path: Path
) -> None:
    lines = (ROOT / "eval" / "sets" / "shop.jsonl").read_text(encoding="utf-8").splitlines()
    questions = list(dict.fromkeys(json.loads(line)["question"] for line in lines))[:64]
    settings = load_settings(var=tmp_path)
    (tmp_path / "models").symlink_to((test_var / "models").resolve())
    workspace = Workspace(settings)
    library = read_library(ROOT / "articles" / "howto", settings.zone)
    assistant = Assistant(workspace.generation_of(library), packaged_encoder, workspace.assistant_settings)
    with served(assistant, tmp_path / "store", question_cache=0) as (server, api):
        token = api.token(AccessRole.AGENT)
        shared = concurrently(server, token, questions)
        alone = [plain(ask(server, token, question)) for question in questions]
    assert shared == alone
    with served(assistant, tmp_path / "other") as (server, api):
        token = api.token(AccessRole.AGENT)
        for _ in range(2):
            assert [plain(ask(server, token, question)) for question in questions] == alone


def test_beyond_the_line_is_a_clear_503(small_assistant: Assistant, tmp_path: Path) -> None:
    encoder = SlowEncoder()
    with served(small_assistant.using(encoder), tmp_path, queue=3) as (server, api):
        token = api.token(AccessRole.AGENT)
        # 24 are worked on, one of them in the encoder; three wait. One comes after the other: of a crowd that comes
        # before the threads have begun, some would find the line full.
        open_ones = []
        for number in range(27):
            open_ones.append(begin(server, token, f"退货{number}"))
            waits = max(0, number + 1 - 24)
            encoder.wait_for(lambda n=number, w=waits: (server.asking.wanted, server.asking.waiting) == (n + 1, w))  # type: ignore[misc]
        refused = ask(server, token, "运费")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert refused.json() == {"error": "3 questions wait already; ask again in 1 s", "fields": []}
        # Somebody else has nothing there yet, and is let in: the last of those that wait is told to come again.
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(ask, server, api.token(AccessRole.AGENT), "运费")
            assert any(b" 503 " in one.recv(64) for one in open_ones[-1:])
            encoder.open.set()
            assert other.result().status_code == 200
        for one in open_ones[:-1]:
            assert b" 200 " in one.recv(64)
        assert ask(server, token, "运费").status_code == 200


def test_no_work_for_who_has_left(small_assistant: Assistant, tmp_path: Path) -> None:
    encoder = SlowEncoder()
    with served(small_assistant.using(encoder), tmp_path) as (server, api):
        token = api.token(AccessRole.AGENT)
        first = begin(server, token, "运费")
        assert encoder.entered.acquire(timeout=PATIENCE)
        leaving = [begin(server, token, f"退货{number}") for number in range(40)]
        encoder.wait_for(lambda: server.asking.waiting == 40 - 23)
        for one in leaving:
            one.close()
        encoder.wait_for(lambda: server.asking.waiting == 0)
        encoder.wait_for(lambda: server.asking.wanted == 1)
        encoder.open.set()
        assert b" 200 " in first.recv(64)
        assert ask(server, token, "发票").status_code == 200
    assert encoder.calls == [["运费"], ["发票"]]


def test_an_answer_that_is_late_is_a_504(small_assistant: Assistant, tmp_path: Path) -> None:
    encoder = SlowEncoder()
    with served(small_assistant.using(encoder), tmp_path, deadline=0.2) as (server, api):
        token = api.token(AccessRole.AGENT)
        for asked, within in (("", "0.2"), ("0.05", "0.05"), ("9", "0.2")):
            late = ask(server, token, "运费", **({"X-Request-Timeout": asked} if asked else {}))
            told = f"the answer was not ready within {within} s; ask again"
            assert (late.status_code, late.json()["error"]) == (504, told)
        encoder.open.set()


def test_no_work_for_what_is_late(small_assistant: Assistant, tmp_path: Path) -> None:
    encoder = SlowEncoder()
    with served(small_assistant.using(encoder), tmp_path) as (server, api):
        token = api.token(AccessRole.AGENT)
        first = begin(server, token, "运费")
        assert encoder.entered.acquire(timeout=PATIENCE)
        assert ask(server, token, "退货", **{"X-Request-Timeout": "0.05"}).status_code == 504
        encoder.open.set()
        assert b" 200 " in first.recv(64)
        assert ask(server, token, "发票").status_code == 200
    assert encoder.calls == [["运费"], ["发票"]]


def test_a_wrong_time_is_told(api: Api) -> None:
    with api.client() as client:
        for wrong in ("0", "-1", "soon", "601"):
            refused = client.post("/v1/suggestions", json={"question": "运费"}, headers={"X-Request-Timeout": wrong})
            assert refused.status_code == 422
            assert [field["field"] for field in refused.json()["fields"]] == ["X-Request-Timeout"]


def test_what_fails_is_that_request_s_alone(small_assistant: Assistant, tmp_path: Path) -> None:
    encoder = SlowEncoder(refused="坏")
    encoder.open.set()
    with served(small_assistant.using(encoder), tmp_path) as (server, api):
        token = api.token(AccessRole.AGENT)
        failed = ask(server, token, "坏")
        assert (failed.status_code, failed.json()["fields"]) == (500, [])
        assert ask(server, token, "运费").status_code == 200


def test_a_switch_waits_for_those_worked_on_and_not_for_those_that_wait(
    small_assistant: Assistant, tmp_path: Path
) -> None:
    old, new = SlowEncoder(), SlowEncoder()
    new.open.set()
    with served(small_assistant.using(old), tmp_path) as (server, api):
        serving: Serving = server.app.state.answers
        token = api.token(AccessRole.AGENT)
        with ThreadPoolExecutor(30) as pool:
            asked = [pool.submit(ask, server, token, f"退货{number}") for number in range(30)]
            # All have come, and those worked on hold the Assistant of before.
            old.wait_for(lambda: server.asking.wanted == 30 and serving._held.requests == 24)
            serving.switch(small_assistant.using(new), 2)
            assert serving.settled is None
            old.open.set()
            assert {one.result().status_code for one in asked} == {200}
        old.wait_for(lambda: serving.settled == 2)
    # Those that waited are answered by the new one.
    assert sum(map(len, old.calls)) == 24
    assert sum(map(len, new.calls)) == 6


def test_openapi_still_tells_the_answer(api: Api) -> None:
    with api.client() as client:
        operation = client.get("/openapi.json").json()["paths"]["/v1/suggestions"]["post"]
    shown = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    assert re.fullmatch(r"#/components/schemas/AnswerOut", shown)
    assert {"503", "504"} <= set(operation["responses"])
    assert [one["name"] for one in operation["parameters"]] == ["X-Request-Timeout"]
