from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.publishing import OWNER, opened, shop


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The toy shop's articles, before anything is published."""
    return shop(tmp_path / "folder")


@pytest.fixture
def var(tmp_path: Path, folder: Path) -> Path:
    """A `var` in which they are published."""
    with opened(tmp_path / "var") as (publisher, _):
        publisher.publish_folder(folder, OWNER, "first")
    return tmp_path / "var"
