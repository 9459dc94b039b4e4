from __future__ import annotations

from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.app import MAX_ARTICLE
from kb.store.records import AccessRole
from tests.support.articles import article_text
from tests.support.http import Api
from tests.support.library_api import NEW, OWNER, published, put, saved, text


def test_from_draft_to_published_and_archived(owner: TestClient, qa: TestClient, api: Api) -> None:
    response = saved(owner, "return-7")
    assert response.status_code == 201
    entry = response.json()
    assert response.headers["etag"] == f'"{entry["etag"]}"'
    assert (entry["state"], entry["draft"], entry["published"], entry["changed_by"]) == ("draft", 1, None, "owner 1")
    assert (entry["title"], entry["owner"], entry["path"]) == ("退货", OWNER, "rules/return-7.md")

    review = "/v1/library/articles/return-7/review"
    tag = {"If-Match": response.headers["etag"]}
    submitted = owner.post(review, json={"decision": "submit", "why": "请看"}, headers=tag)
    assert submitted.json()["state"] == "in-review"
    tag = {"If-Match": submitted.headers["etag"]}
    assert qa.post(review, json={"decision": "return", "why": "数字?"}, headers=tag).json()["state"] == "draft"

    receipt = owner.post("/v1/library/articles/return-7/publish", json={"why": "双十二"}).json()
    assert receipt["changes"][0] == {
        "article": "return-7",
        "revision": 1,
        "before": None,
        "applies_from": None,
        "applies_until": None,
        "withdrawal": None,
    }
    assert (receipt["publication"], receipt["is_complete"], receipt["by"]) == (1, True, "owner 1")
    assert owner.get("/v1/library/articles/return-7").json()["state"] == "published"

    receipt = owner.post("/v1/library/articles/return-7/archive", json={"why": "停用"}).json()
    assert receipt["changes"][0]["withdrawal"] == {"passages": 0, "cached": 0, "in_processes": {}}
    read = owner.get("/v1/library/articles/return-7").json()
    assert (read["state"], read["newest"], read["source"]) == ("archived", 1, text("return-7"))
    assert api.publisher.calls[0][1:] == ("双十二", None)


def test_the_text_comes_back_byte_for_byte(owner: TestClient) -> None:
    source = "\ufeff" + text("mark", body="甲\r\n乙\n\n").replace("\n", "\r\n", 1)
    saved(owner, "mark", source)
    assert owner.get("/v1/library/articles/mark").json()["source"] == source
    assert owner.get("/v1/library/articles/mark/revisions/1").json()["source"] == source


def test_the_second_editor_is_told_and_nothing_is_lost(owner: TestClient, admin: TestClient) -> None:
    first = saved(owner, "return-7")
    saved(admin, "return-7", text("return-7", body="签收后 15 天内可退。"), first)
    late = put(owner, "return-7", text("return-7", body="签收后 9 天内可退。"), {"If-Match": first.headers["etag"]})
    assert late.status_code == 412
    said = late.json()["error"]
    assert said.startswith("`return-7` was changed since you read it: save by admin 2 at 20")
    read = owner.get("/v1/library/articles/return-7")
    assert "15 天" in read.json()["source"]
    assert late.headers["etag"] == read.headers["etag"]  # what to quote after looking


@pytest.mark.parametrize("weak", ["W/{}", "{}", ' {} , "other"', '"other", {}'])
def test_forms_of_an_etag(owner: TestClient, weak: str) -> None:
    first = saved(owner, "return-7")
    header = {"If-Match": weak.format(first.headers["etag"])}
    assert put(owner, "return-7", text("return-7", body="另一句。"), header).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 428),
        ({"If-Match": "*"}, 428),
        ({"If-Match": "unquoted"}, 400),
        ({"If-Match": ""}, 400),
        ({"If-Match": '"stale"'}, 412),
        ({"If-Match": 'W/"stale"'}, 412),
        ({"If-Match": '"a", "b"'}, 412),
        ({"If-None-Match": "*"}, 412),
        ({"If-None-Match": '"x"'}, 400),
        ({"If-Match": '"x"', "If-None-Match": "*"}, 400),
        ({"If-Match": '"' + "x" * 3000 + '"'}, 422),
    ],
)
def test_what_has_not_been_seen_is_not_overwritten(owner: TestClient, headers: dict[str, str], status: int) -> None:
    saved(owner, "return-7")
    response = put(owner, "return-7", text("return-7", body="覆盖。"), headers)
    assert (response.status_code, response.json()["error"] != "") == (status, True)
    assert owner.get("/v1/library/articles/return-7").json()["newest"] == 1


def test_an_etag_of_nothing(owner: TestClient) -> None:
    response = put(owner, "nobody", text("nobody"), {"If-Match": '"x"'})
    assert response.status_code == 412
    assert "If-None-Match: *" in response.json()["error"]


def test_the_same_text_is_no_new_revision(owner: TestClient) -> None:
    first = saved(owner, "return-7")
    again = saved(owner, "return-7", None, first)
    assert (again.status_code, again.json()["draft"]) == (200, 1)
    assert len(owner.get("/v1/library/articles/return-7/revisions").json()) == 1


def test_every_problem_with_its_line(owner: TestClient) -> None:
    source = "---\ntitle: 坏\nkind: rule\nid: bad\neffective_from: 2026-09-01T00:00:00\n---\n正文\n"
    response = put(owner, "bad", source, NEW)
    assert response.status_code == 422
    said = response.json()
    assert [field["field"] for field in said["fields"]] == ["rules/bad.md:3", "rules/bad.md:5"]
    assert "naive-looking" in said["fields"][1]["message"]
    assert said["error"] == "2 problem(s) in the articles; nothing was changed"


def test_problems_with_the_rest_of_the_library(owner: TestClient) -> None:
    response = put(owner, "heir", text("heir", supersedes="nobody"), NEW)
    assert response.status_code == 422
    assert "`supersedes` names an article that does not exist: nobody" in response.json()["fields"][0]["message"]


@pytest.mark.parametrize(
    "path",
    ["../../etc/passwd", "/etc/passwd.md", "a/../b.md", "a//b.md", "a\0.md", "_a.md", ".git/x.md", "a.txt", "a\\b.md",
     "a/ .md", "C:\\x.md", "\u202eb.md/..", "x" * 299 + ".md", "~/x.txt"],
)  # fmt: skip
def test_a_path_stays_in_the_library(owner: TestClient, path: str) -> None:
    response = put(owner, "x", text("x"), NEW, path=path)
    assert response.status_code == 422
    assert owner.get("/v1/library/articles").json()["total"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"path": "x.md", "source": "x"}, "why"),
        ({"path": "x.md", "source": "x", "why": " "}, "why"),
        ({"path": "x.md", "source": "x", "why": "x" * 501}, "why"),
        ({"path": "", "source": "x", "why": "x"}, "path"),
        ({"path": "x.md", "source": 5, "why": "x"}, "source"),
        ({"path": "x.md", "source": "x\ud800", "why": "x"}, "source"),
        ({"path": "x.md", "source": "x", "why": "x", "by": "admin"}, "by"),
        ([], "body"),
    ],
)
def test_a_bad_draft_names_its_field(owner: TestClient, body: object, field: str) -> None:
    import json

    raw = json.dumps(body).encode()
    response = owner.put("/v1/library/articles/x", content=raw, headers=NEW | {"content-type": "application/json"})
    assert response.status_code == 422
    assert [one["field"] for one in response.json()["fields"]] == [field]


def test_the_address_and_the_text_say_the_same_name(owner: TestClient) -> None:
    response = put(owner, "other", text("return-7"), NEW)
    assert response.status_code == 422
    assert "the text is that of `return-7`, the address says `other`" in response.json()["error"]


def test_the_id_of_a_path(owner: TestClient) -> None:
    source = article_text("退货", kind="policy", owner=OWNER)
    assert put(owner, "退货-说明", source, NEW, path="退货/说明.md").status_code == 201
    assert owner.get(f"/v1/library/articles/{quote('退货-说明')}").json()["path"] == "退货/说明.md"


def test_the_limit_of_an_article_is_its_own(owner: TestClient) -> None:
    big = text("big", body="退" * 300_000)
    assert len(big.encode()) > 900_000
    assert put(owner, "big", big, NEW).status_code == 201
    over = text("over", body="退" * 340_000)
    assert len(over.encode()) > 1_000_000
    response = put(owner, "over", over, NEW)
    assert response.status_code == 422
    assert "larger than 1 MB" in response.json()["fields"][0]["message"]
    response = put(owner, "over", "x" * MAX_ARTICLE, NEW)
    assert (response.status_code, response.json()["error"]) == (
        413,
        "the request body is over 1200000 bytes; send less",
    )
    response = owner.post("/v1/library/articles/big/restore", json={"revision": 1, "why": "x" * 70_000})
    assert (response.status_code, "over 65536 bytes" in response.json()["error"]) == (413, True)


def test_owners_write_only_what_is_theirs(api: Api, owner: TestClient, admin: TestClient) -> None:
    other = api.client(AccessRole.OWNER, ["物流组"])
    nobody = api.client(AccessRole.OWNER)
    seen = saved(owner, "return-7")
    tag = {"If-Match": seen.headers["etag"]}
    for client in (other, nobody):
        response = put(client, "return-7", text("return-7", body="x"), tag)
        assert response.status_code == 403
        assert "`return-7` is 售后组's" in response.json()["error"]
    # Neither taken over nor given away.
    assert put(other, "return-7", text("return-7", owner="物流组"), tag).status_code == 403
    assert put(owner, "return-7", text("return-7", owner="物流组"), tag).status_code == 403
    assert put(owner, "free", article_text("无主", id="free"), NEW).status_code == 403
    for step in ("publish", "archive"):
        published(admin, f"{step}-it")
        assert other.post(f"/v1/library/articles/{step}-it/{step}", json={"why": "x"}).status_code == 403
        assert admin.get(f"/v1/library/articles/{step}-it").json()["state"] == "published"
    assert put(owner, "_synonyms.yaml", "- [运费, 邮费]\n", NEW, path="_synonyms.yaml").status_code == 403
    assert put(admin, "_synonyms.yaml", "- [运费, 邮费]\n", NEW, path="_synonyms.yaml").status_code == 201


def test_publishing_what_another_owns(api: Api, owner: TestClient) -> None:
    saved(owner, "return-7")
    other = api.client(AccessRole.OWNER, ["物流组"])
    response = other.post("/v1/library/articles/return-7/publish", json={"why": "x", "force": "我要"})
    assert response.status_code == 403
    assert owner.get("/v1/library/articles/return-7").json()["state"] == "draft"


def test_back_to_an_earlier_revision(owner: TestClient) -> None:
    first = saved(owner, "return-7")
    second = saved(owner, "return-7", text("return-7", body="签收后 15 天内可退。"), first)
    response = owner.post("/v1/library/articles/return-7/restore", json={"revision": 1, "why": "写错"})
    assert response.status_code == 428
    tag = {"If-Match": second.headers["etag"]}
    response = owner.post("/v1/library/articles/return-7/restore", json={"revision": 9, "why": "写错"}, headers=tag)
    assert response.status_code == 404
    response = owner.post("/v1/library/articles/return-7/restore", json={"revision": 1, "why": "写错"}, headers=tag)
    assert response.json()["draft"] == 3
    revisions = owner.get("/v1/library/articles/return-7/revisions").json()
    assert [(one["number"], one["restores"], one["why"]) for one in revisions] == [
        (3, 1, "写错"),
        (2, None, "新规则"),
        (1, None, "新规则"),
    ]
    assert owner.post(
        "/v1/library/articles/return-7/restore", json={"revision": 1, "why": "x"}, headers=tag
    ).status_code == 412  # fmt: skip


def test_a_diff(owner: TestClient) -> None:
    first = saved(owner, "return-7")
    saved(owner, "return-7", text("return-7", body="签收后 15 天内可退。"), first)
    response = owner.get("/v1/library/articles/return-7/diff", params={"from": 1, "to": 2})
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    lines = response.text.splitlines()
    assert lines[:2] == ["--- rules/return-7.md (1)", "+++ rules/return-7.md (2)"]
    assert lines[-2:] == ["-签收后 7 天内可退。", "+签收后 15 天内可退。"]
    assert owner.get("/v1/library/articles/return-7/diff", params={"from": 1, "to": 1}).text == ""
    assert owner.get("/v1/library/articles/return-7/diff", params={"from": 1}).json()["fields"][0]["field"] == "to"
    assert owner.get("/v1/library/articles/return-7/diff", params={"from": 1, "to": 7}).status_code == 404
    assert owner.get("/v1/library/articles/return-7/diff", params={"from": 0, "to": 10**30}).status_code == 422


def test_the_list_and_its_filters(owner: TestClient, admin: TestClient) -> None:
    seen = published(owner, "b")
    saved(owner, "a")
    saved(admin, "c", text("c", owner="物流组"))
    seen = owner.get("/v1/library/articles/b")
    saved(owner, "b", text("b", body="改。"), seen)

    def names(**filters: str | int | bool) -> list[str]:
        return [one["name"] for one in owner.get("/v1/library/articles", params=filters).json()["articles"]]

    assert names() == ["a", "b", "c"]
    assert names(state="published") == ["b"]
    assert names(state="draft") == ["a", "c"]
    assert names(owner="物流组") == ["c"]
    assert names(state="published", pending=True) == ["b"]
    assert names(pending=False) == []
    page = owner.get("/v1/library/articles", params={"limit": 2}).json()
    assert (page["total"], page["next"], len(page["articles"])) == (3, "b", 2)
    rest = owner.get("/v1/library/articles", params={"limit": 2, "after": "b"}).json()
    assert ([one["name"] for one in rest["articles"]], rest["next"], rest["total"]) == (["c"], None, 3)
    assert owner.get("/v1/library/articles", params={"state": "lost"}).json()["fields"][0]["field"] == "state"


@pytest.mark.parametrize("name", ["nobody", "%00", "%ff", "..%2f..%2fetc", "x" * 3000, "'%20OR%201=1", "%E9%80%80"])
def test_no_such_article(owner: TestClient, name: str) -> None:
    for path in ("", "/revisions", "/revisions/1", "/diff?from=1&to=2"):
        response = owner.get(f"/v1/library/articles/{name}{path}")
        assert response.status_code == 404
        assert set(response.json()) == {"error", "fields"}
    for step in ("publish", "archive"):
        assert owner.post(f"/v1/library/articles/{name}/{step}", json={"why": "x"}).status_code == 404


def test_hostile_text_is_kept_as_text(owner: TestClient) -> None:
    source = text("x", title="x'; DROP TABLE entries; --", body="<script>alert(1)</script>\u202e'\"")
    response = put(owner, "x", source, NEW, why="<b>'); DELETE FROM audit; --")
    assert response.status_code == 201
    read = owner.get("/v1/library/articles/x")
    assert read.headers["content-type"] == "application/json"
    assert read.json()["source"] == source
    assert read.json()["title"] == "x'; DROP TABLE entries; --"
    (revision,) = owner.get("/v1/library/articles/x/revisions").json()
    assert revision["why"] == "<b>'); DELETE FROM audit; --"
