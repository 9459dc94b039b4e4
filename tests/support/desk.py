"""A chat desk in a test: the page around the sidebar, what is in the sidebar, and what both said."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import FrameLocator, Locator, Page, Request

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
PATIENCE = 30_000
"""Milliseconds that a page has for anything."""

WEBHOOK_SECRET = "a-webhooks-secret"  # noqa: S105
HOST_PAGE = """<!doctype html><meta charset="utf-8"><title>host</title>
<style>iframe { width: 380px; height: 800px }</style>
<textarea id="composer"></textarea><div id="place"></div>
<script type="module">
import { KbSidebar } from "ADDRESS/kb-sidebar.js";
const sidebar = new KbSidebar(document.querySelector("#place"), { key: "KEY", lang: "zh" });
const composer = document.querySelector("#composer");
window.heard = [];
for (const name of ["ready", "insert", "feedback", "leave"])
  sidebar.addEventListener(name, (event) => window.heard.push([name, event.detail]));
sidebar.addEventListener("insert", (event) => { composer.value = event.detail.text; });
sidebar.addEventListener("leave", () => composer.focus());
window.sidebar = sidebar;
</script>"""


@dataclass(frozen=True)
class Site:
    """The running application: its address, the one other origin that may frame it, an agent's and an owner's key."""

    address: str
    host: str
    key: str
    owner: str

    @property
    def sidebar(self) -> str:
        return f"{self.address}/sidebar#key={self.key}"


@dataclass
class Tab:
    """A page with the sidebar in a host's frame, as a host page sees it, and what both said."""

    page: Page
    told: list[str] = field(default_factory=list)
    sent: list[dict[str, object]] = field(default_factory=list)

    def events(self, kind: str) -> list[dict[str, object]]:
        """The feedback that the sidebar has sent of this kind."""
        return [event for event in self.sent if event["kind"] == kind]


Host = Callable[..., Tab]
"""Opens a host page in which a customer has said something."""


def talk(tab: Tab, conversation: str, *messages: str, **context: object) -> None:
    """The host opens a conversation in which the customer has said this."""
    said = [{"id": f"{conversation}-{n}", "role": "customer", "text": text} for n, text in enumerate(messages)]
    given = {"id": conversation, "title": conversation, "context": context, "messages": said}
    tab.page.evaluate("given => window.sidebar.open(given)", given)


def side(tab: Tab) -> FrameLocator:
    return tab.page.frame_locator("iframe").first


def best(tab: Tab) -> Locator:
    return side(tab).locator(".card-best").first


def composer(tab: Tab) -> Locator:
    return tab.page.locator("#composer")


def expect(found: Locator) -> Any:  # noqa: ANN401
    from playwright.sync_api import expect as expecting

    return expecting(found)


def press(tab: Tab, *keys: str) -> None:
    """Keys, pressed inside the sidebar."""
    best_or_body = side(tab).locator("body")
    if not tab.page.evaluate("document.activeElement?.tagName === 'IFRAME'"):
        best_or_body.evaluate("body => { body.tabIndex = -1; body.focus(); }")
    for key in keys:
        tab.page.keyboard.press(key)


def sent_by(request: Request) -> dict[str, Any]:
    """The JSON body that a request carries."""
    body: dict[str, Any] = request.post_data_json or {}
    return body


def questions(page: Page) -> list[dict[str, Any]]:
    """What the page asks from now on; grows as it asks."""
    asked: list[dict[str, Any]] = []

    def keep(request: Request) -> None:
        if request.url.endswith("/v1/suggestions"):
            asked.append(sent_by(request))

    page.on("request", keep)
    return asked
