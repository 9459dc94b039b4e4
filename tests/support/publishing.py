"""A `var` over the ToyEncoder with its store and publisher, and folders to publish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from indexer.publishing.desk import Desk
from indexer.publishing.publisher import Publisher
from indexer.workspace import Workspace
from kb.gate import Gate
from kb.settings import Settings, load_settings
from kb.store.library_store import LibraryStore
from kb.store.records import AccessRole, Actor
from tests.support.articles import article_text
from tests.support.toy_encoder import ToyEncoder

OWNER = Actor("周敏", AccessRole.ADMIN)

Files = Mapping[str, str | None]
"""Path to text; None: the file is not there."""


class ToyWorkspace(Workspace):
    """A Workspace that needs no model."""

    encoder = ToyEncoder()

    def _agreement(self) -> dict[str, float]:
        return {}


def settings_of(var: Path, **more: object) -> Settings:
    """Settings for one var, whatever the environment says."""
    return load_settings(**{"var": var, **more})


@contextmanager
def opened(
    var: Path, gate: Gate | None = None, desk: Desk | None = None, patience: float = 10, **more: object
) -> Iterator[tuple[Publisher, LibraryStore]]:
    """A publisher and its store, closed at the end."""
    settings = settings_of(var, **more)
    store = LibraryStore.open(settings)
    try:
        yield Publisher(ToyWorkspace(settings), store, gate, desk=desk, patience=patience), store
    finally:
        store.close()


def write_files(folder: Path, files: Files) -> Path:
    """Write, change and remove files."""
    for name, text in files.items():
        path = folder / name
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def shop(folder: Path) -> Path:
    """Four articles and a word file."""
    return write_files(
        folder,
        {
            "policy/freight.md": article_text("运费", "## 运费多少钱？\n\n运费 10 元。", owner="物流组"),
            "policy/invoice.md": article_text("发票", "## 怎么开发票？\n\n发票 24 小时内开好。"),
            "band.md": article_text("手环", "手环防水。", "product", products=["QY-B7"]),
            "coupon.md": article_text("优惠", "优惠券不能叠加。"),
            "_synonyms.yaml": "- [运费, 邮费]\n",
        },
    )


CHANGED: Files = {
    "policy/freight.md": article_text("运费", "## 运费多少钱？\n\n运费 6 元。", owner="物流组"),
    "express.md": article_text("快递", "## 发什么快递？\n\n快递是火星快递。"),
    "coupon.md": None,
}
"""A file changed, one new, one gone."""
