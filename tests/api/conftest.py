from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.assistant import Assistant
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
