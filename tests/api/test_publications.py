from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from kb.assistant import Assistant
from kb.health import Usage
from kb.store.records import AccessRole
from tests.support.http import Api
from tests.support.library_api import published, saved, text


def test_several_changes_at_once(admin: TestClient) -> None:
    published(admin, "old")
    for name in ("a", "b"):
        saved(admin, name)
    steps = [{"article": "a", "revision": 1}, {"article": "b", "revision": 1}, {"article": "old", "revision": None}]
    receipt = admin.post("/v1/publications", json={"changes": steps, "why": "换季"}).json()
    assert [(c["article"], c["revision"], c["before"]) for c in receipt["changes"]] == [
        ("a", 1, None),
        ("b", 1, None),
        ("old", None, 1),
    ]
    assert [c["withdrawal"] is not None for c in receipt["changes"]] == [False, False, True]
    assert admin.get("/v1/library/articles/old").json()["state"] == "archived"


def test_all_or_nothing(api: Api, admin: TestClient) -> None:
    saved(admin, "a")
    steps = [{"article": "a", "revision": 1}, {"article": "nobody", "revision": 1}]
    assert admin.post("/v1/publications", json={"changes": steps, "why": "x"}).status_code == 404
    owner = api.client(AccessRole.OWNER, ["售后组"])
    saved(admin, "b", text("b", owner="物流组"))
    steps = [{"article": "a", "revision": 1}, {"article": "b", "revision": 1}]
    assert owner.post("/v1/publications", json={"changes": steps, "why": "x"}).status_code == 403
    for name in ("a", "b"):
        assert admin.get(f"/v1/library/articles/{name}").json()["state"] == "draft"
    assert admin.get("/v1/publications").json() == []


@pytest.mark.parametrize(
    "changes", [[], [{"article": "a"}], [{"article": "", "revision": 1}], [{"article": "a", "revision": 0}]]
)
def test_bad_changes(admin: TestClient, changes: list[object]) -> None:
    assert admin.post("/v1/publications", json={"changes": changes, "why": "x"}).status_code == 422


def test_receipts_are_kept(admin: TestClient) -> None:
    published(admin, "a")
    admin.post("/v1/library/articles/a/archive", json={"why": "停用"})
    listed = admin.get("/v1/publications").json()
    assert [(p["number"], p["base"], p["state"], p["by"], p["why"]) for p in listed] == [
        (2, 1, "active", "admin 1", "停用"),
        (1, 0, "active", "admin 1", "开始"),
    ]
    assert "receipt" not in listed[0]
    one = admin.get("/v1/publications/2").json()
    assert one["receipt"]["changes"][0]["withdrawal"]["passages"] == 0
    assert one["gate"] == {"open": True}
    assert one["changes"] == [{"name": "a", "revision": None, "before": 1}]
    assert len(admin.get("/v1/publications", params={"limit": 1}).json()) == 1
    for number, status in (("3", 404), ("0", 422), ("x", 422), ("9" * 40, 422)):
        assert admin.get(f"/v1/publications/{number}").status_code == status


def test_rollback(admin: TestClient) -> None:
    assert admin.post("/v1/generations/rollback", json={"why": "x"}).status_code == 409
    published(admin, "a")
    response = admin.post("/v1/generations/rollback", json={"why": "x"})
    assert response.status_code == 409
    assert "no earlier publication" in response.json()["error"]
    published(admin, "b")
    receipt = admin.post("/v1/generations/rollback", json={"why": "写错"}).json()
    assert [(c["article"], c["revision"]) for c in receipt["changes"]] == [("b", None)] or receipt["changes"]
    assert admin.get("/v1/library/articles/b").json()["state"] == "archived"
    assert admin.post("/v1/generations/rollback", json={"publication": 2, "why": "x"}).status_code == 200
    assert admin.get("/v1/library/articles/b").json()["state"] == "published"
    both = {"publication": 1, "generation": "0" * 16, "why": "x"}
    assert admin.post("/v1/generations/rollback", json=both).status_code == 422
    assert admin.post("/v1/generations/rollback", json={"generation": "../x", "why": "x"}).status_code == 422


def test_generations_on_disk(admin: TestClient) -> None:
    assert admin.get("/v1/generations").json() == []


def test_generations_of_the_index(small_assistant: Assistant, tmp_path: Path) -> None:
    from tests.support.library import make_assistant, small_library

    api = Api(make_assistant(small_library(), tmp_path), tmp_path)
    (one,) = api.client(AccessRole.QA).get("/v1/generations").json()
    assert one["id"] == small_assistant.index.generation == api.assistant.index.generation
    assert (one["serves"], one["articles"], one["publication"], one["wrong"]) == (True, 7, 0, "")
    assert one["passages"] == len(small_assistant.index.passages)
    assert one["bytes"] > 0


def test_status(api: Api, admin: TestClient) -> None:
    published(admin, "a")
    saved(admin, "b")
    said = admin.get("/v1/status").json()
    assert (said["publication"], said["states"], said["pending"]) == (1, {"published": 1, "draft": 1}, 1)
    assert said["generation"] == api.assistant.index.generation
    assert (said["articles"], said["processes"]) == (7, [])
    assert said["space"]["free"] > 0
    assert said["space"]["var"] >= said["space"]["generations"]
    assert set(said["health"]) == {"overdue", "untested", "unused", "often_and_old"}
    assert said["health"]["unused"] is None


class UsedOnce:
    def tested(self) -> list[str]:
        return []

    def usage(self) -> Usage:
        from datetime import UTC, datetime

        return Usage(datetime(2026, 10, 1, tzinfo=UTC), {"coupon": 1})


def test_status_with_usage(api: Api) -> None:
    api.with_services(known=UsedOnce())
    unused = api.client(AccessRole.QA).get("/v1/status").json()["health"]["unused"]
    assert "coupon" not in [one["article"] for one in unused]
    assert "washer" in [one["article"] for one in unused]
