"""Text files written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from kb import durable


def write_whole(path: Path, text: str) -> None:
    """Write text to a file, its folder made where it is missing; see `kb.durable.write_whole`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    durable.write_whole(path, text.encode("utf-8"))
