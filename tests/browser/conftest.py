"""A real application over a toy library on a free port, and pages of Debian's Chromium that may say nothing wrong."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn

from api.app import create_app
from api.serving import Serving
from kb.settings import load_settings
from kb.store.records import AccessRole
from tests.support.desk import CHROMIUM, HOST_PAGE, PATIENCE, WEBHOOK_SECRET, Host, Site, Tab, sent_by, talk
from tests.support.desk_library import desk_library
from tests.support.http import Api
from tests.support.library import make_assistant

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Request

EXPECTED = ("Failed to load resource", "ERR_")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = pytest.mark.skip(reason="Chromium is not installed (apt-get install chromium)")
    for item in items:
        if Path(__file__).parent in item.path.parents and not Path(CHROMIUM).exists():
            item.add_marker(missing)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    var = tmp_path_factory.mktemp("desk")
    assistant = make_assistant(desk_library(), var)
    # Listening from here on: what comes before the server runs waits for it.
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    # By another name the same machine is another origin.
    host = f"http://localhost:{port}"
    api = Api(assistant, var, load_settings(var=var, frame_origins=host, chatwoot_secret=WEBHOOK_SECRET))
    app = create_app(Serving(assistant), api.settings, api.services)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{port}", host, api.token(AccessRole.AGENT), api.token(AccessRole.OWNER, ["售后组"]))
    server.should_exit = True
    thread.join(60)
    api.close()


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A browser of its own: Chinese, light, as narrow as a sidebar; a test may ask otherwise by `param`."""
    asked = {"locale": "zh-CN", "viewport": {"width": 1200, "height": 900}, **getattr(request, "param", {})}
    opened = browser.new_context(**asked)
    opened.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


@pytest.fixture
def tab(context: BrowserContext) -> Iterator[Tab]:
    """A tab whose feedback is kept here; what a page says wrong, or a dialog that opens, fails the test."""
    tab = Tab(context.new_page())

    def refuse(dialog: Dialog) -> None:
        tab.told.append(f"a dialog opened: {dialog.message}")
        dialog.dismiss()

    tab.page.on("console", lambda message: tab.told.append(message.text))
    tab.page.on("pageerror", lambda error: tab.told.append(str(error)))
    tab.page.on("dialog", refuse)

    def keep(request: Request) -> None:
        if request.url.endswith("/v1/feedback"):
            tab.sent.extend(sent_by(request)["events"])

    tab.page.on("request", keep)
    yield tab
    # A request that the page still makes is not answered by a test that is over.
    tab.page.unroute_all(behavior="ignoreErrors")
    assert [line for line in tab.told if not any(word in line for word in EXPECTED)] == []


@pytest.fixture
def host(tab: Tab, site: Site) -> Host:
    """Opens a host page that speaks by `kb-sidebar.js`, another origin than the sidebar's."""

    def open_host(*messages: str, conversation: str = "c1", **context: object) -> Tab:
        html = HOST_PAGE.replace("ADDRESS", site.address).replace("KEY", site.key)
        tab.page.route(f"{site.host}/desk", lambda route: route.fulfill(body=html, content_type="text/html"))
        tab.page.goto(f"{site.host}/desk")
        tab.page.wait_for_function("window.heard?.some(([name]) => name === 'ready')")
        talk(tab, conversation, *messages, **context)
        return tab

    return open_host
