from __future__ import annotations

import logging
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.auth import TRIES, TRIES_ALTOGETHER
from api.serving import Serving
from kb.store.records import AccessRole
from tests.support.http import ROOT, Api

WRONG = "kb_0123456789ab_" + "0" * 64


def ask(client: TestClient, authorization: str | None = None) -> tuple[int, str]:
    headers = {} if authorization is None else {"Authorization": authorization}
    response = client.get("/v1/key", headers=headers)
    return response.status_code, response.json().get("error", "")


def test_without_a_key_it_says_what_to_do(api: Api) -> None:
    response = api.client(None).post("/v1/suggestions", json={"question": "退货"})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="kb"'
    assert "Authorization: Bearer kb_…" in response.json()["error"]
    assert "kb keys add NAME --role agent" in response.json()["error"]
    assert response.json()["fields"] == []


def test_a_key_opens(api: Api) -> None:
    token = api.token(AccessRole.OWNER, ["售后组"])
    client = api.client(None)
    said = client.get("/v1/key", headers={"Authorization": f"bearer  {token} "}).json()
    assert said == {"name": "owner 1", "role": "owner", "owners": ["售后组"]}


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic a2I6a2I=", WRONG, f"Bearer {WRONG}", f"Bearer {WRONG}x", "Bearer kb__",
     "Bearer " + "x" * 8000, "Bearer \xff\xfe", "Bearer kb_' OR 1=1 --_x", f"Bearer {WRONG}, Bearer {WRONG}"],
)  # fmt: skip
def test_what_is_no_key(api: Api, authorization: str) -> None:
    response = api.client(None).get("/v1/key", headers=[(b"Authorization", authorization.encode("latin-1"))])
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith('Bearer realm="kb"')
    assert authorization[7:] == "" or authorization[7:] not in response.text


def test_two_headers_are_none(api: Api) -> None:
    token = api.token(AccessRole.ADMIN)
    headers = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {WRONG}")]
    assert api.client(None).get("/v1/key", headers=headers).status_code == 401


def test_a_revoked_key_opens_nothing(api: Api) -> None:
    client = api.client(AccessRole.ADMIN)
    assert ask(client)[0] == 200
    (key,) = api.services.keys.list()
    api.services.keys.revoke(key.id, ROOT)
    status, said = ask(client)
    assert status == 401
    assert "was revoked" in said


def test_a_key_is_no_query(api: Api) -> None:
    token = api.token(AccessRole.ADMIN)
    for path in ("/v1/key", "/v1/calendar", "/v1/calendar.ics"):
        assert api.client(None).get(path, params={"key": token, "token": token}).status_code == 401


def test_failed_tries_are_limited_for_one_key_alone(api: Api) -> None:
    client = api.client(None)
    good = f"Bearer {api.token(AccessRole.AGENT)}"
    assert [ask(client, f"Bearer {WRONG}")[0] for _ in range(TRIES)] == [401] * TRIES
    response = client.get("/v1/key", headers={"Authorization": f"Bearer {WRONG}"})
    assert (response.status_code, response.headers["retry-after"]) == (429, "60")
    assert "in a minute" in response.json()["error"]
    assert ask(client, good)[0] == 200  # the colleague behind the same address


def test_failed_tries_of_one_address_are_limited_altogether(api: Api) -> None:
    client = api.client(None)
    good = f"Bearer {api.token(AccessRole.AGENT)}"
    tried = [ask(client, f"Bearer kb_{n:012x}_{'0' * 64}")[0] for n in range(TRIES_ALTOGETHER + 5)]
    assert tried == [401] * TRIES_ALTOGETHER + [429] * 5
    assert ask(client, good)[0] == 200


def test_addresses_are_counted_apart(api: Api) -> None:
    app = create_app(Serving(api.assistant), api.settings, api.services)
    one, other = (TestClient(app, client=(host, 1)) for host in ("192.0.2.1", "192.0.2.2"))
    assert {ask(one, f"Bearer {WRONG}")[0] for _ in range(TRIES + 1)} == {401, 429}
    assert ask(other, f"Bearer {WRONG}")[0] == 401


def test_a_body_is_not_read_without_a_key(api: Api) -> None:
    response = api.client(None).post("/v1/suggestions", content=b"x" * 2_000_000)
    assert response.status_code == 401


def test_no_token_is_logged(api: Api, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = api.token(AccessRole.ADMIN)
    secret = token.rsplit("_", 1)[1]
    client = api.client(None)
    made = client.post(
        "/v1/keys", json={"name": "neu", "role": "qa"}, headers={"Authorization": f"Bearer {token}"}
    ).json()["token"]
    ask(client, f"Bearer {token}")
    ask(client, f"Bearer {WRONG}")
    out = capfd.readouterr()
    logged = caplog.text + out.out + out.err
    for hidden in (secret, made.rsplit("_", 1)[1], "0" * 64):
        assert hidden not in logged


def test_every_answer_has_its_headers(api: Api) -> None:
    client = api.client(AccessRole.AGENT)
    for path in ("/v1/key", "/healthz", "/v1/nope", "/openapi.json", "/v1/articles/return-new"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers
    refused = api.client(None).get("/v1/key")
    assert refused.headers["cache-control"] == "no-store"


def test_no_other_site_may_ask(api: Api) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = api.client(None).options("/v1/suggestions", headers=headers)
    assert response.status_code == 401
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"]
)
def test_only_json_is_read(api: Api, kind: str) -> None:
    response = api.client().post("/v1/suggestions", content=b'{"question": "x"}', headers={"content-type": kind})
    assert response.status_code == 422


def test_a_websocket_is_closed(api: Api) -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), api.client().websocket_connect("/v1/suggestions"):
        pass


def test_a_key_made_elsewhere_opens_at_once(api: Api, tmp_path: Path) -> None:
    from kb.store.key_store import KeyStore

    other = KeyStore.open(api.settings)
    _, token = other.add("elsewhere", AccessRole.QA, (), ROOT)
    other.close()
    assert tmp_path == api.settings.var
    assert ask(api.client(None), f"Bearer {token}")[0] == 200
