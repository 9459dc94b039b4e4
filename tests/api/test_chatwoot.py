from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.arrivals import Arrivals
from api.chatwoot import conversation_of, refusal, signed
from api.routes.chatwoot import MAX_BODY, PATH
from kb.assistant import Assistant
from kb.settings import load_settings
from tests.support.http import Api

SECRET = "a-webhooks-secret"  # noqa: S105
BODY = b'{"event":"message_created","message_type":"incoming","private":false,"conversation":{"id":42}}'
# echo -n '1764000000.{"event":…}' | openssl dgst -sha256 -hmac a-webhooks-secret
BY_HAND = "sha256=0600ccf31dead6948f38654f36aad48ba12bc3ffddcb33af794e4bb02a9a1549"
WHEN = 1_764_000_000


def event(**more: Any) -> bytes:  # noqa: ANN401
    return json.dumps(json.loads(BODY) | more).encode()


def test_the_signature_is_the_one_worked_by_hand() -> None:
    assert signed(SECRET, str(WHEN), BODY) == BY_HAND
    assert refusal(SECRET, str(WHEN), BY_HAND, BODY, WHEN) is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"timestamp": ""}, "missing"),
        ({"signature": ""}, "missing"),
        ({"signature": BY_HAND[:-1] + "x"}, "does not fit"),
        ({"signature": BY_HAND.removeprefix("sha256=")}, "does not fit"),
        ({"signature": "sha256=é"}, "does not fit"),
        ({"secret": "another-secret"}, "does not fit"),
        ({"body": BODY + b" "}, "does not fit"),
        ({"timestamp": str(WHEN + 1)}, "does not fit"),
        ({"now": WHEN + 301}, "300 seconds"),
        ({"now": WHEN - 301}, "300 seconds"),
    ],
)
def test_what_is_not_believed(change: dict[str, Any], why: str) -> None:
    asked: dict[str, Any] = {
        "secret": SECRET,
        "timestamp": str(WHEN),
        "signature": BY_HAND,
        "body": BODY,
        "now": WHEN,
    } | change
    assert why in (refusal(**asked) or "")


def test_a_time_that_is_no_number_is_refused_though_signed() -> None:
    for written in ("soon", "1764000000.0", "٣", "-1", "1" * 13):
        assert "300 seconds" in (refusal(SECRET, written, signed(SECRET, written, BODY), BODY, WHEN) or "")


def test_within_five_minutes_it_is_believed() -> None:
    for now in (WHEN - 300, WHEN + 300):
        assert refusal(SECRET, str(WHEN), BY_HAND, BODY, now) is None


@pytest.mark.parametrize(
    ("body", "conversation"),
    [
        (BODY, "chatwoot-42"),
        (event(message_type=0), "chatwoot-42"),
        (event(conversation={"id": "7"}), "chatwoot-7"),
        (event(message_type="outgoing"), None),
        (event(message_type="template"), None),
        (event(private=True), None),
        (event(event="message_updated"), None),
        (event(event="conversation_updated"), None),
        (event(conversation=None), None),
        (event(conversation={"id": True}), None),
        (event(conversation={"id": "7 8"}), None),
        (event(conversation={"id": "\n7"}), None),
    ],
)
def test_only_a_customers_message_is_told(body: bytes, conversation: str | None) -> None:
    assert conversation_of(body) == conversation


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff"])
def test_what_is_no_event(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        conversation_of(body)


@pytest.fixture
def off(api: Api) -> TestClient:
    return api.client(None)


@pytest.fixture
def on(small_assistant: Assistant, tmp_path: Path) -> Iterator[TestClient]:
    api = Api(small_assistant, tmp_path / "on", load_settings(var=tmp_path / "on", chatwoot_secret=SECRET))
    yield api.client(None)
    api.close()


def send(client: TestClient, body: bytes, **headers: str) -> tuple[int, Any]:
    now = str(int(time.time()))
    signature = {"X-Chatwoot-Timestamp": now, "X-Chatwoot-Signature": signed(SECRET, now, body)}
    answer = client.post(PATH, content=body, headers=signature | headers)
    return answer.status_code, answer.json()


def test_without_a_secret_it_is_off_and_says_what_to_do(off: TestClient) -> None:
    status, said = send(off, BODY)
    assert status == 404
    assert "KB_CHATWOOT_SECRET" in said["error"]


def test_with_a_secret_it_asks_for_no_key_but_the_signature(on: TestClient) -> None:
    assert send(on, BODY) == (200, {"told": False})
    assert send(on, event(message_type="outgoing")) == (200, {"told": False})
    status, said = send(on, BODY, **{"X-Chatwoot-Signature": "sha256=" + "0" * 64})
    assert (status, "does not fit" in said["error"]) == (401, True)
    assert send(on, b"[]")[0] == 422
    assert send(on, b"[" * 100_000)[0] == 422
    assert send(on, b" " * (MAX_BODY + 1))[0] == 413


def test_a_short_secret_is_refused_and_never_repeated() -> None:
    with pytest.raises(Exception, match="KB_CHATWOOT_SECRET") as refused:
        load_settings(chatwoot_secret="shorty")  # noqa: S106
    assert "shorty" not in str(refused.value)
    assert SECRET not in repr(load_settings(chatwoot_secret=SECRET))


def test_the_other_processes_are_told(tmp_path: Path) -> None:
    clock = [600.0]
    mine, other = (Arrivals(tmp_path, lambda: clock[0]) for _ in range(2))
    mine.add("chatwoot-1")
    other.skip()
    assert other.new() == []
    mine.add("chatwoot-2")
    mine.add("chatwoot-2")
    clock[0] = 660.0
    mine.add("chatwoot-3")
    assert other.new() == ["chatwoot-2", "chatwoot-3"]
    assert other.new() == []
    other.add("chatwoot-4")
    # One's own are no news.
    assert (other.new(), mine.new()) == ([], ["chatwoot-4"])


def test_half_a_line_waits_for_the_rest_and_old_files_go(tmp_path: Path) -> None:
    clock = [600.0]
    mine, other = (Arrivals(tmp_path, lambda: clock[0]) for _ in range(2))
    other.skip()
    mine.add("chatwoot-1")
    (path,) = (tmp_path / "arrivals").iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole + b"abc chat")
    assert other.new() == ["chatwoot-1"]
    path.write_bytes(whole + b"abc chatwoot-2\n")
    assert other.new() == ["chatwoot-2"]
    clock[0] = 900.0
    mine.add("chatwoot-3")
    assert [file.name for file in (tmp_path / "arrivals").iterdir()] == ["000000000015"]
