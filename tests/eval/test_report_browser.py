"""The report in a real browser: filters, search, languages, and a policy that lets nothing else run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eval.record import Record
from eval.report import render_report
from tests.support.desk import CHROMIUM
from tests.support.records import make_record
from tests.support.reports import HOSTILE, MADE, make_run, some_records

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="Chromium is not installed (apt-get install chromium)"
)


def many_records() -> list[Record]:
    hostile = make_record("bad", ["y"], {"x": 3}, text=HOSTILE, reply=HOSTILE, confidence=0.01)
    more = [make_record(f"m{n:02}", ["y"], {"x": 3}, tags=("many",), confidence=0.1) for n in range(45)]
    return [*some_records(), hostile, *more]


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    file = tmp_path / "report.html"
    file.write_text(render_report(make_run(many_records()), MADE), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN", offline=True)
    opened = context.new_page()
    said: list[str] = []

    def refuse(dialog: Dialog) -> None:
        said.append(f"a dialog opened: {dialog.message}")
        dialog.dismiss()

    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("dialog", refuse)
    opened.goto(file.as_uri())
    yield opened
    context.close()
    assert said == []


def ids(page: Page) -> list[str]:
    return page.locator(".q .head > code").all_inner_texts()


def wait_for_one(page: Page) -> None:
    """Until the search, which waits for the typing to end, has left one question."""
    from playwright.sync_api import expect

    expect(page.locator(".q")).to_have_count(1)


def test_filter_by_kind_and_slice(page: Page) -> None:
    assert len(ids(page)) == 20
    assert ids(page)[:2] == ["q2", "q4"]
    page.click('[data-kind="offered"]')
    assert ids(page) == ["q4"]
    page.click("#clear")
    page.select_option("#slice", "typo")
    assert ids(page) == ["q2", "q3"]
    page.click('[data-kind="missing"]')
    assert ids(page) == ["q3"]
    page.click('[data-kind="silent"]')
    assert ids(page) == []
    assert page.locator("#list .empty").is_visible()


def test_search_in_any_width_and_case(page: Page) -> None:
    page.fill("#search", "洗衣机 Ｗ10")
    wait_for_one(page)
    assert ids(page) == ["q2"]
    assert "名次 2" in page.locator(".q").inner_text()


def test_twenty_at_a_time(page: Page) -> None:
    page.click("#more")
    assert len(ids(page)) == 40
    page.click("#more")
    assert len(ids(page)) == len(set(ids(page))) == 51
    assert not page.locator("#more").is_visible()


def test_choosing_a_slice_or_an_article_shows_its_failures(page: Page) -> None:
    page.click("#slices summary")
    page.click('[data-slice="unanswerable"]')
    assert ids(page) == ["q4"]
    page.click('[data-search="z"]')
    assert "q4" in ids(page)
    assert page.input_value("#search") == "z"


def test_both_languages_and_both_shades(page: Page) -> None:
    assert page.locator("h1").inner_text().startswith("总览")
    page.click("[data-language=en]")
    assert page.locator("h1").inner_text().startswith("Overview")
    assert page.get_attribute("#search", "placeholder") == "search question, article, reply…"
    assert "wrong first" in page.locator(".q").first.inner_text()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.select_option("#theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_hostile_text_is_read_as_text(page: Page) -> None:
    page.fill("#search", "onerror")
    wait_for_one(page)
    assert ids(page) == ["bad"]
    assert page.locator(".question").inner_text().startswith('</script><script>alert("x")')
    assert page.locator("img").count() == 0
    # A mark that turns text stays inside its own line.
    assert page.evaluate("getComputedStyle(document.querySelector('.question')).unicodeBidi") == "isolate"


@pytest.mark.parametrize("width", [1280, 420])
def test_no_sideways_scrolling(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
