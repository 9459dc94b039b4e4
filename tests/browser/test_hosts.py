"""The pages around the sidebar: Chatwoot as it is, the demo desk, and who is not believed."""

from __future__ import annotations

import json
import time
import urllib.request

from api.chatwoot import signed
from tests.support.desk import WEBHOOK_SECRET, Host, Site, Tab, best, expect, press, questions, side

FREIGHT = "退货的运费最多补 25 元。"


# What Chatwoot's DashboardAppFrame does: it posts a JSON string when the frame has loaded, and when it is asked to.
CHATWOOT = """<!doctype html><meta charset="utf-8"><title>Chatwoot</title>
<style>iframe { width: 380px; height: 700px }</style>
<textarea id="composer"></textarea><iframe src="SIDEBAR"></iframe><script>
const frame = document.querySelector("iframe");
window.asked = 0;
window.context = CONTEXT;
const send = () => frame.contentWindow.postMessage(JSON.stringify(window.context), "*");
frame.addEventListener("load", send);
window.addEventListener("message", (event) => {
  if (event.data === "chatwoot-dashboard-app:fetch-info") { window.asked++; send(); }
});
</script>"""


def app_context(*messages: tuple[int, str]) -> dict[str, object]:
    said: list[dict[str, object]] = [
        {"id": 100 + n, "content": text, "message_type": kind, "created_at": 1_763_000_000 + n, "private": False}
        for n, (kind, text) in enumerate(messages)
    ]
    said.append({"id": 7, "content": "内部便条：优惠", "message_type": 1, "created_at": 1_764_000_000, "private": True})
    said.append({"id": 8, "content": "Conversation was resolved", "message_type": 2, "created_at": 1_764_000_001})
    said.append({"id": 9, "content": None, "message_type": 0, "created_at": 1_764_000_002, "attachments": [{}]})
    conversation = {
        "id": 42,
        "meta": {"sender": {"name": "王小姐"}, "channel": "Channel::WebWidget"},
        "messages": said,
        "custom_attributes": {"channel": "taobao", "order_date": "2026-10-01"},
    }
    agent = {"id": 1, "name": "小柚", "email": "a@example.com"}
    data = {"conversation": conversation, "contact": {"name": "王小姐"}, "currentAgent": agent}
    return {"event": "appContext", "data": data}


def chatwoot(tab: Tab, site: Site, *messages: tuple[int, str]) -> None:
    html = CHATWOOT.replace("SIDEBAR", site.sidebar).replace("CONTEXT", json.dumps(app_context(*messages)))
    tab.page.route(f"{site.host}/app", lambda route: route.fulfill(body=html, content_type="text/html"))
    tab.page.goto(f"{site.host}/app")


def test_chatwoot_needs_no_more_than_the_address(tab: Tab, site: Site) -> None:
    asked = questions(tab.page)
    chatwoot(tab, site, (0, "在吗"), (1, "您好"), (0, "退货的运费"))
    expect(best(tab).locator(".reply")).to_have_text(FREIGHT)
    assert side(tab).locator(".who").inner_text() == "王小姐"
    (question,) = asked
    assert question["question"] == "退货的运费"
    assert question["history"] == [{"role": "customer", "text": "在吗"}, {"role": "agent", "text": "您好"}]
    assert question["context"] == {"channel": "taobao", "as_of": "2026-10-01"}


def test_chatwoot_is_asked_again_and_a_new_message_shows(tab: Tab, site: Site) -> None:
    chatwoot(tab, site, (0, "退货的运费"))
    expect(best(tab).locator(".reply")).to_have_text(FREIGHT)
    tab.page.evaluate("context => { window.context = context; }", app_context((0, "退货的运费"), (0, "优惠")))
    expect(side(tab).locator(".asked-text")).to_have_text("优惠")
    assert tab.page.evaluate("window.asked") >= 1


def test_chatwoots_webhook_is_heard_before_the_next_look(tab: Tab, site: Site) -> None:
    # Without the look every two seconds, only the webhook can tell.
    tab.page.add_init_script("window.setInterval = () => 0;")
    with tab.page.expect_response("**/v1/events?conversation=chatwoot-42"):
        chatwoot(tab, site, (0, "退货的运费"))
    expect(best(tab).locator(".reply")).to_have_text(FREIGHT)
    tab.page.evaluate("context => { window.context = context; }", app_context((0, "退货的运费"), (0, "优惠")))
    asked = tab.page.evaluate("window.asked")
    body = {"event": "message_created", "message_type": "incoming", "private": False, "conversation": {"id": 42}}
    written = json.dumps(body).encode()
    now = str(int(time.time()))
    headers = {"X-Chatwoot-Timestamp": now, "X-Chatwoot-Signature": signed(WEBHOOK_SECRET, now, written)}
    request = urllib.request.Request(f"{site.address}/chatwoot/webhook", written, headers)
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer) == {"told": True}
    expect(side(tab).locator(".asked-text")).to_have_text("优惠")
    assert tab.page.evaluate("window.asked") > asked


def test_insert_in_chatwoot_is_a_copy_that_says_so(tab: Tab, site: Site) -> None:
    chatwoot(tab, site, (0, "退货的运费"))
    expect(best(tab).locator(".main")).to_contain_text("复制，去粘贴")
    press(tab, "Enter")
    expect(side(tab).locator("#toast span")).to_have_text("已复制，请到输入框粘贴")
    tab.page.click("#composer")
    tab.page.keyboard.press("Control+V")
    assert tab.page.input_value("#composer") == FREIGHT


def test_nobody_else_is_believed(host: Host) -> None:
    tab = host("退货的运费")
    expect(best(tab)).to_be_visible()
    other = {"id": "x", "messages": [{"role": "customer", "text": "优惠"}]}
    forged = {"kb": 1, "type": "conversation", "conversation": other}
    # From itself, from a page between, and from the right page in the wrong shape.
    tab.page.frames[1].evaluate("forged => window.postMessage(forged, '*')", forged)
    tab.page.evaluate(
        """forged => new Promise((done) => {
      const inner = document.createElement('iframe');
      inner.srcdoc = '<p>between</p>';
      inner.onload = () => {
        const script = inner.contentDocument.createElement('script');
        script.textContent = `parent.frames[0].postMessage(${JSON.stringify(forged)}, '*')`;
        inner.contentDocument.body.append(script);
        setTimeout(done, 50);
      };
      document.body.append(inner);
    })""",
        forged,
    )
    empty = {"kb": 1, "type": "conversation", "conversation": {}}
    for wrong in ({"kb": 2}, "{", None, 7, {"kb": 1, "type": "message"}, empty):
        tab.page.evaluate("wrong => window.sidebar.frame.contentWindow.postMessage(wrong, '*')", wrong)
    expect(side(tab).locator(".asked-text")).to_have_text("退货的运费")


def test_a_page_that_is_not_allowed_cannot_frame_it(tab: Tab, site: Site) -> None:
    html = f'<!doctype html><title>x</title><iframe src="{site.sidebar}"></iframe>'
    tab.page.route("http://evil.example/", lambda route: route.fulfill(body=html, content_type="text/html"))
    tab.page.goto("http://evil.example/")
    tab.page.wait_for_function("() => document.readyState === 'complete'")
    assert tab.page.frames[1].url.startswith("chrome-error:")
    assert any("frame-ancestors" in line for line in tab.told)
    tab.told.clear()


def test_the_demo_desk_shows_the_main_job(tab: Tab, site: Site) -> None:
    tab.page.goto(f"{site.address}/demo#key={site.key}")
    assert tab.page.url == f"{site.address}/demo"
    expect(tab.page.locator(".talk .by-customer")).to_have_count(2)
    tab.page.fill("#customer-text", "退货的运费")
    tab.page.keyboard.press("Enter")
    expect(best(tab).locator(".reply")).to_have_text(FREIGHT)
    tab.page.keyboard.press("F2")
    expect(best(tab)).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator("#text")).to_have_value(FREIGHT)
    expect(tab.page.locator("#text")).to_be_focused()
    tab.page.keyboard.press("Enter")
    tab.page.click("[data-talk=demo-1]")
    expect(tab.page.locator(".talk .by-agent").first).to_have_text(f"你{FREIGHT}")
