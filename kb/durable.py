"""Writing so that a crash leaves the old or the new, never a half; every lasting step passes `step`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

on_step: Callable[[str], None] | None = None
"""Called before and after each lasting step with its name; tests end the process there."""


def step(name: str) -> None:
    """Mark one place where a crash would leave something behind."""
    if on_step is not None:
        on_step(name)


def flush(path: Path) -> None:
    """Flush one file or folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: beside it, flushed, renamed, its folder flushed. Raises OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        step(f"write {path.name}")
        draft.write_bytes(content)
        flush(draft)
        step(f"rename {path.name}")
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    flush(path.parent)
    step(f"written {path.name}")
