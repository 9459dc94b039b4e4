"""What suddenly many ask is told at once, and the owners' one reply stands before everything until it is lifted."""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.test_accessibility import serious
from tests.support.desk import Host, Site, Tab, best, composer, expect, press, side, talk

if TYPE_CHECKING:
    from playwright.sync_api import Route

ASKED = "付款转圈付不了"
REPLY = "亲，支付正在抢修，{时间}恢复。"
HOSTILE = "<img src=x onerror=alert(1)>付款失败"
UNIFIED = {"number": 3, "gap": 9, "reply": REPLY, "author": "李四<b>", "made_at": "2026-11-22T02:05:00Z", "until": None}


def rise(gap: int = 9, count: int = 15, **more: object) -> dict[str, Any]:
    said = {"gap": gap, "title": HOSTILE, "conversations": count, "usual": 0.1, "chance": 1e-9}
    return said | {"examples": ["付不了款", HOSTILE], "owner": "支付组", "unified": None} | more


def stream(tab: Tab, *boards: list[dict[str, Any]]) -> list[str]:
    """The server tells these boards one after the other, and is silent then; the addresses that were asked."""
    asked: list[str] = []

    def tell(route: Route) -> None:
        asked.append(route.request.url)
        told = [f"event: board\ndata: {json.dumps({'rises': board, 'replies': []})}\n\n" for board in boards]
        route.fulfill(body=": hello\n\n" + "".join(told), content_type="text/event-stream")

    tab.page.route("**/v1/events*", tell)
    return asked


def call(site: Site, path: str, body: object = None) -> Any:  # noqa: ANN401
    headers = {"Authorization": f"Bearer {site.owner}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(site.address + path, data, headers)) as answer:
        return json.load(answer)


def unify(tab: Tab, **more: object) -> None:
    """Answers come with a unified reply."""

    def add(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json=response.json() | {"unified": UNIFIED | more})

    tab.page.route("**/v1/suggestions", add)


def test_a_rise_is_told_at_once_and_opens_the_list(host: Host, tab: Tab) -> None:
    stream(tab, [rise(count=14)], [rise(), rise(10, 6, title="", examples=["赠品"])])
    board = [rise(usual=3.4)]
    tab.page.route("**/v1/rises", lambda route: route.fulfill(json=board))
    host("退货的运费")
    line = side(tab).locator("#rise")
    expect(line).to_contain_text(f"15 位客户在问：{HOSTILE}，还有 1 件")
    expect(side(tab).locator("#news")).to_contain_text("6 位客户在问：赠品")
    assert side(tab).locator("#rise [role=alert]").count() == 0
    press(tab, "n")
    panel = side(tab).locator(".panel-rises")
    expect(panel).to_contain_text("最近一小时 15 位客户，平时约 3 位")
    assert panel.locator("q").all_inner_texts() == ["付不了款"]
    assert (panel.locator("form").count(), panel.locator("img").count()) == (0, 0)
    expect(panel).to_contain_text("还没有统一回复")
    tab.page.keyboard.press("Escape")
    expect(best(tab)).to_be_visible()
    line.get_by_role("button", name="收起").click()
    expect(line).to_be_hidden()


def test_the_unified_reply_stands_first_with_its_feedback(host: Host, tab: Tab) -> None:
    unify(tab)
    host("退货的运费")
    card = side(tab).locator(".card").first
    expect(card.locator(".headline")).to_have_text("统一回复")
    assert card.get_attribute("aria-current") == "true"
    assert "李四<b> 设置，11-22 " in card.locator(".facts").inner_text()
    assert side(tab).locator(".rest h2").inner_text() == "平时的建议 5 条"
    assert side(tab).locator(".rest .reply").count() == 0
    expect(side(tab).locator("#said")).to_have_text(f"统一回复：{REPLY}")
    press(tab, "2", "u", "Enter")
    tab.page.keyboard.type("15:00 ")
    card.locator(".main").click()
    expect(composer(tab)).to_have_value("亲，支付正在抢修，15:00恢复。")
    press(tab, "u", "x")
    expect(card).to_be_hidden()
    told = tab.page.evaluate("window.heard.map(([, d]) => d?.event).filter((e) => e?.article?.startsWith('unified'))")
    assert [(one["kind"], one["article"]) for one in told] == [
        ("shown", "unified:3"),
        ("inserted", "unified:3"),
        ("dismissed", "unified:3"),
    ]


def test_where_nothing_is_found_the_unified_reply_is_the_answer(host: Host, tab: Tab) -> None:
    unify(tab)
    host("能寄到月球吗")
    expect(side(tab).locator(".card-unified .reply")).to_be_visible()
    assert side(tab).locator(".verdict").count() == 0
    kinds = tab.page.evaluate("window.heard.map(([, d]) => d?.event?.kind).filter(Boolean)")
    assert kinds == ["shown"]


@pytest.mark.parametrize("context", [{"locale": "en-GB", "viewport": {"width": 320, "height": 800}}], indirect=True)
def test_an_owner_writes_it_and_lifts_it(tab: Tab, site: Site) -> None:
    number = str(uuid.uuid4())
    event = {"id": number, "kind": "no-answer", "at": datetime.now(UTC).isoformat(), "conversation": number}
    call(site, "/v1/feedback", {"events": [event | {"question_id": number, "text": ASKED}]})
    gap = wait_for_gap(site)
    tab.page.route("**/v1/rises", lambda route: route.fulfill(json=[rise(gap)]))
    page = tab.page
    page.goto(f"{site.address}/sidebar?lang=en#key={site.owner}")
    page.keyboard.press("n")
    form = page.locator("form.unify")
    form.locator("textarea").fill("支付正在抢修。")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(form.locator("textarea")).to_have_value("支付正在抢修。")
    form.locator("select").select_option("today")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    with page.expect_response("**/v1/unified-replies") as made:
        form.locator("textarea").press("Control+Enter")
    assert made.value.json()["gap"] == gap
    assert datetime.fromisoformat(made.value.json()["until"]) > datetime.now(UTC)
    expect(page.locator("#toast span")).to_have_text("The unified reply holds")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    # In no rise any more, and still in the list.
    page.unroute("**/v1/rises")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator(".card-unified .reply")).to_have_text("支付正在抢修。")
    assert call(site, "/v1/suggestions", {"question": ASKED})["unified"]["reply"] == "支付正在抢修。"
    lift = page.get_by_role("button", name="Lift")
    lift.click()
    page.get_by_role("button", name="Press again to lift").click()
    expect(page.locator("#toast span")).to_have_text("Lifted")
    expect(page.locator(".panel-rises .card-unified")).to_have_count(0)
    assert call(site, "/v1/suggestions", {"question": ASKED})["unified"] is None


def wait_for_gap(site: Site) -> int:
    """The gap of the question just told, once it is sorted into one: that goes on behind the answer."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for gap in call(site, "/v1/gaps"):
            if ASKED in gap["examples"]:
                return int(gap["number"])
    raise AssertionError("the question was not sorted")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_in_what_many_ask(tab: Tab, site: Site, theme: str) -> None:
    stream(tab, [rise(unified=UNIFIED), rise(10, 6)])
    tab.page.route("**/v1/rises", lambda route: route.fulfill(json=[rise(unified=UNIFIED), rise(10, 6)]))
    unify(tab)
    tab.page.goto(f"{site.address}/demo?lang=en&theme={theme}#key={site.owner}")
    expect(side(tab).locator(".card-unified")).to_be_visible()
    expect(side(tab).locator("#rise")).to_be_visible()
    assert serious(tab, 1) == []
    press(tab, "n")
    expect(side(tab).locator("form.unify")).to_have_count(2)
    assert serious(tab, 1) == []


def test_another_unified_reply_is_asked_for_at_once(host: Host, tab: Tab) -> None:
    first: dict[str, Any] = {"rises": [], "replies": []}
    tell = "".join(f"event: board\ndata: {json.dumps(board)}\n\n" for board in (first, first | {"replies": [UNIFIED]}))
    released: list[Route] = []
    tab.page.route("**/v1/events*", lambda route: released.append(route))
    host("退货的运费")
    expect(best(tab).locator(".headline")).not_to_have_text("统一回复")
    unify(tab)
    released[0].fulfill(body=tell, content_type="text/event-stream")
    expect(side(tab).locator(".card-unified")).to_be_visible()


def test_without_a_stream_it_asks_now_and_then(host: Host, tab: Tab) -> None:
    tab.page.route("**/v1/events*", lambda route: route.fulfill(status=404, json={"error": "no", "fields": []}))
    tab.page.route("**/v1/rises", lambda route: route.fulfill(json=[rise()]))
    host("退货的运费")
    expect(side(tab).locator("#rise")).to_contain_text("15 位客户在问")
    talk(tab, "c2", "优惠")
    expect(best(tab)).to_be_visible()


def test_a_question_back_is_noted_once(host: Host, tab: Tab) -> None:
    def add(route: Route) -> None:
        response = route.fetch()
        option = {"label": "洗衣机", "question": "退货", "product": None, "channel": None}
        clarify = {"about": "product", "question": "请问是哪一款？", "options": [option, option | {"label": "手环"}]}
        route.fulfill(response=response, json=response.json() | {"clarify": clarify})

    tab.page.route("**/v1/suggestions", add)
    host("退货")
    ask = side(tab).get_by_role("button", name="把这句追问插入")
    ask.click()
    expect(composer(tab)).to_have_value("请问是哪一款？洗衣机、手环")
    ask.click()
    press(tab, "Shift+Digit2")
    press(tab, "Shift+Digit2")
    events = tab.page.evaluate("window.heard.map(([, d]) => d?.event).filter((e) => e?.kind === 'clarified')")
    assert [(one["text"], one.get("rank")) for one in events] == [("退货", None), ("退货", 2)]
