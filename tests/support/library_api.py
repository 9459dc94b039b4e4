"""Articles written and published over HTTP, as tests of the library do it."""

from __future__ import annotations

from urllib.parse import quote

from fastapi.testclient import TestClient
from httpx2 import Response

from tests.support.articles import article_text

NEW = {"If-None-Match": "*"}
OWNER = "售后组"


def text(name: str, title: str = "退货", body: str = "签收后 7 天内可退。", **fields: object) -> str:
    """The source of a return rule of the tests' owner."""
    return article_text(title, body, "return-rule", id=name, **({"owner": OWNER} | fields))


def put(client: TestClient, name: str, source: str, headers: dict[str, str] | None = None, **more: object) -> Response:
    """Save a draft; without headers about what was seen."""
    body = {"path": f"rules/{name}.md", "source": source, "why": "新规则"} | more
    return client.put(f"/v1/library/articles/{quote(name)}", json=body, headers=headers)


def saved(client: TestClient, name: str, source: str | None = None, seen: Response | None = None) -> Response:
    """Save a draft, which must go well; seen: what was answered for the revision before."""
    response = put(client, name, source or text(name), NEW if seen is None else {"If-Match": seen.headers["etag"]})
    assert response.status_code in (200, 201), response.text
    return response


def published(client: TestClient, name: str, source: str | None = None, **more: object) -> Response:
    """Save and publish, which must go well; what the saving answered."""
    seen = saved(client, name, source)
    response = client.post(f"/v1/library/articles/{name}/publish", json={"why": "开始"} | more)
    assert response.status_code == 200, response.text
    return seen
