from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from api.routes.calendar import written
from kb.article import Kind
from kb.calendar import CalendarEntry, Happening
from kb.store.records import AccessRole
from tests.support.articles import make_article
from tests.support.http import ROOT, Api
from tests.support.library import make_assistant

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def dated(tmp_path: Path) -> Api:
    soon, later = (NOW + timedelta(days=days) for days in (2, 20))
    articles = [
        make_article("old", "退货规则", "退货的运费。"),
        make_article(
            "new", "退货规则", "退货的运费。", supersedes="old", effective_from=soon.isoformat(), owner="售后组"
        ),
        make_article("later", "双十二", "满减。", "promotion", effective_from=later.isoformat()),
    ]
    return Api(make_assistant(articles, tmp_path / "index"), tmp_path)


def test_the_next_seven_days(dated: Api) -> None:
    said = dated.client().get("/v1/calendar").json()
    assert [(e["what"], e["article"], e["superseded_by"]) for e in said["entries"]] == [
        ("ends", "old", "new"),
        ("starts", "new", None),
    ]
    assert said["entries"][1]["url"] == "/v1/articles/new"
    assert datetime.fromisoformat(said["entries"][0]["at"]) == NOW + timedelta(days=2)
    assert datetime.fromisoformat(said["until"]) - datetime.fromisoformat(said["since"]) == timedelta(days=7)
    assert said["generation"] == dated.assistant.index.generation
    more = dated.client().get("/v1/calendar", params={"days": 30}).json()
    assert [e["article"] for e in more["entries"]] == ["old", "new", "later"]


@pytest.mark.parametrize("days", ["0", "367", "-1", "x", "7.5", "1e3", "9" * 400])
def test_days_have_bounds(dated: Api, days: str) -> None:
    response = dated.client().get("/v1/calendar", params={"days": days})
    assert response.status_code == 422
    assert response.json()["fields"][0]["field"] == "days"


def test_a_calendar_program_has_its_own_address(dated: Api) -> None:
    owner = dated.client(AccessRole.OWNER)
    path = owner.get("/v1/calendar/feed").json()["path"]
    assert path.startswith("/v1/calendar.ics?token=kbfeed_")
    assert owner.headers["authorization"].rsplit("_", 1)[1] not in path
    program = dated.client(None)
    response = program.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    events = Calendar.from_ical(response.content).walk("VEVENT")
    assert [str(e["SUMMARY"]) for e in events] == ["到期：退货规则", "生效：退货规则", "生效：双十二"]
    assert str(events[0]["DESCRIPTION"]) == "old\n由 new 取代"
    assert str(events[1]["DESCRIPTION"]) == "new\n负责人：售后组"
    assert events[0].decoded("DTSTART") == NOW + timedelta(days=2)
    assert len({str(e["UID"]) for e in events}) == 3
    assert owner.get("/v1/calendar.ics").status_code == 200


def test_the_address_opens_the_calendar_alone_and_ends_with_its_key(dated: Api) -> None:
    admin = dated.client(AccessRole.ADMIN)
    path = admin.get("/v1/calendar/feed").json()["path"]
    token = path.partition("=")[2]
    program = dated.client(None)
    for other in (f"/v1/calendar?token={token}", f"/v1/keys?token={token}", f"/v1/calendar/feed?token={token}"):
        assert program.get(other).status_code == 401
    assert program.get("/v1/keys", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert program.get("/v1/calendar.ics", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    (key,) = dated.services.keys.list()
    dated.services.keys.revoke(key.id, ROOT)
    assert program.get(path).status_code == 401


@pytest.mark.parametrize(
    "query",
    ["", "?token=", "?token=x", "?token=kbfeed_0123456789ab_" + "0" * 64, "?token=a&token=b", "?" + "a=1&" * 50],
)
def test_a_wrong_feed_token(dated: Api, query: str) -> None:
    response = dated.client(None).get(f"/v1/calendar.ics{query}")
    assert response.status_code == 401
    assert response.headers["www-authenticate"]


def test_a_hostile_title_is_one_line_of_text() -> None:
    title = "甲\r\nBEGIN:VEVENT\r\nATTACH:http://evil.example;x,y\\n"
    at = datetime(2026, 11, 24, tzinfo=UTC)
    entry = CalendarEntry(at, Happening.STARTS, "a", title, Kind.POLICY, "", ("jd",), ("W10",))
    raw = written([entry], at)
    assert raw.count(b"\r\nBEGIN:VEVENT\r\n") == 1
    assert b"\r\nATTACH" not in raw
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    assert str(event["DESCRIPTION"]) == "a\n渠道：jd\n商品：W10"
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))


def test_an_empty_calendar_is_a_calendar() -> None:
    assert Calendar.from_ical(written([], NOW)).walk("VEVENT") == []
