"""Articles as bytes, people, and a short way to publish, for tests of the store."""

from __future__ import annotations

from kb.store.library_store import LibraryStore
from kb.store.records import AccessRole, Actor, Change, Publication

ADMIN = Actor("管理员")
OWNER = Actor("张三", AccessRole.OWNER, frozenset({"售后组"}))


def md(fields: str = "", body: str = "正文。\n", owner: str = "售后组") -> bytes:
    """An article's file; `fields` are further lines of its front matter."""
    return f"---\ntitle: 题\nkind: policy\nowner: {owner}\n{fields}---\n{body}".encode()


def publish(store: LibraryStore, **revisions: int | None) -> Publication:
    """Publish revisions by name, None withdraws; `_` in a name stands for `-`."""
    changes = [Change(name.replace("_", "-"), number) for name, number in revisions.items()]
    made = store.begin(changes, ADMIN, "直接发布")
    return store.activate(made.number, f"g{made.number}", {})
