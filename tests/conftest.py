from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from filelock import FileLock

from indexer.encoder import TextEncoder
from indexer.model.prepare import PreparedModel, load_encoder, prepare
from tests.support.desk import CHROMIUM, PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def pytest_configure() -> None:
    """Forget how wide the terminal is: readline tells pytest's children, and a Console made at import keeps it."""
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
        os.unsetenv(name)  # readline goes behind `os.environ`


@pytest.fixture(scope="session")
def test_var() -> Path:
    """Where prepared models stay between runs of the tests."""
    return Path(os.environ.get("KB_TEST_VAR") or Path(__file__).parents[1] / "var" / "test")


@pytest.fixture(scope="session")
def packaged_model(test_var: Path) -> PreparedModel:
    """The packaged model, prepared with no network to be had."""

    def refused(*args: object) -> NoReturn:
        raise AssertionError(f"preparing the packaged model wanted the network: {args[1:]}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refused)
        patch.setattr(socket, "getaddrinfo", refused)
        prepared = prepare("packaged", test_var)
    # OpenVINO's own cache has no lock, and two processes that load the model for the first time would both write it.
    with FileLock(prepared.folder.with_name(f".{prepared.folder.name}.loaded.lock")):
        if not (prepared.folder / "cache").exists():
            load_encoder(prepared)
    return prepared


@pytest.fixture(scope="session")
def packaged_encoder(packaged_model: PreparedModel) -> TextEncoder:
    return load_encoder(packaged_model)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all; a second Playwright in one process refuses to start beside the first."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        # The host's page comes from no address at all, and a browser asks before such a page speaks with this machine.
        arguments = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"]
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        opened.close()
