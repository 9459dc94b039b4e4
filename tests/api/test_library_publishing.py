"""Publishing, withdrawing and weighing changes over HTTP."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from kb.errors import GateRefused, PublishConflict, StoreError
from kb.gate import GateFailure, GateVerdict
from kb.store.records import AccessRole
from tests.support.http import Api
from tests.support.library_api import saved, text


def test_a_shut_gate_names_question_and_article(api: Api, owner: TestClient) -> None:
    saved(owner, "return-7")
    verdict = GateVerdict(
        (GateFailure("must_pass 几天能退", "first is return-15", "return-7"), GateFailure("hit@1", "fell"))
    )
    api.publisher.error = GateRefused(3, verdict)
    response = owner.post("/v1/library/articles/return-7/publish", json={"why": "x"})
    assert response.status_code == 409
    assert response.json()["fields"] == [
        {"field": "must_pass 几天能退", "message": "return-7: first is return-15"},
        {"field": "hit@1", "message": "fell"},
    ]
    assert "the gate is shut for publication 3" in response.json()["error"]
    api.publisher.error = None
    forced = owner.post("/v1/library/articles/return-7/publish", json={"why": "x", "force": " 老板说的 "})
    assert forced.status_code == 200
    assert api.publisher.calls[-1][2] == "老板说的"


@pytest.mark.parametrize(
    ("error", "status"), [(PublishConflict("another was first"), 409), (StoreError("/secret"), 500)]
)
def test_other_refusals_of_the_publisher(api: Api, owner: TestClient, error: Exception, status: int) -> None:
    saved(owner, "return-7")
    api.publisher.error = error
    response = owner.post("/v1/library/articles/return-7/publish", json={"why": "x"})
    assert response.status_code == status
    assert "secret" not in response.text


def test_publishing_only_what_was_seen(owner: TestClient, admin: TestClient) -> None:
    first = saved(owner, "return-7")
    saved(admin, "return-7", text("return-7", body="签收后 15 天内可退。"), first)
    tag = {"If-Match": first.headers["etag"]}
    response = owner.post("/v1/library/articles/return-7/publish", json={"why": "x"}, headers=tag)
    assert response.status_code == 412
    assert "by admin 2" in response.json()["error"]
    receipt = owner.post("/v1/library/articles/return-7/publish", json={"why": "x", "revision": 1}).json()
    assert receipt["changes"][0]["revision"] == 1
    read = owner.get("/v1/library/articles/return-7").json()
    assert (read["state"], read["published"], read["draft"]) == ("published", 1, 2)
    assert owner.post("/v1/library/articles/return-7/publish", json={"why": "x", "revision": 5}).status_code == 404


def test_what_is_not_published_is_not_withdrawn(owner: TestClient) -> None:
    saved(owner, "return-7")
    response = owner.post("/v1/library/articles/return-7/archive", json={"why": "x"})
    assert response.status_code == 409
    assert response.json()["error"] == "`return-7` is not published, so there is nothing to withdraw"


def test_a_server_over_a_folder_publishes_nothing(api: Api) -> None:
    api.with_services(publisher=None, impact=None)
    admin = api.client(AccessRole.ADMIN)
    saved(admin, "return-7")
    response = admin.post("/v1/library/articles/return-7/publish", json={"why": "x"})
    assert response.status_code == 409
    assert "start it without --library" in response.json()["error"]
    draft = {"draft": {"path": "a.md", "source": "x"}}
    assert admin.post("/v1/library/impact", json=draft).status_code == 409


def test_impact_of_a_draft_and_of_revisions(owner: TestClient) -> None:
    draft = {"path": "rules/x.md", "source": text("x")}
    assert owner.post("/v1/library/impact", json={"draft": draft}).json() == {"changes": [], "draft": "rules/x.md"}
    changes = [{"article": "a", "revision": 1}, {"article": "b", "revision": None}]
    assert owner.post("/v1/library/impact", json={"changes": changes}).json() == {"changes": ["a", "b"], "draft": None}
    for body in ({}, {"changes": changes, "draft": draft}, {"changes": [{"article": "a"}]}):
        assert owner.post("/v1/library/impact", json=body).status_code == 422
