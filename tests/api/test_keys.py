from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.support.http import Api


def test_a_key_is_shown_once(api: Api, admin: TestClient) -> None:
    response = admin.post("/v1/keys", json={"name": " 李  四 ", "role": "owner", "owners": ["售后组", "b", "b "]})
    assert response.status_code == 201
    made = response.json()
    assert (made["name"], made["role"], made["owners"], made["revoked_at"]) == ("李 四", "owner", ["b", "售后组"], None)
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert api.client(None).get("/v1/key", headers=headers).json() == {
        "name": "李 四",
        "role": "owner",
        "owners": ["b", "售后组"],
    }
    listed = admin.get("/v1/keys")
    assert made["token"].rsplit("_", 1)[1] not in listed.text
    assert [key["name"] for key in listed.json()] == ["admin 1", "李 四"]
    assert "token" not in listed.json()[1]


def test_a_revoked_key_stays_listed(api: Api, admin: TestClient) -> None:
    made = admin.post("/v1/keys", json={"name": "a", "role": "agent"}).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert api.client(None).get("/v1/key", headers=headers).status_code == 200
    revoked = admin.delete(f"/v1/keys/{made['id']}")
    assert (revoked.status_code, revoked.json()["revoked_at"] is not None) == (200, True)
    assert api.client(None).get("/v1/key", headers=headers).status_code == 401
    assert admin.delete(f"/v1/keys/{made['id']}").status_code == 409
    assert [key["revoked_at"] is None for key in admin.get("/v1/keys").json()] == [True, False]
    assert admin.post("/v1/keys", json={"name": "a", "role": "agent"}).status_code == 201  # the name is free again


def test_a_name_is_taken_once(admin: TestClient) -> None:
    assert admin.post("/v1/keys", json={"name": "a", "role": "agent"}).status_code == 201
    response = admin.post("/v1/keys", json={"name": "a ", "role": "qa"})
    assert response.status_code == 409
    assert response.json()["error"] == "the name 'a' is that of another key; take another or revoke that first"


@pytest.mark.parametrize("key", ["nobody", "%00", "x" * 200, "..%2f", "'%20OR%201=1"])
def test_no_such_key(admin: TestClient, key: str) -> None:
    assert admin.delete(f"/v1/keys/{key}").status_code in (404, 422)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"role": "agent"}, "name"),
        ({"name": "", "role": "agent"}, "name"),
        ({"name": " \n", "role": "agent"}, "name"),
        ({"name": "a\0b", "role": "agent"}, "name"),
        ({"name": "a" * 81, "role": "agent"}, "name"),
        ({"name": "a"}, "role"),
        ({"name": "a", "role": "root"}, "role"),
        ({"name": "a", "role": "owner", "owners": [""]}, "owners[0]"),
        ({"name": "a", "role": "owner", "owners": "b"}, "owners"),
        ({"name": "a", "role": "owner", "owners": ["b"] * 101}, "owners"),
        ({"name": "a", "role": "agent", "token": "mine"}, "token"),
    ],
)
def test_a_bad_key_names_its_field(admin: TestClient, body: dict[str, object], field: str) -> None:
    response = admin.post("/v1/keys", json=body)
    assert response.status_code == 422
    assert [one["field"] for one in response.json()["fields"]] == [field]


def test_every_step_is_in_the_audit_trail(admin: TestClient) -> None:
    made = admin.post("/v1/keys", json={"name": "a", "role": "agent"}).json()
    admin.delete(f"/v1/keys/{made['id']}")
    lines = admin.get("/v1/audit").json()
    assert [(line["action"], line["by"]) for line in lines[:2]] == [("key-revoke", "admin 1"), ("key-add", "admin 1")]
    assert lines[0]["before"] == lines[1]["hash"]
    assert made["token"].rsplit("_", 1)[1] not in str(lines)
    page = admin.get("/v1/audit", params={"limit": 1, "before": lines[0]["number"]}).json()
    assert page == [lines[1]]
    assert admin.get("/v1/audit", params={"limit": 0}).status_code == 422
    assert admin.get("/v1/audit", params={"before": "x"}).status_code == 422
