"""Gives back memory that a process holds only because it once read it: pages of mapped files."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

_DONT_NEED = 4  # MADV_DONTNEED: of a file that is mapped and was not written to, the pages are read again when needed


def release(path: Path) -> int:
    """Let go of the pages of a file that this process has mapped read-only; return how many bytes are mapped.

    They stay in the system's page cache, for every process. Does nothing where the system is not Linux.
    """
    if not sys.platform.startswith("linux"):
        return 0
    libc = ctypes.CDLL(None)
    libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    wanted, released = str(path.resolve()), 0
    for line in Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) < 6 or fields[5] != wanted or "w" in fields[1]:
            continue
        begin, end = (int(part, 16) for part in fields[0].split("-"))
        if libc.madvise(begin, end - begin, _DONT_NEED) == 0:
            released += end - begin
    return released
