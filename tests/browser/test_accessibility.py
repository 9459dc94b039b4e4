"""axe-core finds nothing serious, nothing scrolls sideways, and the languages and shades are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk import Site, Tab, best, expect, side

AXE = Path(__file__).with_name("axe.min.js")
QUESTIONS = {"answer": "退货的运费", "blanks": "发票还没到", "calm": "快递丢件了，气死我了", "nearest": "能寄到月球吗"}


def serious(tab: Tab, frame: int) -> list[str]:
    """What axe-core holds to be serious or worse in a frame: rule, and the elements."""
    inside = tab.page.frames[frame]
    inside.evaluate(AXE.read_text(encoding="utf-8"))
    found = inside.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {[node['target'] for node in rule['nodes']]}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
    ]


def open_desk(tab: Tab, site: Site, question: str, lang: str = "zh", theme: str = "light") -> None:
    tab.page.goto(f"{site.address}/demo?lang={lang}&theme={theme}#key={site.key}")
    expect(tab.page.locator(".talk .by-customer").first).to_be_visible()
    tab.page.fill("#customer-text", question)
    tab.page.keyboard.press("Enter")
    expect(side(tab).locator(".asked-text")).to_have_text(question)
    expect(side(tab).locator(".card").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("shown", QUESTIONS)
def test_nothing_serious_in_an_answer(tab: Tab, site: Site, shown: str, theme: str) -> None:
    open_desk(tab, site, QUESTIONS[shown], theme=theme)
    assert serious(tab, 1) == []
    assert serious(tab, 0) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_in_the_panels(tab: Tab, site: Site, theme: str) -> None:
    open_desk(tab, site, "退货的运费", "en", theme)
    best(tab).locator(".source").click()
    expect(side(tab).locator(".article")).to_be_visible()
    assert serious(tab, 1) == []
    for name in ("Search", "Phrases", "Next 48 hours", "Keys"):
        side(tab).get_by_role("button", name=name, exact=True).click()
        expect(side(tab).locator(".panel")).to_be_visible()
        assert serious(tab, 1) == []


@pytest.mark.parametrize(
    "context", [{"viewport": {"width": width, "height": 800}} for width in (160, 320, 420)], indirect=True
)
def test_no_sideways_scrolling(tab: Tab, site: Site) -> None:
    """160 pixels are 320 at 200 %."""
    page = tab.page
    page.goto(site.sidebar)
    width = page.viewport_size["width"] if page.viewport_size else 0
    for key in ("?", "h", "/", ";"):
        page.keyboard.press(key)
        expect(page.locator(".panel")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.fill("input.search", "发票还没到")
    expect(page.locator(".card .reply")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("context", [{"locale": "en-GB", "color_scheme": "dark"}], indirect=True)
def test_language_and_shade_follow_the_browser(tab: Tab, site: Site) -> None:
    tab.page.goto(site.sidebar)
    assert tab.page.locator("main h2").inner_text() == "Waiting for a message"
    dark = tab.page.evaluate("getComputedStyle(document.body).backgroundColor")
    tab.page.goto(f"{site.address}/sidebar?lang=zh&theme=light")
    assert tab.page.locator("main h2").inner_text() == "等顾客的消息"
    assert tab.page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
