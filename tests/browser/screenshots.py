"""The pictures of the sidebar in README, taken from a running server: `python -m tests.browser.screenshots URL KEY`."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.desk import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH, HEIGHT = 400, 760
MADE = datetime.now(UTC) - timedelta(minutes=10)
REPLY = "亲，支付系统正在抢修，预计 15:00 前恢复。订单已经为您保留，恢复后直接付款就可以，价格不变。"
UNIFIED = {"number": 1, "gap": 1, "reply": REPLY, "author": "李四", "made_at": MADE.isoformat(), "until": None}
RISE: dict[str, Any] = {
    "gap": 1, "title": "付款一直转圈，付不了款", "conversations": 15, "usual": 0.1, "chance": 1e-9,
    "examples": [], "owner": "支付与发票组", "unified": UNIFIED,
}  # fmt: skip


def ask(page: Page, title: str, channel: str, question: str) -> None:
    """Let a customer begin a talk with this, and wait for what the sidebar answers."""
    page.locator("iframe").evaluate(
        """(frame, [title, channel, text]) => {
          const messages = [{ id: "1", role: "customer", text }];
          const conversation = { id: "picture", title, context: { channel }, messages };
          frame.contentWindow.postMessage({ kb: 1, type: "conversation", conversation }, location.origin);
        }""",
        [title, channel, question],
    )
    inside = page.frame_locator("iframe")
    inside.locator(".asked-text", has_text=question).wait_for()
    inside.locator(".card").first.wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)


def sidebar(browser: Browser, address: str, key: str, name: str, question: str, customer: str, **settings: str) -> None:
    """One picture of the sidebar alone."""
    page = browser.new_page(viewport={"width": 1360, "height": HEIGHT + 62}, device_scale_factor=2, locale="zh-CN")
    given = "&".join(f"{name}={value}" for name, value in settings.items())
    page.goto(f"{address}/demo?{given}#key={key}")
    page.locator("[data-talk=demo-1] .clock").wait_for()
    ask(page, customer, "taobao", question)
    page.locator("iframe").screenshot(path=FOLDER / f"sidebar-{name}.png")
    page.close()


def many_ask(browser: Browser, address: str, key: str) -> None:
    """A payment that fails for many: the line that tells of it, and the reply for all of them.

    A server that was just started has no such day behind it; what it would tell is put in its place here.
    """
    page = browser.new_page(viewport={"width": 1360, "height": HEIGHT + 62}, device_scale_factor=2, locale="zh-CN")
    told = f"event: board\ndata: {json.dumps({'rises': [RISE], 'replies': [UNIFIED]})}\n\n"
    page.route("**/v1/events*", lambda route: route.fulfill(body=told, content_type="text/event-stream"))

    def unify(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json=response.json() | {"unified": UNIFIED})

    page.route("**/v1/suggestions", unify)
    page.goto(f"{address}/demo?theme=light&lang=zh#key={key}")
    page.locator("[data-talk=demo-1] .clock").wait_for()
    ask(page, "老周 1968", "wechat", RISE["title"])
    page.locator("iframe").screenshot(path=FOLDER / "sidebar-unified.png")
    page.close()


def main(address: str, key: str) -> None:
    """Take all of them."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        sidebar(
            browser, address, key, "light", "买贵了能退差价吗，退货的运费谁出", "老周 1968", theme="light", lang="zh"
        )
        sidebar(browser, address, key, "dark", "快递三天没动了，再不处理我就投诉12315", "momo", theme="dark", lang="zh")
        sidebar(browser, address, key, "english", "这个能洗羽绒服不", "小满不吃糖", theme="light", lang="en")
        many_ask(browser, address, key)
        page = browser.new_page(viewport={"width": 1360, "height": 800}, locale="zh-CN")
        page.goto(f"{address}/demo?theme=light&lang=zh#key={key}")
        page.locator("[data-talk=demo-5]").wait_for(timeout=30_000)
        page.frame_locator("iframe").locator(".card-best .main").first.click()
        page.wait_for_timeout(300)
        page.screenshot(path=FOLDER / "demo.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])
