"""Makes a folder exactly once: whole or not at all, even with two processes at it or one that is killed."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

from kb.durable import flush
from kb.progress import Progress, silent


def make_once(folder: Path, build: Callable[[Path], None], progress: Progress = silent) -> Path:
    """Return `folder`, having `build` fill it first if it is not there.

    `build` is given an empty sibling folder, which is flushed to disk and renamed when `build` returns and
    removed when it raises. A second process waits for the first and then finds the work done.
    """
    if folder.is_dir():
        return folder
    from filelock import FileLock, Timeout

    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress(f"waiting for another process that prepares {folder.name}", 0, 1)
        lock.acquire()
    try:
        if not folder.is_dir():
            _make(folder, build)
    finally:
        lock.release()
    return folder


def _make(folder: Path, build: Callable[[Path], None]) -> None:
    prefix = f".{folder.name}.part-"
    for left in folder.parent.glob(prefix + "*"):  # of a killed process: whoever holds the lock is alone
        shutil.rmtree(left)
    part = folder.with_name(prefix + uuid.uuid4().hex)
    part.mkdir()
    try:
        build(part)
        for path in sorted(part.rglob("*")):
            flush(path)
        flush(part)
        part.rename(folder)
        flush(folder.parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
