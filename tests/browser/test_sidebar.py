"""Every action of the sidebar, by mouse and by key."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.desk import Host, Site, Tab, best, composer, expect, press, questions, sent_by, side, talk

if TYPE_CHECKING:
    from playwright.sync_api import Route

FREIGHT = "退货的运费最多补 25 元。"
INVOICE = "发票还没到"


def heard(tab: Tab) -> list[dict[str, Any]]:
    """The feedback that the host was told of."""
    found: list[dict[str, Any]] = tab.page.evaluate("window.heard.map(([, d]) => d?.event).filter(Boolean)")
    return found


def change_answers(tab: Tab, change: Callable[[dict[str, Any]], None]) -> None:
    """Real answers with something added that a toy library does not give."""

    def changed(route: Route) -> None:
        response = route.fetch()
        answer = response.json()
        change(answer)
        route.fulfill(response=response, json=answer)

    tab.page.route("**/v1/suggestions", changed)


def test_the_best_answer_stands_there_with_its_source(host: Host) -> None:
    tab = host("退货的运费谁出", channel="taobao")
    expect(best(tab).locator(".reply")).to_have_text(FREIGHT)
    assert best(tab).locator("mark").count() > 0
    assert "退货规则" in best(tab).locator(".source").inner_text()
    assert "2026-09-01 起有效" in best(tab).locator(".facts").inner_text()
    assert re.match(r"把握 \d+%：把握大", best(tab).locator(".meter").get_attribute("aria-label") or "")
    assert side(tab).locator(".folded .card").count() == 4
    assert side(tab).locator(".folded .reply").count() == 0
    assert side(tab).locator(".asked-text").inner_text() == "退货的运费谁出"
    assert "有答案" in side(tab).locator("#said").inner_text()


def test_insert_by_mouse_and_by_key(host: Host) -> None:
    tab = host("退货的运费")
    best(tab).locator(".main").click()
    expect(composer(tab)).to_have_value(FREIGHT)
    composer(tab).fill("")
    press(tab, "Enter")
    expect(composer(tab)).to_have_value(FREIGHT)
    assert tab.page.evaluate("window.heard.filter(([name]) => name === 'insert').length") == 2
    told = tab.page.evaluate("window.heard.filter(([name]) => name === 'feedback').map(([, {event}]) => event.kind)")
    assert told == ["shown", "inserted", "inserted"]


def test_copy_by_mouse_and_by_key(host: Host) -> None:
    tab = host("退货的运费")
    best(tab).get_by_role("button", name="复制").click()
    expect(side(tab).locator("#toast")).to_contain_text("已复制")
    composer(tab).focus()
    tab.page.keyboard.press("Control+V")
    expect(composer(tab)).to_have_value(FREIGHT)
    best(tab).locator(".headline").click()
    press(tab, "ArrowRight", "c")
    expect(side(tab).locator("#toast")).to_contain_text("已复制")


def test_edit_then_insert_tells_the_distance(host: Host) -> None:
    tab = host("退货的运费")
    best(tab).get_by_role("button", name="修改").click()
    side(tab).locator(".edit").fill(FREIGHT + "谢谢")
    side(tab).locator(".editor .main").click()
    expect(composer(tab)).to_have_value(FREIGHT + "谢谢")
    press(tab, "e")
    expect(side(tab).locator(".edit")).to_be_focused()
    tab.page.keyboard.type("亲")
    tab.page.keyboard.press("Control+Enter")
    expect(composer(tab)).to_have_value(FREIGHT + "亲")
    edited = tab.page.evaluate(
        "window.heard.map(([, d]) => d?.event).filter((e) => e?.kind === 'edited').map((e) => e.distance)"
    )
    assert edited == [2, 1]


def test_escape_leaves_the_edit_and_then_the_sidebar(host: Host) -> None:
    tab = host("退货的运费")
    expect(best(tab)).to_be_visible()
    press(tab, "e")
    tab.page.keyboard.press("Escape")
    expect(side(tab).locator(".edit")).to_have_count(0)
    tab.page.keyboard.press("Escape")
    expect(composer(tab)).to_be_focused()


def test_dismiss_and_undo(host: Host) -> None:
    tab = host("退货的运费")
    best(tab).get_by_role("button", name="忽略").click()
    expect(best(tab)).to_be_hidden()
    side(tab).locator("#undo").click()
    expect(best(tab)).to_be_visible()
    press(tab, "x")
    expect(best(tab)).to_be_hidden()
    press(tab, "z")
    expect(best(tab)).to_be_visible()


@pytest.mark.parametrize(("name", "key"), [("错了", "w"), ("过期了", "o"), ("不完整", "i")])
def test_report(host: Host, name: str, key: str) -> None:
    tab = host("退货的运费")
    best(tab).get_by_role("button", name="报错").click()
    side(tab).locator(".report").get_by_role("button", name=name).click()
    expect(side(tab).locator("#toast")).to_contain_text("谢谢，已报告")
    press(tab, "r")
    expect(side(tab).locator(".report button").first).to_be_focused()
    tab.page.keyboard.press(key)
    expect(side(tab).locator(".report")).to_have_count(0)
    reasons = tab.page.evaluate(
        "window.heard.map(([, d]) => d?.event).filter((e) => e?.kind === 'reported').map((e) => e.reason)"
    )
    assert reasons == [{"w": "wrong", "o": "outdated", "i": "incomplete"}[key]] * 2


def test_digits_and_arrows_choose(host: Host) -> None:
    tab = host("退货的运费")
    expect(best(tab)).to_be_visible()
    press(tab, "3")
    cards = side(tab).locator(".card")
    expect(cards.nth(2)).to_have_class(re.compile("chosen"))
    expect(cards.nth(2).locator(".reply")).to_be_visible()
    press(tab, "ArrowLeft")
    expect(cards.nth(2).locator(".reply")).to_have_count(0)
    press(tab, "ArrowUp", "ArrowUp")
    expect(cards.nth(0)).to_be_focused()
    press(tab, "ArrowDown")
    expect(cards.nth(1)).to_be_focused()
    cards.nth(4).locator(".card-head").click()
    expect(cards.nth(4).locator(".reply")).to_be_visible()


def test_blanks_are_filled_in_place(host: Host) -> None:
    tab = host(INVOICE)
    expect(best(tab)).to_be_visible()
    press(tab, "Enter")
    name = side(tab).locator("input.blank").first
    expect(name).to_be_focused()
    expect(composer(tab)).to_have_value("")
    tab.page.keyboard.type("王女士")
    side(tab).locator("input.blank").nth(1).fill("今晚八点")
    best(tab).locator(".main").click()
    expect(composer(tab)).to_have_value("王女士，发票会在今晚八点前发到您的邮箱。")


def test_blanks_stay_with_their_conversation_and_slots_fill_them(host: Host) -> None:
    tab = host(INVOICE, slots={"顾客称呼": "李先生"})
    side(tab).locator("input.blank").nth(1).fill("九点")
    assert side(tab).locator("input.blank").first.input_value() == "李先生"
    talk(tab, "c2", INVOICE)
    expect(side(tab).locator("input.blank").first).to_have_value("")
    talk(tab, "c1", INVOICE)
    expect(side(tab).locator("input.blank").nth(1)).to_have_value("九点")


def test_internal_advice_cannot_go_out(host: Host) -> None:
    tab = host("快递丢件了")
    expect(best(tab)).to_have_class(re.compile("internal"))
    assert best(tab).locator(".main").count() == 0
    press(tab, "1", "Enter", "c", "e")
    expect(side(tab).locator("#toast")).to_contain_text("内部资料，不能发给顾客")
    assert composer(tab).input_value() == ""
    assert side(tab).locator(".edit").count() == 0


def test_calm_first(host: Host) -> None:
    tab = host("快递丢件了，气死我了")
    expect(side(tab).locator(".calm h2")).to_have_text("顾客生气了，先安抚")
    assert side(tab).locator(".advice.internal .main").count() == 0
    assert "听完" in side(tab).locator(".advice").inner_text()
    assert side(tab).locator(".asked-text mark").inner_text() == "气死"
    press(tab, "0", "Enter")
    tab.page.keyboard.type("王女士")
    side(tab).locator(".calm .main").click()
    expect(composer(tab)).to_have_value("王女士，遇上这样的事换谁都会生气，我来办。")


def test_enter_in_the_last_blank_inserts(host: Host) -> None:
    tab = host(INVOICE)
    press(tab, "Enter")
    tab.page.keyboard.type("王女士")
    tab.page.keyboard.press("Enter")
    assert composer(tab).input_value() == ""
    tab.page.keyboard.type("八点")
    tab.page.keyboard.press("Enter")
    expect(composer(tab)).to_have_value("王女士，发票会在八点前发到您的邮箱。")


def test_a_line_about_one_customer_is_gone_with_them(host: Host, tab: Tab) -> None:
    host("退货的运费")
    best(tab).locator(".main").click()
    expect(side(tab).locator("#toast")).to_have_class(re.compile("shown"))
    talk(tab, "c2", "优惠")
    expect(side(tab).locator("#toast")).not_to_have_class(re.compile("shown"))


# The end does not belong to the time in force: midnight is the end of the day before.
MIDNIGHT, EVENING = "2026-12-01T00:00:00+08:00", "2026-11-24T18:00:00+08:00"
CHANGE = {"at": "2026-10-15T00:00:00+08:00", "article": "a", "title": "新规"}
ORDER = {"as_of": "2026-10-01T00:00:00+08:00", "said": None, "effective_until": None, "change": None}


@pytest.mark.parametrize("context", [{"locale": "zh-CN"}, {"locale": "en-GB"}], indirect=True)
def test_times_are_written_as_people_read_them(tab: Tab, site: Site) -> None:
    tab.page.goto(site.sidebar)
    said = tab.page.evaluate(
        """async ([midnight, evening, change, order]) => {
          const { period, bought, end } = await import("/pages/words.js");
          return [period(null, midnight), period("2026-11-20T00:00:00+08:00", midnight),
            period("2025-11-20T00:00:00+08:00", evening), end("2027-01-01T00:00:00+08:00"), bought(order),
            bought({ ...order, change }), bought({ ...order, change: { ...change, at: "2026-09-01T08:00:00+08:00" } }),
            bought({ ...order, effective_until: "2026-11-01T00:00:00+08:00" }),
            bought({ ...order, change, said: "上月" })];
        }""",
        [MIDNIGHT, EVENING, CHANGE, ORDER],
    )
    assert (
        said
        == {
            "zh-CN": [
                "2026-11-30 24:00 前有效",
                "2026-11-20 至 11-30 24:00 有效",
                "2025-11-20 至 2026-11-24 18:00 有效",
                "2026-12-31 24:00",
                "按 2026-10-01 下单时的规则",
                "按 2026-10-01 下单时的规则；2026-10-15 起改为《新规》",
                "按 2026-10-01 下单时的规则；2026-09-01 08:00 之前按《新规》",
                "按 2026-10-01 下单时的规则；10-31 24:00 已结束",
                "按 “上月” (2026-10-01) 下单时的规则；2026-10-15 起改为《新规》，请问清下单日期",
            ],
            "en": [
                "In force until 2026-11-30 (end of day)",
                "In force 2026-11-20 to 11-30 (end of day)",
                "In force 2025-11-20 to 2026-11-24 18:00",
                "2026-12-31 (end of day)",
                "The rule for orders of 2026-10-01",
                "The rule for orders of 2026-10-01; from 2026-10-15 “新规” applies",
                "The rule for orders of 2026-10-01; before 2026-09-01 08:00 “新规” applied",
                "The rule for orders of 2026-10-01; it ended 10-31 (end of day)",
                "The rule for orders of “上月” (2026-10-01); from 2026-10-15 “新规” applies"
                "; ask for the exact order date",
            ],
        }[tab.page.locator("html").get_attribute("lang") or ""]
    )


def test_no_reliable_answer_is_said_and_asks_twice(host: Host) -> None:
    tab = host("能寄到月球吗")
    expect(side(tab).locator(".verdict h2")).to_have_text("没有可靠的答案")
    assert side(tab).locator(".lack").all_inner_texts() == ["能寄到月球"]
    assert side(tab).locator(".whom").inner_text() == "组长"
    assert side(tab).locator(".reply").count() == 0
    press(tab, "Enter")
    assert composer(tab).input_value() == ""
    press(tab, "1", "Enter")
    expect(side(tab).locator(".main.sure")).to_have_text(re.compile("不是可靠的答案"))
    assert composer(tab).input_value() == ""
    press(tab, "Enter")
    expect(composer(tab)).to_have_value("能，洗衣机选羽绒服程序。")
    kinds = tab.page.evaluate("window.heard.filter(([name]) => name === 'feedback').map(([, {event}]) => event.kind)")
    assert kinds == ["no-answer", "shown", "inserted"]


def test_a_question_back_is_asked_by_buttons(host: Host, tab: Tab) -> None:
    asked = questions(tab.page)

    def add(answer: dict[str, Any]) -> None:
        if len(asked) == 1:
            option = {"label": "洗衣机", "question": "洗衣机", "product": "QY-W10", "channel": None}
            options = [option, option | {"label": "手环"}]
            answer["clarify"] = {"about": "product", "question": "请问是哪一款？", "options": options}

    change_answers(tab, add)
    host("退货")
    side(tab).get_by_role("button", name="把这句追问插入").click()
    expect(composer(tab)).to_have_value("请问是哪一款？洗衣机、手环")
    press(tab, "Shift+Digit1")
    expect(side(tab).locator(".choice-made")).to_contain_text("按「洗衣机」查的")
    assert (asked[-1]["question"], asked[-1]["context"]["product"]) == ("洗衣机", "QY-W10")
    side(tab).get_by_role("button", name="取消这个选择").click()
    expect(best(tab).locator(".reply")).to_have_text(FREIGHT)


def test_parts_and_what_is_to_come(host: Host, tab: Tab) -> None:
    def add(answer: dict[str, Any]) -> None:
        soon = next(s for s in answer["suggestions"] if s["source"]["article"] == "phrase-wait") | {"rank": 1}
        soon["source"] = soon["source"] | {"effective_from": "2026-11-24T00:00:00+08:00"}
        answer["upcoming"] = [soon]
        for part, rank in zip(answer["parts"], (1, 2), strict=True):
            part["suggestion"], part["answerable"] = rank, True

    change_answers(tab, add)
    host("退货的运费多少？发票怎么开？", channel="jd")
    expect(side(tab).locator(".card-best")).to_have_count(2)
    expect(side(tab).locator(".parts h2")).to_have_text("这条消息有 2 个问题")
    press(tab, "a")
    expect(composer(tab)).to_have_value(f"{FREIGHT}\n\n发票由京东开具。")
    soon = side(tab).locator(".card-upcoming")
    soon.locator(".card-head").click()
    expect(soon).to_contain_text("11-24 起")
    composer(tab).fill("")
    for field in soon.locator("input.blank").all():
        field.fill("好")
    soon.locator(".main").click()
    expect(soon.locator(".main.sure")).to_have_text(re.compile("还没生效"))
    assert composer(tab).input_value() == ""


def test_feedback_waits_for_the_server(host: Host, tab: Tab) -> None:
    held: list[dict[str, Any]] = []
    state = {"up": False}

    def take(route: Route) -> None:
        if not state["up"]:
            route.fulfill(status=503, json={"error": "later", "fields": []})
            return
        held.extend(sent_by(route.request)["events"])
        route.fulfill(status=200, json={"accepted": 1})

    tab.page.route("**/v1/feedback", take)
    with tab.page.expect_response("**/v1/feedback"):
        host("退货的运费", channel="taobao")
        best(tab).locator(".main").click()
    state["up"] = True
    with tab.page.expect_response(lambda r: r.url.endswith("/v1/feedback") and r.status == 200):
        host("退货的运费", channel="taobao")
    kinds = [event["kind"] for event in held]
    assert kinds.count("inserted") == 1
    event = next(event for event in held if event["kind"] == "inserted")
    assert {"id", "at", "question_id", "generation"} <= set(event)
    known = {"text": "退货的运费", "article": "return-new", "rank": 1, "channel": "taobao", "conversation": "c1"}
    assert event | known == event


@pytest.mark.parametrize("context", [{"locale": "en-GB", "viewport": {"width": 360, "height": 800}}], indirect=True)
def test_the_key_is_asked_for_and_leaves_the_address(tab: Tab, site: Site) -> None:
    page = tab.page
    page.goto(f"{site.address}/sidebar")
    assert page.locator("html").get_attribute("lang") == "en"
    assert "kb keys add" in page.locator(".panel-key").inner_text()
    page.fill("#key", "kb_wrong_wrong")
    page.keyboard.press("Enter")
    page.keyboard.press("/")
    page.fill("input.search", "退货")
    expect(page.locator(".panel-key")).to_contain_text("This key is wrong")
    page.fill("#key", site.key)
    page.click(".key-form .main")
    page.keyboard.press("/")
    page.fill("input.search", "退货的运费")
    expect(page.locator(".panel-search .reply").first).to_have_text(FREIGHT)
    page.goto("about:blank")
    page.goto(site.sidebar)
    assert page.url == f"{site.address}/sidebar"
