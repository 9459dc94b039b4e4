"""A real PostgreSQL for one run of the tests: the one that the wheel `pgserver` carries, in a folder of its own."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_PLAIN = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
_UNSAFE_AND_FAST = (
    "fsync=off",
    "full_page_writes=off",
    "autovacuum=off",
    "shared_buffers=32MB",
    "max_connections=60",
    "max_wal_size=64MB",
)


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of a running server, `{}` for a database's name. It is stopped, and its folder removed, at the end.

    PostgreSQL refuses to run as root; there, it runs as `nobody` from a copy that `nobody` may read.
    """
    folder = Path(tempfile.mkdtemp(prefix="kb-pg-"))
    try:
        user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        programs = _programs(folder if user is not None else None)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if user is not None:
            os.chown(folder, user, -1)
            os.chown(data, user, -1)
        options = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        made: list[str | Path] = [programs / "initdb", "-D", data, *options]
        subprocess.run(made, user=user, check=True, capture_output=True, cwd=folder, env=_PLAIN)
        with _running(programs, folder, user):
            yield f"postgresql://postgres@/{{}}?host={folder}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs(copied_to: Path | None) -> Path:
    """The folder of the server's programs; the test is skipped without them."""
    spec = importlib.util.find_spec("pgserver")
    if spec is None or spec.origin is None:
        pytest.skip("no PostgreSQL: pip install pgserver")
    package = Path(spec.origin).parent
    if copied_to is None:
        return package / "pginstall" / "bin"
    for part in ("pgserver/pginstall/bin", "pgserver/pginstall/lib", "pgserver/pginstall/share", "pgserver.libs"):
        if (package.parent / part).is_dir():
            shutil.copytree(package.parent / part, copied_to / part)
    return copied_to / "pgserver" / "pginstall" / "bin"


@contextlib.contextmanager
def _running(programs: Path, folder: Path, user: int | None) -> Iterator[None]:
    control: list[str | Path] = [programs / "pg_ctl", "-D", folder / "data", "-w", "-t", "60"]
    options = " ".join(["-c listen_addresses=''", f"-k {folder}", *(f"-c {option}" for option in _UNSAFE_AND_FAST)])
    log = folder / "data" / "log"
    started = subprocess.run(
        [*control, "-l", log, "-o", options, "start"], user=user, stdout=subprocess.DEVNULL, cwd=folder, env=_PLAIN
    )
    if started.returncode:
        raise RuntimeError(f"PostgreSQL does not start: {log.read_text() if log.exists() else 'no log'}")
    try:
        yield
    finally:
        subprocess.run(
            [*control, "-m", "immediate", "stop"], user=user, check=True, stdout=subprocess.DEVNULL, cwd=folder
        )
