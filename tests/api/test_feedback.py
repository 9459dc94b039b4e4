from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kb.store.records import AccessRole
from tests.support.articles import make_article
from tests.support.http import ROOT, Api
from tests.support.library import make_assistant

NOW = datetime.now(UTC).isoformat()


def event(kind: str = "no-answer", text: str = "发票抬头怎么改", **more: object) -> dict[str, Any]:
    number = str(uuid.uuid4())
    said = {"id": number, "kind": kind, "at": NOW, "conversation": f"talk {number}", "question_id": number}
    return said | {"text": text} | more


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    articles = [
        make_article("coupon", "优惠说明", "优惠券不能叠加。"),
        make_article("bill", "发票", "发票抬头在订单里改。"),
    ]
    made = Api(make_assistant(articles, tmp_path / "index"), tmp_path / "var")
    yield made
    made.close()


@pytest.fixture
def agent(api: Api) -> TestClient:
    return api.client(AccessRole.AGENT)


def tell(client: TestClient, *events: dict[str, Any]) -> dict[str, int]:
    answer = client.post("/v1/feedback", json={"events": list(events)})
    assert answer.status_code == 200, answer.text
    done: dict[str, int] = answer.json()
    return done


def test_a_batch_counts_once_and_is_kept(api: Api, agent: TestClient) -> None:
    batch = [event(), event("inserted", "", article="coupon", rank=1, revision=2, generation="g")]
    assert tell(agent, *batch) == {"new": 2, "known": 0}
    assert tell(agent, *batch, event()) == {"new": 1, "known": 2}
    other = api.client(AccessRole.AGENT)
    assert tell(other, batch[0]) == {"new": 0, "known": 1}


def test_a_question_that_was_asked_back_is_no_gap(owner: TestClient, agent: TestClient) -> None:
    vague = {"question_id": "vague", "text": "尺码"}
    tell(agent, event() | vague, event("clarified", rank=2) | vague)
    tell(agent, event("clarified") | {"question_id": "asked back", "text": "发票"}, event())
    # One group for both that are about invoices; what is missing is the one that nothing was done with.
    (gap,) = owner.get("/v1/gaps").json()
    assert gap["examples"] == ["发票抬头怎么改"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "1"}, "events[0].id"),
        ({"kind": "liked"}, "events[0].kind"),
        ({"at": "2026-11-22T10:00:00"}, "events[0].at"),
        ({"unknown": 1}, "events[0].unknown"),
        ({"rank": 0}, "events[0].rank"),
        ({"text": "好" * 2001}, "events[0].text"),
        ({"kind": "inserted"}, "article"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(agent: TestClient, change: dict[str, Any], field: str) -> None:
    answer = agent.post("/v1/feedback", json={"events": [event() | change, event()]})
    assert answer.status_code == 422
    assert field in [one["field"] for one in answer.json()["fields"]]


def test_two_hundred_events_at_once_and_no_more(agent: TestClient) -> None:
    many = [event(text="问" * 300) for _ in range(200)]
    assert tell(agent, *many)["new"] == 200
    assert agent.post("/v1/feedback", json={"events": [*many, event()]}).status_code == 422
    assert agent.post("/v1/feedback", json={"events": []}).status_code == 422


def test_roles(api: Api, agent: TestClient, owner: TestClient) -> None:
    assert agent.get("/v1/gaps").status_code == 403
    assert agent.get("/v1/rises").status_code == 200
    assert agent.post("/v1/unified-replies", json={"gap": 1, "reply": "x"}).status_code == 403
    assert owner.get("/v1/gaps").json() == []
    assert api.client(None).post("/v1/feedback", json={"events": [event()]}).status_code == 401


def test_a_gap_from_open_to_answered(agent: TestClient, owner: TestClient) -> None:
    tell(agent, event(text="发票抬头怎么改 我电话13812345678", article="coupon"), event(text="发票抬头怎么改"))
    (gap,) = owner.get("/v1/gaps").json()
    assert (gap["state"], gap["conversations"], gap["nearest"]) == ("open", 2, "coupon")
    assert "发票抬头怎么改 我电话[手机号]" in gap["examples"]
    detail = owner.get(f"/v1/gaps/{gap['number']}").json()
    assert {one["article"] for one in detail["lacked"]} == {"bill"}

    given = owner.post("/v1/gaps/1/assign", json={"owner": "售后组"}).json()
    assert (given["state"], given["owner"]) == ("assigned", "售后组")
    drafted = owner.post("/v1/gaps/1/draft", json={})
    assert (drafted.status_code, drafted.json()["article"]) == (200, "gap-1")
    assert owner.get("/v1/library/articles/gap-1").json()["state"] == "draft"
    assert owner.post("/v1/gaps/1/draft", json={}).status_code == 409
    checked = owner.post("/v1/gaps/1/check").json()
    assert checked["state"] == "drafted"
    assert [one["first"] for one in checked["checked"]] == ["bill", "bill"]
    assert owner.get("/v1/gaps/9").status_code == 404
    assert owner.post("/v1/gaps/9/check").status_code == 404


def test_an_answered_gap_joins_the_questions(api: Api, agent: TestClient, owner: TestClient) -> None:
    api.services.library.save(
        "bill.md", "---\ntitle: 发票\nkind: policy\nowner: 售后组\n---\n发票".encode(), ROOT, "", None
    )
    tell(agent, event(text="发票抬头"))
    assert owner.post("/v1/gaps/1/draft", json={"article": "nobody"}).status_code == 404
    assert owner.post("/v1/gaps/1/draft", json={"article": "bill"}).json()["state"] == "drafted"
    assert owner.post("/v1/gaps/1/check").json()["state"] == "answered"
    rows = (api.settings.var / "gap-questions.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(row)["question"] for row in rows] == ["发票抬头"]
    assert owner.get("/v1/gaps").json() == []


def test_a_rise_is_told_and_one_reply_stands_first_until_it_is_lifted(agent: TestClient, owner: TestClient) -> None:
    tell(agent, *[event("shown", "洗衣机付不了款", article="coupon") for _ in range(7)])
    (rise,) = agent.get("/v1/rises").json()
    assert (rise["title"], rise["conversations"], rise["unified"]) == ("洗衣机付不了款", 7, None)
    made = owner.post("/v1/unified-replies", json={"gap": rise["gap"], "reply": "支付正在恢复"}).json()
    answer = owner.post("/v1/suggestions", json={"question": "洗衣机付不了款"}).json()
    assert answer["unified"]["reply"] == "支付正在恢复"
    assert owner.get("/v1/rises").json()[0]["unified"]["number"] == made["number"]
    assert owner.post("/v1/suggestions", json={"question": "优惠券"}).json()["unified"] is None
    assert owner.post(f"/v1/unified-replies/{made['number']}/lift").json()["lifted_at"]
    assert owner.post("/v1/suggestions", json={"question": "洗衣机付不了款"}).json()["unified"] is None
    assert owner.get("/v1/unified-replies").json() == []


def test_a_publication_checks_the_gaps_of_its_articles(api: Api, agent: TestClient) -> None:
    admin = api.client(AccessRole.ADMIN)
    api.services.library.save(
        "bill.md", "---\ntitle: 发票\nkind: policy\nowner: 售后组\n---\n发票".encode(), ROOT, "", None
    )
    tell(agent, event(text="发票抬头"))
    admin.post("/v1/gaps/1/draft", json={"article": "bill"})
    answer = admin.post("/v1/library/articles/bill/publish", json={"why": "写好了"})
    assert answer.status_code == 200, answer.text
    assert admin.get("/v1/gaps").json() == []
    assert (api.settings.var / "gap-questions.jsonl").exists()
