from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from kb.assistant import Assistant
from kb.store.records import AccessRole
from tests.support.http import Api
from tests.support.library import make_assistant, small_library


@pytest.fixture(scope="session")
def small_assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return make_assistant(small_library(), tmp_path_factory.mktemp("var"))


@pytest.fixture
def api(small_assistant: Assistant, tmp_path: Path) -> Iterator[Api]:
    api = Api(small_assistant, tmp_path)
    yield api
    api.close()


@pytest.fixture
def owner(api: Api) -> TestClient:
    return api.client(AccessRole.OWNER, ["售后组"])


@pytest.fixture
def admin(api: Api) -> TestClient:
    return api.client(AccessRole.ADMIN)


@pytest.fixture
def qa(api: Api) -> TestClient:
    return api.client(AccessRole.QA)
