"""Each role against each route: what is not in this table is a route that nobody thought about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.app import create_app
from api.auth import FEED, is_open
from api.serving import Serving
from kb.assistant import Assistant
from kb.store.records import AccessRole
from tests.support.http import Api

ANYONE = {AccessRole.AGENT, AccessRole.OWNER, AccessRole.QA, AccessRole.ADMIN}
READERS = ANYONE - {AccessRole.AGENT}
WRITERS = {AccessRole.OWNER, AccessRole.ADMIN}
AUDITORS = {AccessRole.QA, AccessRole.ADMIN}
ADMINS = {AccessRole.ADMIN}

ONE = "/v1/library/articles/{name}"
ALLOWED: dict[tuple[str, str], set[AccessRole]] = {
    ("POST", "/v1/suggestions"): ANYONE,
    ("GET", "/v1/articles/{article:path}"): ANYONE,
    ("GET", "/v1/library/articles"): READERS,
    ("GET", ONE): READERS,
    ("PUT", ONE): WRITERS,
    ("GET", f"{ONE}/revisions"): READERS,
    ("GET", f"{ONE}/revisions/{{number}}"): READERS,
    ("GET", f"{ONE}/diff"): READERS,
    ("POST", f"{ONE}/restore"): WRITERS,
    ("POST", f"{ONE}/review"): READERS,
    ("POST", f"{ONE}/publish"): WRITERS,
    ("POST", f"{ONE}/archive"): WRITERS,
    ("POST", "/v1/library/impact"): READERS,
    ("GET", "/v1/publications"): READERS,
    ("POST", "/v1/publications"): WRITERS,
    ("GET", "/v1/publications/{number}"): READERS,
    ("GET", "/v1/generations"): READERS,
    ("POST", "/v1/generations/rollback"): ADMINS,
    ("GET", "/v1/key"): ANYONE,
    ("GET", "/v1/keys"): ADMINS,
    ("POST", "/v1/keys"): ADMINS,
    ("DELETE", "/v1/keys/{key}"): ADMINS,
    ("GET", "/v1/audit"): AUDITORS,
    ("GET", "/v1/calendar"): ANYONE,
    ("GET", "/v1/calendar/feed"): ANYONE,
    ("GET", FEED): ANYONE,
    ("GET", "/v1/status"): READERS,
    ("GET", "/v1/phrases"): ANYONE,
    ("POST", "/v1/feedback"): ANYONE,
    ("GET", "/v1/gaps"): READERS,
    ("GET", "/v1/gaps/{number}"): READERS,
    ("POST", "/v1/gaps/{number}/assign"): READERS,
    ("POST", "/v1/gaps/{number}/draft"): WRITERS,
    ("POST", "/v1/gaps/{number}/check"): READERS,
    ("GET", "/v1/events"): ANYONE,
    ("GET", "/v1/rises"): ANYONE,
    ("GET", "/v1/unified-replies"): ANYONE,
    ("POST", "/v1/unified-replies"): WRITERS,
    ("POST", "/v1/unified-replies/{number}/lift"): WRITERS,
}
OPEN = {("GET", "/healthz"), ("GET", "/readyz")}


@pytest.fixture(scope="module")
def api(small_assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    api = Api(small_assistant, tmp_path_factory.mktemp("roles"))
    yield api
    api.close()


@pytest.fixture(scope="module")
def clients(api: Api) -> dict[AccessRole | None, TestClient]:
    return {role: api.client(role) for role in (*AccessRole, None)}


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    def walk(found: object) -> Iterator[APIRoute]:
        for route in getattr(found, "routes", []):
            if isinstance(route, APIRoute):
                yield route
            else:
                yield from walk(getattr(route, "original_router", None) or getattr(route, "app", None))

    for route in walk(app):
        yield from ((method, route.path) for method in sorted(route.methods or ()))


def test_every_route_is_in_the_table(api: Api) -> None:
    found = set(routes(create_app(Serving(api.assistant), api.settings, api.services)))
    data = {one for one in found if one[1].startswith("/v1/")}
    assert data == set(ALLOWED)
    assert found >= OPEN
    assert all(is_open(path) for _, path in found - data)


def ask(client: TestClient, method: str, path: str) -> int:
    for name in ("name", "number", "key", "article:path"):
        path = path.replace(f"{{{name}}}", "1")
    if path == "/v1/events":
        # A stream has no end; one that may not begin says so after the role was looked at.
        client.app.state.streams.stop()  # type: ignore[attr-defined]
    return client.request(method, path, json={} if method in ("POST", "PUT") else None).status_code


@pytest.mark.parametrize("route", ALLOWED, ids=lambda route: " ".join(route))
def test_each_role(clients: dict[AccessRole | None, TestClient], route: tuple[str, str]) -> None:
    assert ask(clients[None], *route) == 401
    for role in AccessRole:
        status = ask(clients[role], *route)
        assert status not in (401, 429, 500)
        assert (status != 403) == (role in ALLOWED[route]), f"{role}: {status}"


@pytest.mark.parametrize("route", sorted(OPEN), ids=lambda route: route[1])
def test_health_asks_for_no_key(clients: dict[AccessRole | None, TestClient], route: tuple[str, str]) -> None:
    for client in clients.values():
        assert ask(client, *route) == 200


@pytest.mark.parametrize(
    ("role", "method", "path", "needed"),
    [
        (AccessRole.AGENT, "GET", "/v1/library/articles", "owner or qa or admin"),
        (AccessRole.AGENT, "PUT", "/v1/library/articles/x", "owner or qa or admin"),
        (AccessRole.QA, "PUT", "/v1/library/articles/x", "owner or admin"),
        (AccessRole.OWNER, "GET", "/v1/audit", "qa or admin"),
        (AccessRole.OWNER, "GET", "/v1/keys", "admin"),
    ],
)
def test_a_refusal_names_the_role_that_it_needs(
    clients: dict[AccessRole | None, TestClient], role: AccessRole, method: str, path: str, needed: str
) -> None:
    body = {"path": "x.md", "source": "x", "why": "x"}
    response = clients[role].request(method, path, json=body if method == "PUT" else None)
    assert response.status_code == 403
    said = f"this needs a key of the role {needed}; yours is of the role {role}."
    assert response.json()["error"].startswith(said)


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/nope", "/openapi.json", "/healthz/", "/static", "/v1/keys/../healthz"]
)
def test_what_is_not_named_open_is_shut(clients: dict[AccessRole | None, TestClient], path: str) -> None:
    status = clients[None].request("GET", path).status_code
    assert status in ((401,) if not is_open(path) else (200, 404, 307))


def test_the_description_says_that_a_key_is_needed(clients: dict[AccessRole | None, TestClient]) -> None:
    described = clients[AccessRole.AGENT].get("/openapi.json").json()
    assert described["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, methods in described["paths"].items():
        for method, said in methods.items():
            if path.startswith("/v1/"):
                assert {"key": []} in said["security"], (method, path)
                assert {"401", "403", "429"} <= set(said["responses"]), (method, path)
            else:
                assert "security" not in said
