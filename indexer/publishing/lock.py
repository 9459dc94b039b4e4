"""The right to publish for one `var`: one process and thread at a time; a dead one's is free."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kb.progress import Progress

_FILE = "publishing.lock"


@contextmanager
def publishing_lock(var: Path, progress: Progress, wait: bool = True) -> Iterator[None]:
    """Hold the right while the block runs; another publisher waits. Raises BlockingIOError unless it may wait."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / _FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                raise
            progress("waiting for another publisher", 0, 1)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
