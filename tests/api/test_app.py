from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.app import MAX_BODY
from api.schemas import answer_out
from kb import __version__
from kb.assistant import Assistant
from kb.errors import GenerationError
from kb.question import Question
from tests.support.articles import make_article
from tests.support.http import Api
from tests.support.library import make_assistant, small_library

HOSTILE = """<script>alert(1)</script>

<img src=x onerror="alert(2)">[点我](javascript:alert(3)) ![图](https://evil.example/x.png)

`<script>alert(4)</script>` <a href="https://ok.example" onclick="alert(5)">链接</a>

| <b>列</b> | 二 |
|---|---|
| <iframe src="//evil.example"></iframe> | </td><script>alert(6)</script> |
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    articles = [
        *small_library(),
        replace(make_article("x", "手环说明", "手环防水。"), id="手环-说明"),
        make_article("hostile", "运费", HOSTILE),
    ]
    return make_assistant(articles, tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def client(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    api = Api(assistant, tmp_path_factory.mktemp("store"))
    with api.client() as client:
        yield client
    api.close()


def ask(client: TestClient, **body: object) -> dict[str, Any]:
    response = client.post("/v1/suggestions", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def wrong_fields(client: TestClient, body: object) -> list[str]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = client.post("/v1/suggestions", content=raw, headers={"content-type": "application/json"})
    assert response.status_code == 422, response.text
    said = response.json()
    assert said["error"] == "the request is not valid"
    assert all(field["message"] for field in said["fields"])
    return [field["field"] for field in said["fields"]]


def test_the_shape_of_an_answer(client: TestClient, assistant: Assistant) -> None:
    answer = ask(client, question="退货的运费", limit=2, explain=True)
    known = {"id", "suggestions", "answerable", "offered", "generation", "config", "took_ms", "calm", "upcoming"}
    assert set(answer) == known | {"clarify", "lacking", "whom_to_ask", "filtered", "understood", "parts", "unified"}
    assert (answer["parts"], answer["understood"]["searched"]) == ([], "退货的运费")
    assert answer["answerable"] is True
    assert answer["calm"] is None
    assert answer["generation"] == assistant.index.generation
    assert set(answer["took_ms"]) == {"understand", "encode", "retrieve", "features", "rank", "reply", "total"}
    assert len(answer["suggestions"]) == 2
    first = answer["suggestions"][0]
    why = first.pop("why")
    confidence = first.pop("confidence")
    assert confidence == pytest.approx(0.99991, abs=1e-4)
    assert set(why) == {"scores", "words", "notes", "features", "confidence"}
    total = sum(part["contribution"] for part in why["features"])
    assert total == pytest.approx(why["scores"]["sum"], abs=1e-4)
    assert answer["filtered"] == [
        {"rank": 2, "article": "return-old", "title": "退货规则", "reason": "ended on 2026-09-01T00:00:00+08:00"}
    ]
    assert why["words"] == ["退货的运费"]
    assert first == {
        "rank": 1,
        "reply": "退货的运费最多补 25 元。",
        "reply_kind": "sentences",
        "sendable": True,
        "answers": None,
        "blanks": [],
        "snippet": {"text": "退货的运费最多补 25 元。", "highlights": [[0, 14]], "words": [[0, 2], [3, 5]]},
        "source": {
            "article": "return-new",
            "title": "退货规则",
            "headings": [],
            "kind": "return-rule",
            "audience": "public",
            "owner": "",
            "lines": [8, 8],
            "effective_from": "2026-09-01T00:00:00+08:00",
            "effective_until": None,
            "url": "/v1/articles/return-new",
            "revision": None,
        },
        "period": {
            "as_of": "2026-11-22T12:00:00+08:00",
            "said": None,
            "effective_from": "2026-09-01T00:00:00+08:00",
            "effective_until": None,
            "change": None,
            "note": "2026-09-01 00:00 起有效",
        },
    }


def test_the_answer_is_the_assistant_own(client: TestClient) -> None:
    body = {"question": "优惠", "context": {"at": "2026-11-27T00:00:00+08:00"}}
    assert ask(client, **body)["suggestions"][0]["source"]["article"] == "coupon"
    bare_date = {"question": "退货的运费", "context": {"as_of": "2026-08-31"}}
    assert ask(client, **bare_date)["suggestions"][0]["source"]["article"] == "return-old"


def test_the_shape_of_a_period(client: TestClient) -> None:
    answer = ask(client, question="8月20号买的，退货的运费", context={"at": "2026-11-22T10:00:00+08:00"})
    first = answer["suggestions"][0]
    assert first["source"]["article"] == "return-old"
    assert first["period"] == {
        "as_of": "2026-08-20T12:00:00+08:00",
        "said": "8月20号",
        "effective_from": None,
        "effective_until": "2026-09-01T00:00:00+08:00",
        "change": {"at": "2026-09-01T00:00:00+08:00", "article": "return-new", "title": "退货规则"},
        "note": "按 2026-08-20 下单时的规则；09-01 起改为《退货规则》",
    }
    assert answer["upcoming"] == []


def test_what_begins_soon_has_the_shape_of_a_suggestion(tmp_path: Path) -> None:
    assistant = make_assistant([make_article("soon", "手环上新", effective_from="2026-11-23")], tmp_path)
    answer = answer_out(assistant.suggest(Question("手环"))).model_dump()
    (soon,) = answer["upcoming"]
    assert soon["source"]["article"] == "soon"
    assert soon["period"]["note"] == "2026-11-23 00:00 起生效"
    assert answer["suggestions"] == []


def test_the_shape_of_calm(client: TestClient) -> None:
    answer = ask(client, question="快递丢件了，气死我了")
    assert answer["calm"] == {
        "mood": {"kind": "anger", "words": [{"kind": "anger", "text": "气死", "start": 6, "end": 8}]},
        "advice": None,
        "opening": None,
    }
    assert answer["suggestions"][0]["source"]["article"] == "refund"


def test_without_explain_there_is_no_why(client: TestClient) -> None:
    assert ask(client, question="退货")["suggestions"][0]["why"] is None


@pytest.mark.parametrize("text", ["退货的运费", "优惠", "运费", "👍", "\0", "<script>", "手环"])
def test_highlights_are_inside_their_text(client: TestClient, text: str) -> None:
    for suggestion in ask(client, question=text, limit=10)["suggestions"]:
        snippet = suggestion["snippet"]
        end = 0
        for start, stop in snippet["highlights"]:
            assert end <= start < stop <= len(snippet["text"])
            end = stop


def test_every_source_can_be_opened(client: TestClient) -> None:
    for suggestion in ask(client, question="退货的运费和手环", limit=10)["suggestions"]:
        source = suggestion["source"]
        article = client.get(source["url"]).json()
        assert article["id"] == source["article"]
        first, last = source["lines"]
        assert 1 <= first <= last <= len(article["markdown"].split("\n"))


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["question"]),
        ({"question": ""}, ["question"]),
        ({"question": " \n "}, ["question"]),
        ({"question": None}, ["question"]),
        ({"question": 5}, ["question"]),
        ({"question": "退" * 2001}, ["question"]),
        ({"question": "退\ud800"}, ["question"]),
        ({"question": "退", "colour": "red"}, ["colour"]),
        ({"question": "退", "body": 1}, ["body"]),
        ({"question": "退", "limit": 0}, ["limit"]),
        ({"question": "退", "limit": 11}, ["limit"]),
        ({"question": "退", "limit": "many"}, ["limit"]),
        ({"question": "退", "explain": "perhaps"}, ["explain"]),
        ({"question": "退", "history": [{"role": "agent", "text": ""}] * 51}, ["history"]),
        ({"question": "退", "history": [{"role": "agent", "text": ""}] * 3 + [{"role": "bot"}]},
         ["history[3].role", "history[3].text"]),
        ({"question": "退", "history": [{"role": "agent", "text": "货" * 4001}]}, ["history[0].text"]),
        ({"question": "退", "history": [{"role": "agent", "text": "", "body": 1}]}, ["history[0].body"]),
        ({"question": "退", "history": ["x"]}, ["history[0]"]),
        ({"question": "退", "history": None}, ["history"]),
        ({"question": "退", "context": {"as_of": "昨天"}}, ["context.as_of"]),
        ({"question": "退", "context": {"as_of": "2026-08-31T10:00:00"}}, ["context.as_of"]),
        ({"question": "退", "context": {"as_of": "0001-01-01T00:00:00+08:00"}}, ["context.as_of"]),
        ({"question": "退", "context": {"at": "2" * 41}}, ["context.at"]),
        ({"question": "退", "context": {"at": 20261101}}, ["context.at"]),
        ({"question": "退", "context": {"stage": "later"}}, ["context.stage"]),
        ({"question": "退", "context": {"product": " "}}, ["context.product"]),
        ({"question": "退", "context": {"channel": "a" * 201}}, ["context.channel"]),
        ({"question": "退", "context": {"where": "jd"}}, ["context.where"]),
        ({"question": "退", "context": {"slots": {"名": "a" * 201}}}, ["context.slots.名"]),
        ({"question": "退", "context": {"slots": {"名": 5}}}, ["context.slots.名"]),
        ({"question": "退", "context": {"slots": {str(n): "" for n in range(51)}}}, ["context.slots"]),
        ({"question": "退", "context": {"slots": ["x"]}}, ["context.slots"]),
        ({"limit": 0, "colour": 1}, ["question", "limit", "colour"]),
        (b"", ["body"]),
        (b"question=x", ["body"]),
        (b"\xff\xfe", ["body"]),
        (b"[1]", ["body"]),
        (b'"text"', ["body"]),
        (b'{"question": "x"', ["body"]),
        (b'{"question": "x", "limit": NaN}', ["limit"]),
    ],
)  # fmt: skip
def test_a_bad_request_names_its_fields(client: TestClient, body: object, fields: list[str]) -> None:
    assert wrong_fields(client, body) == fields


def test_at_every_bound(client: TestClient) -> None:
    history = [{"role": "customer", "text": "好"}] * 50
    assert ask(client, question="退" * 2000, history=history, limit=10, context={"product": "a" * 200})
    assert ask(client, question="退", history=[], context={}, limit=1)
    assert ask(client, question="退" + " " * 3000)  # spaces around are no part of it
    assert ask(client, question="退", context={"product": None, "at": None})


@pytest.mark.parametrize("name", ["", " ", "名" * 41])
def test_a_slot_has_a_name_of_at_most_40_characters(client: TestClient, name: str) -> None:
    (field,) = wrong_fields(client, {"question": "退", "context": {"slots": {name: "x"}}})
    assert field.startswith("context.slots")


@pytest.mark.parametrize("raw", [b"[" * 50_000, b'{"question": "x", "limit": ' + b"9" * 5000 + b"}"])
def test_what_breaks_the_parser_is_a_bad_request(client: TestClient, raw: bytes) -> None:
    response = client.post("/v1/suggestions", content=raw, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.json()["error"]


def padded(size: int) -> bytes:
    body = json.dumps({"question": "退货"}).encode()
    return body + b" " * (size - len(body))


def pieces(raw: bytes) -> Iterator[bytes]:
    for start in range(0, len(raw), 1000):
        yield raw[start : start + 1000]


def test_a_body_at_the_limit_is_read_and_one_over_it_is_refused(client: TestClient) -> None:
    headers = {"content-type": "application/json"}
    for whole in (padded(MAX_BODY), pieces(padded(MAX_BODY))):
        response = client.post("/v1/suggestions", content=whole, headers=headers)
        assert response.status_code == 200
    for over in (padded(MAX_BODY + 1), pieces(padded(MAX_BODY + 1)), pieces(padded(10 * MAX_BODY))):
        response = client.post("/v1/suggestions", content=over, headers=headers)
        assert response.status_code == 413
        assert response.json() == {"error": "the request body is over 65536 bytes; send less", "fields": []}
    assert MAX_BODY == 64 * 1024


def test_a_streamed_body_has_no_length(client: TestClient) -> None:
    request = client.build_request("POST", "/v1/suggestions", content=pieces(padded(10)))
    assert "content-length" not in request.headers


@pytest.mark.parametrize("length", ["65537", "00065537", "9" * 5000])
def test_a_declared_length_is_enough_to_refuse(client: TestClient, length: str) -> None:
    response = client.post("/v1/suggestions", content=b"{}", headers={"content-length": length})
    assert response.status_code == 413


@pytest.mark.parametrize("length", ["-1", "x", "0002"])
def test_an_odd_length_is_counted_by_hand(client: TestClient, length: str) -> None:
    response = client.post(
        "/v1/suggestions", content=b"{}", headers={"content-length": length, "content-type": "application/json"}
    )
    assert response.status_code == 422


def test_an_article(client: TestClient, assistant: Assistant) -> None:
    found = client.get("/v1/articles/return-old").json()
    assert found["id"] == "return-old"
    assert found["markdown"].startswith("---\ntitle: 退货规则\nkind: return-rule\n")
    assert "退货的运费最多补 12 元。" in found["html"]
    assert found["effective_until"] == "2026-09-01T00:00:00+08:00"  # superseded
    assert found["generation"] == assistant.index.generation
    washer = client.get("/v1/articles/washer").json()
    assert (washer["products"], washer["channels"], washer["kind"]) == (["QY-W10"], [], "product")


def test_an_article_with_a_chinese_id(client: TestClient) -> None:
    assert client.get(f"/v1/articles/{quote('手环-说明')}").json()["title"] == "手环说明"
    assert client.get("/v1/articles/手环-说明").json()["title"] == "手环说明"


@pytest.mark.parametrize(
    "name",
    ["nobody", "", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "a/b/c", "%00", "%ff", "x" * 5000, "<script>", "return-new%20",
     "%E9%80%80", "RETURN-NEW", "..%5c..", "'%20OR%201=1"],
)  # fmt: skip
def test_no_such_article(client: TestClient, name: str) -> None:
    response = client.get(f"/v1/articles/{name}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"
    assert response.json()["error"].startswith("no article ")
    assert response.json()["fields"] == []


def test_html_never_has_script(client: TestClient) -> None:
    found = client.get("/v1/articles/hostile").json()
    html = found["html"].lower()
    for tag in ("<script", "<img", "<iframe", "<b>", '<a href="https://ok'):
        assert tag not in html
    assert 'href="javascript' not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "<table" in html
    assert "<script>alert(1)</script>" in found["markdown"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nope", 404), ("GET", "/v1/suggestions", 405), ("PUT", "/healthz", 405)]
)
def test_every_error_has_one_shape(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert set(response.json()) == {"error", "fields"}
    if status == 405:
        assert response.headers["allow"]


@pytest.mark.parametrize("error", [GenerationError("secret path"), RuntimeError("secret path")])
def test_our_own_faults_are_500_and_keep_their_reasons(
    client: TestClient, assistant: Assistant, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(assistant, "suggest", fail)
    response = client.post("/v1/suggestions", json={"question": "退货"})
    assert response.status_code == 500
    assert response.json() == {"error": "the answer failed; the server's log says why", "fields": []}


def test_health_and_readiness(client: TestClient, assistant: Assistant) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "version": __version__}
    assert client.get("/readyz").json() == {"status": "ready", "generation": assistant.index.generation}


def test_openapi_has_examples_that_work(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert {"/v1/suggestions", "/v1/articles/{article}", "/healthz", "/readyz"} <= set(described["paths"])
    examples = described["components"]["schemas"]["QuestionIn"]["examples"]
    assert len(examples) == 2
    for example in examples:
        assert "suggestions" in ask(client, **example)
    errors = described["paths"]["/v1/suggestions"]["post"]["responses"]
    for status in ("413", "422"):
        assert errors[status]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ErrorOut"}
        assert set(errors[status]["content"]["application/json"]["example"]) == {"error", "fields"}


def test_no_page_loads_from_elsewhere(client: TestClient) -> None:
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404
