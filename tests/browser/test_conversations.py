"""Thirty conversations at once: no answer under another message or customer, and a server that goes and comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.desk import Host, Tab, best, expect, press, questions, sent_by, side, talk

if TYPE_CHECKING:
    from playwright.sync_api import Route

FREIGHT = "退货的运费最多补 25 元。"
COUPON = "感恩周优惠：满 100 减 20。"


class Held:
    """Holds the answers to some questions until they are let go."""

    def __init__(self, tab: Tab, *questions: str) -> None:
        self.questions = questions
        self.routes: list[Route] = []
        tab.page.route("**/v1/suggestions", self.take)

    def take(self, route: Route) -> None:
        if sent_by(route.request)["question"] in self.questions:
            self.routes.append(route)
        else:
            route.continue_()

    def let_go(self) -> None:
        for route in self.routes:
            route.continue_()
        self.routes.clear()


def test_a_late_answer_never_lands_under_another_customer(host: Host, tab: Tab) -> None:
    held = Held(tab, "退货的运费")
    host("退货的运费")
    talk(tab, "c2", "优惠")
    expect(best(tab).locator(".reply")).to_have_text(COUPON)
    with tab.page.expect_response("**/v1/suggestions"):
        held.let_go()
    assert best(tab).locator(".reply").inner_text() == COUPON
    assert side(tab).locator(".asked-text").inner_text() == "优惠"
    talk(tab, "c1", "退货的运费")
    expect(best(tab).locator(".reply")).to_have_text(FREIGHT)


def test_a_late_answer_never_lands_under_a_newer_message(host: Host, tab: Tab) -> None:
    held = Held(tab, "退货的运费")
    host("退货的运费")
    tab.page.evaluate("window.sidebar.receive('c1', {id: 'n', role: 'customer', text: '优惠'})")
    expect(best(tab).locator(".reply")).to_have_text(COUPON)
    held.let_go()
    expect(side(tab).locator(".asked-text")).to_have_text("优惠")
    assert best(tab).locator(".reply").inner_text() == COUPON


def test_the_old_answer_is_gone_while_the_new_one_is_on_its_way(host: Host, tab: Tab) -> None:
    held = Held(tab, "优惠")
    host("退货的运费")
    expect(best(tab)).to_be_visible()
    tab.page.evaluate("window.sidebar.receive('c1', {role: 'customer', text: '优惠'})")
    expect(side(tab).locator(".asking")).to_be_visible()
    assert side(tab).locator(".card").count() == 0
    held.let_go()
    expect(best(tab).locator(".reply")).to_have_text(COUPON)


def test_thirty_conversations_are_ready_before_they_are_opened(host: Host, tab: Tab) -> None:
    asked = questions(tab.page)
    host("退货的运费")
    for n in range(2, 31):
        tab.page.evaluate(f"window.sidebar.receive('c{n}', {{id: 'm', role: 'customer', text: '优惠 {n}'}})")
    tab.page.wait_for_function("() => true")
    expect(side(tab).locator(".asked-text")).to_have_text("退货的运费")
    while len(asked) < 30:
        tab.page.wait_for_timeout(20)
    tab.page.unroute_all()
    for n in (30, 17, 2):
        said = [{"id": "m", "role": "customer", "text": f"优惠 {n}"}]
        tab.page.evaluate("given => window.sidebar.open(given)", {"id": f"c{n}", "messages": said})
        expect(side(tab).locator(".asked-text")).to_have_text(f"优惠 {n}")
        expect(best(tab).locator(".reply")).to_have_text(COUPON)
    assert len(asked) == 30


def test_what_the_agent_does_is_not_interrupted(host: Host, tab: Tab) -> None:
    host("退货的运费")
    expect(best(tab)).to_be_visible()
    press(tab, "e")
    tab.page.keyboard.type("亲")
    tab.page.evaluate("window.sidebar.receive('c1', {role: 'customer', text: '优惠'})")
    expect(side(tab).locator(".held")).to_be_visible()
    assert side(tab).locator(".edit").input_value() == FREIGHT + "亲"
    side(tab).locator(".held").click()
    expect(best(tab).locator(".reply")).to_have_text(COUPON)
    expect(side(tab).locator(".held")).to_have_count(0)


def test_an_edit_waits_for_its_conversation(host: Host, tab: Tab) -> None:
    host("退货的运费")
    expect(best(tab)).to_be_visible()
    press(tab, "e")
    tab.page.keyboard.type("亲")
    talk(tab, "c2", "优惠")
    expect(best(tab).locator(".reply")).to_have_text(COUPON)
    talk(tab, "c1", "退货的运费")
    expect(side(tab).locator(".edit")).to_have_value(FREIGHT + "亲")


def test_a_lost_server_keeps_the_last_answers_and_says_so(host: Host, tab: Tab) -> None:
    host("退货的运费")
    expect(best(tab)).to_be_visible()
    tab.page.route("**/v1/**", lambda route: route.abort())
    tab.page.evaluate("window.sidebar.receive('c1', {id: 'n', role: 'customer', text: '优惠'})")
    expect(side(tab).locator("#lost")).to_contain_text("连不上知识库")
    expect(side(tab).locator("#lost")).to_contain_text("上一条消息的答案")
    assert side(tab).locator("#lost").get_attribute("role") == "alert"
    assert best(tab).locator(".reply").inner_text() == FREIGHT
    tab.page.unroute("**/v1/**")
    side(tab).locator("#lost .link").click()
    expect(best(tab).locator(".reply")).to_have_text(COUPON)
    expect(side(tab).locator("#lost")).to_be_hidden()


def test_a_lost_server_is_asked_again_by_itself(host: Host, tab: Tab) -> None:
    tab.page.route("**/v1/suggestions", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    host("退货的运费")
    expect(side(tab).locator("#lost")).to_contain_text("还没有可以显示的答案")
    tab.page.unroute("**/v1/suggestions")
    expect(best(tab).locator(".reply")).to_have_text(FREIGHT)
    expect(side(tab).locator("#toast")).to_contain_text("已重新连上")


def test_a_refused_message_is_no_lost_server(host: Host, tab: Tab) -> None:
    refusal = {"error": "the request is not valid", "fields": [{"field": "context.as_of", "message": "is no date"}]}
    tab.page.route("**/v1/suggestions", lambda route: route.fulfill(status=422, json=refusal))
    host("退货的运费")
    expect(side(tab).locator("main .warning")).to_have_text("这条消息查不了：context.as_of: is no date")
    assert side(tab).locator("#lost").is_hidden()
