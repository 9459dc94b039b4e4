"""Articles for tests, as files in a folder or as objects."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from kb.article import Article
from kb.folder import read_article

ZONE = ZoneInfo("Asia/Shanghai")


def article_text(title: str, body: str = "", kind: str = "policy", **fields: object) -> str:
    """A file's text; `fields` are written as YAML flow values."""
    lines = [f"title: {title}", f"kind: {kind}"]
    for name, value in fields.items():
        written = f"[{', '.join(map(str, value))}]" if isinstance(value, (list, tuple)) else value
        lines.append(f"{name}: {written}")
    return "---\n" + "\n".join(lines) + f"\n---\n{body or title + '的说明。'}\n"


def make_article(id: str, title: str = "标题", body: str = "", kind: str = "policy", **fields: object) -> Article:  # noqa: A002
    """One article, read as from a file."""
    return read_article(article_text(title, body, kind, id=id, **fields), f"{id}.md", ZONE)


def write_library(folder: Path, **texts: str) -> Path:
    """A folder of articles; names get `.md`, `__` stands for a folder's slash and `_` for a dash."""
    for name, text in texts.items():
        path = folder / f"{name.replace('__', '/').replace('_', '-')}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
