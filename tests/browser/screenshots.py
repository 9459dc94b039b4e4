"""The pictures of the sidebar in README, taken from a running server: `python -m tests.browser.screenshots URL KEY`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.desk import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH, HEIGHT = 400, 760


def ask(page: Page, question: str) -> None:
    """Let the demo's first customer say this, and wait for what the sidebar answers."""
    page.fill("#customer-text", question)
    page.keyboard.press("Enter")
    inside = page.frame_locator("iframe")
    inside.locator(".asked-text", has_text=question).wait_for()
    inside.locator(".card").first.wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)


def sidebar(browser: Browser, address: str, key: str, name: str, question: str, customer: int, **settings: str) -> None:
    """One picture of the sidebar alone."""
    page = browser.new_page(viewport={"width": 1360, "height": HEIGHT + 62}, device_scale_factor=2, locale="zh-CN")
    given = "&".join(f"{name}={value}" for name, value in settings.items())
    page.goto(f"{address}/demo?{given}#key={key}")
    page.locator(f"[data-talk=demo-{customer}]").click(timeout=30_000)
    if customer == 1:
        page.frame_locator("iframe").locator(".asked-text", has_text=question).wait_for()
        page.wait_for_timeout(500)
    else:
        ask(page, question)
    page.locator("iframe").screenshot(path=FOLDER / f"sidebar-{name}.png")
    page.close()


def main(address: str, key: str) -> None:
    """Take all of them."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        sidebar(browser, address, key, "light", "买贵了能退差价吗，退货的运费谁出", 4, theme="light", lang="zh")
        sidebar(browser, address, key, "dark", "快递三天没动了，再不处理我就投诉12315", 3, theme="dark", lang="zh")
        sidebar(browser, address, key, "english", "这个能洗羽绒服不", 1, theme="light", lang="en")
        page = browser.new_page(viewport={"width": 1360, "height": 800}, locale="zh-CN")
        page.goto(f"{address}/demo?theme=light&lang=zh#key={key}")
        page.locator("[data-talk=demo-5]").wait_for(timeout=30_000)
        page.frame_locator("iframe").locator(".card-best .main").first.click()
        page.wait_for_timeout(300)
        page.screenshot(path=FOLDER / "demo.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])
