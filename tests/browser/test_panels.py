"""What opens over the answers: the article, search, phrases, the next 48 hours, the keys."""

from __future__ import annotations

from tests.support.desk import Host, Tab, best, composer, expect, press, side


def test_the_whole_article_opens_at_the_passage(host: Host) -> None:
    tab = host("洗衣机能洗羽绒服吗")
    best(tab).locator(".source").click()
    expect(side(tab).locator(".article .here")).to_have_text("能，洗衣机选羽绒服程序。")
    tab.page.keyboard.press("Escape")
    expect(side(tab).locator(".article")).to_have_count(0)
    press(tab, "1", "t")
    expect(side(tab).locator(".article .here")).to_be_visible()
    side(tab).get_by_role("button", name="返回").click()
    expect(best(tab)).to_be_visible()


def test_search_while_typing(host: Host) -> None:
    tab = host("退货的运费")
    expect(best(tab)).to_be_visible()
    press(tab, "/")
    field = side(tab).locator("input.search")
    expect(field).to_be_focused()
    tab.page.keyboard.type("优惠")
    first = side(tab).locator(".panel-search .card").first
    expect(first.locator(".reply")).to_have_text("感恩周优惠：满 100 减 20。")
    tab.page.keyboard.press("Enter")
    expect(composer(tab)).to_have_value("感恩周优惠：满 100 减 20。")
    field.focus()
    tab.page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    tab.page.keyboard.press("Escape")
    expect(best(tab)).to_be_visible()


def test_phrases_by_their_first_letters(host: Host) -> None:
    tab = host("退货的运费")
    expect(best(tab)).to_be_visible()
    press(tab, ";")
    tab.page.keyboard.type("kdcx")
    first = side(tab).locator(".panel-phrases .card").first
    expect(first.locator(".headline")).to_have_text("请稍等 · 快递查询中")
    first.locator("input.blank").fill("八点")
    first.locator(".main").click()
    expect(composer(tab)).to_have_value("您的快递正在查，八点前回复您。")
    tab.page.keyboard.press("Escape")
    side(tab).get_by_role("button", name="话术").click()
    expect(side(tab).locator(".panel-phrases .card")).to_have_count(3)


def test_what_starts_and_ends(host: Host, tab: Tab) -> None:
    entry = {"at": "2026-11-24T00:00:00+08:00", "what": "ends", "article": "festival", "title": "感恩周"}
    tab.page.route("**/v1/calendar?days=2", lambda route: route.fulfill(json={"entries": [entry], "generation": "x"}))
    host("退货的运费")
    expect(best(tab)).to_be_visible()
    press(tab, "h")
    expect(side(tab).locator(".happening")).to_contain_text("感恩周")
    assert side(tab).locator(".when").inner_text().split() == ["11-23", "24:00", "结束"]
    side(tab).locator(".happening").click()
    expect(side(tab).locator(".article")).to_contain_text("满 100 减 20")
    tab.page.keyboard.press("Escape")
    expect(side(tab).locator(".happening")).to_be_focused()


def test_an_older_server_without_calendar_and_phrases(host: Host, tab: Tab) -> None:
    for address in ("**/v1/calendar?days=2", "**/v1/phrases*"):
        tab.page.route(address, lambda route: route.fulfill(status=404, json={"error": "no", "fields": []}))
    host("退货的运费")
    expect(best(tab)).to_be_visible()
    press(tab, "h")
    expect(side(tab).locator(".panel")).to_contain_text("还没有日历")
    press(tab, ";")
    expect(side(tab).locator(".panel")).to_contain_text("还没有话术列表")


def test_help_shows_the_keys_and_switches_them_off(host: Host) -> None:
    tab = host("退货的运费")
    expect(best(tab)).to_be_visible()
    press(tab, "?")
    assert "插入选中的" in side(tab).locator(".keys").inner_text()
    side(tab).locator(".scope input").uncheck()
    tab.page.keyboard.press("Escape")
    press(tab, "x", "/", "3")
    expect(best(tab)).to_be_visible()
    assert side(tab).locator(".panel").count() == 0
