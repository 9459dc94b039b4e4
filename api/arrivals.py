"""How a message that one process was told of reaches the sidebars of another: one line in a file below `var`.

Each minute has a file of its own, which is removed a few minutes later; a reader looks for what was added to it.
Processes on other machines see nothing of it: their sidebars ask the host every two seconds, as without any push.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

FOLDER = "arrivals"
_MINUTE = 60
_KEPT = 3
_MOST = 1 << 20
"""Bytes read at once, and the most of a minute's file: far more than any desk's messages."""


class Arrivals:
    """One process's view of them; used from one thread. Conversations are words without white space."""

    def __init__(self, var: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = var / FOLDER
        self._clock = clock
        self._own = token_hex(8)
        self._seen: dict[str, int] = {}

    def add(self, conversation: str) -> None:
        """Tell the other processes. Raises OSError where it cannot be written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / self._name(0)
        if not path.exists():
            self._tidy()
        elif path.stat().st_size > _MOST:
            return
        # One small write at the end of a file is whole, also beside others' writes.
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, f"{self._own} {conversation}\n".encode())
        finally:
            os.close(file)

    def skip(self) -> None:
        """What is there by now is old news."""
        self._seen = {self._name(0): self._size(self._name(0))}

    def new(self) -> list[str]:
        """Conversations that other processes were told of since the last call, or since `skip`."""
        names = self._name(-1), self._name(0)
        found: list[str] = []
        for name in names:
            start = self._seen.get(name, 0)
            if self._size(name) <= start:
                continue
            with (self._folder / name).open("rb") as file:
                file.seek(start)
                read = file.read(_MOST)
            # Half a line is read with the rest of it.
            whole = read[: read.rfind(b"\n") + 1]
            self._seen[name] = start + len(whole)
            found += self._of_others(whole)
        self._seen = {name: start for name, start in self._seen.items() if name in names}
        return list(dict.fromkeys(found))

    def _of_others(self, lines: bytes) -> list[str]:
        parts = (line.split(" ", 1) for line in lines.decode("utf-8", "replace").splitlines())
        return [part[1] for part in parts if len(part) > 1 and part[0] != self._own]

    def _size(self, name: str) -> int:
        try:
            return (self._folder / name).stat().st_size
        except FileNotFoundError:
            return 0

    def _tidy(self) -> None:
        oldest = self._name(-_KEPT)
        for path in self._folder.iterdir():
            if path.name < oldest:
                path.unlink(missing_ok=True)

    def _name(self, minutes: int) -> str:
        return f"{int(self._clock() // _MINUTE) + minutes:012d}"
