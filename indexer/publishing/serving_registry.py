"""Which processes serve, and from which publication each answers; a dead one's lock is free, whatever its file says."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from pydantic import TypeAdapter

from indexer.publishing.receipt import ServingProcess

_STATE = ".json"
_LOCK = ".lock"


@dataclass(frozen=True)
class _State:
    """What a process says of itself. gone: passages of the articles that its last switch took away, counted there."""

    process: ServingProcess
    gone: dict[str, int]


_STATE_FILE = TypeAdapter(_State)


class ServingRegistry:
    """The folder `var/serving`: for each process a file and a lock that it holds as long as it lives."""

    def __init__(self, var: Path) -> None:
        self._root = var / "serving"
        self._root.mkdir(parents=True, exist_ok=True)

    def enter(self) -> ServingEntry:
        """Register this process; it counts as serving from its first `says`."""
        with self._alone():
            name = uuid.uuid4().hex[:12]
            lock = (self._root / f"{name}{_LOCK}").open("w")
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return ServingEntry(name, self._root, lock)

    def alive(self) -> list[ServingProcess]:
        """The living processes that answer, by id; what the dead left is removed."""
        return [state.process for state in self._states()]

    def gone(self) -> dict[str, dict[str, int]]:
        """For each living process the articles that its last switch took away, with the passages left of each."""
        return {state.process.id: state.gone for state in self._states()}

    def _states(self) -> list[_State]:
        with self._alone():
            found = [self._state(path) for path in sorted(self._root.glob(f"*{_LOCK}")) if path.stem]
        return [state for state in found if state is not None]

    def _state(self, lock: Path) -> _State | None:
        state = lock.with_suffix(_STATE)
        if lock.name == _LOCK:
            return None
        with lock.open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                try:
                    return _STATE_FILE.validate_json(state.read_bytes())
                except (FileNotFoundError, ValueError):
                    return None  # it lives, and answers nobody yet
            state.unlink(missing_ok=True)
            lock.unlink()
            return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """So that no lock is taken for free between its making and its holding."""
        with (self._root / _LOCK).open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


class ServingEntry:
    """The place of this process in the registry, until it is closed or the process ends."""

    def __init__(self, name: str, root: Path, lock: IO[str]) -> None:
        self.id = name
        self._file = root / f"{name}{_STATE}"
        self._lock = lock

    def says(self, generation: str, publication: int, gone: Mapping[str, int] | None = None) -> None:
        """Every request that runs now, and every later one, is answered from this publication. Raises OSError."""
        process = ServingProcess(self.id, os.getpid(), socket.gethostname(), generation, publication)
        written = _STATE_FILE.dump_python(_State(process, dict(gone or {})), mode="json")
        draft = self._file.with_suffix(".new")
        draft.write_text(json.dumps(written), encoding="utf-8")
        draft.replace(self._file)  # not flushed: it dies with the process

    def close(self) -> None:
        """Leave the registry."""
        self._file.unlink(missing_ok=True)
        self._lock.close()

    def __enter__(self) -> ServingEntry:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
