from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import NoReturn

import pytest

from indexer.encoder import TextEncoder
from indexer.model.prepare import PreparedModel, load_encoder, prepare


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
        return prepare("packaged", test_var)


@pytest.fixture(scope="session")
def packaged_encoder(packaged_model: PreparedModel) -> TextEncoder:
    return load_encoder(packaged_model)
