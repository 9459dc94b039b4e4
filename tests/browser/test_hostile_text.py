"""What strangers write is shown as text: markup, addresses that run, marks that turn text, and very long messages."""

from __future__ import annotations

from tests.support.desk import Host, Tab, best, expect, press, side, talk

MESSAGE = "电饭煲 <script>alert(1)</script><img src=x onerror=alert(1)> [](javascript:alert(2)) \u202e反\u202c \"'&amp;"


def test_a_customers_markup_is_text(host: Host) -> None:
    tab = host(MESSAGE)
    expect(side(tab).locator(".asked-text")).to_have_text(MESSAGE)
    assert side(tab).locator("img, #asked script, #main script").count() == 0
    for found in (".asked-text", ".reply", ".headline"):
        turned = side(tab).locator(found).first.evaluate("e => getComputedStyle(e).unicodeBidi")
        assert turned == "isolate"


def test_an_articles_markup_is_text(host: Host) -> None:
    tab = host("电饭煲")
    expect(best(tab).locator(".reply")).to_contain_text("<script>alert(2)</script>")
    assert "<b>商品组</b>" in best(tab).locator(".owner").inner_text()
    press(tab, "t")
    expect(side(tab).locator(".article")).to_contain_text("<b>粗</b>")
    assert side(tab).locator(".article").locator("script, img, iframe, a").count() == 0
    expect(side(tab).locator(".panel-head h1")).to_have_text("电饭煲 <script>alert(5)</script>")


def test_a_server_that_lies_about_safe_html_does_no_harm(host: Host, tab: Tab) -> None:
    html = '<p data-line="1" onclick="alert(1)" style="position:fixed">好<img src=x onerror=alert(2)>'
    html += '<script>alert(3)</script></p><a href="javascript:alert(4)">点</a><a href="https://ok.example">好</a>'
    html += "<svg onload=alert(5)><form><input name=x></form>"

    def lie(route: object) -> None:
        response = route.fetch()  # type: ignore[attr-defined]
        route.fulfill(response=response, json=response.json() | {"html": html})  # type: ignore[attr-defined]

    tab.page.route("**/v1/articles/**", lie)
    host("退货的运费")
    best(tab).locator(".source").click()
    article = side(tab).locator(".article")
    expect(article.locator("p")).to_have_text("好")
    assert article.locator("img, script, svg, form, input").count() == 0
    assert [a.get_attribute("href") for a in article.locator("a").all()] == [None, "https://ok.example"]
    assert article.locator("p").get_attribute("onclick") is None
    # The browser says that it kept the handlers from running, and nothing else.
    assert all("Content Security Policy" in line for line in tab.told)
    tab.told.clear()


def test_ten_thousand_characters(host: Host) -> None:
    tab = host("电饭煲" + "😀退货" * 3333)
    expect(side(tab).locator("#asked .quiet-note")).to_contain_text("2000")
    expect(side(tab).locator(".card").first).to_be_visible()
    assert side(tab).locator(".asked-text").bounding_box()["height"] < 120  # type: ignore[index]
    talk(tab, "c2", "退货" + "字" * 10_000, "退货的运费 \ud800")
    expect(best(tab)).to_be_visible()


def test_a_slot_that_looks_like_a_blank_is_no_blank(host: Host) -> None:
    tab = host("发票还没到", slots={"顾客称呼": "{钟点}", "钟点": "<b>八点</b>"})
    best(tab).locator(".main").click()
    expect(tab.page.locator("#composer")).to_have_value("{钟点}，发票会在<b>八点</b>前发到您的邮箱。")
