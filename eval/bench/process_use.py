"""What a process and everything it started use, read from /proc (Linux)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")
_KB = 1024


@dataclass(frozen=True)
class Memory:
    """Resident bytes over all processes. rss: what each has mapped, shared pages once for each process.

    pss: each shared page shared out among those that have it mapped, so that the sum is what they take together.
    """

    rss: int
    pss: int


def family(process: int) -> list[int]:
    """A process and its descendants that live."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [process]
    for one in found:
        found += children.get(one, ())
    return found


def cpu_seconds(process: int) -> float:
    """Processor seconds of a process, its descendants, and those of them that have ended and were waited for."""
    ticks = 0
    for one in family(process):
        ticks += sum(map(int, _stat(one)[11:15]))
    return ticks / _TICKS


def memory(process: int) -> Memory:
    """What a process and its descendants hold."""
    rss = pss = 0
    for one in family(process):
        try:
            written = (_PROC / str(one) / "smaps_rollup").read_text()
        except OSError:
            continue  # it has ended
        sizes = {name: int(kb) * _KB for name, kb in re.findall(r"^(Rss|Pss): +(\d+) kB", written, re.MULTILINE)}
        rss += sizes.get("Rss", 0)
        pss += sizes.get("Pss", 0)
    return Memory(rss, pss)


def _stat(process: int) -> list[str]:
    """The fields of /proc/N/stat after the command's name, which may hold spaces; none where it has ended."""
    try:
        return (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
