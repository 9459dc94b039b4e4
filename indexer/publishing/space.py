"""Room on the disk: told before it is short, and refused before anything is written that cannot fit."""

from __future__ import annotations

import shutil
from pathlib import Path

from kb.errors import NoRoomError

_SHORT = 1 << 30
_TIMES = 3
# A generation without an older one to go by: measured on the demo shop, see docs/architecture.md.
_PER_BYTE = 130
_LEAST = 1 << 20
# What is changed is written into a segment with something beside it, and into the cache.
_MORE = 2


def check_room(var: Path, active: int, written: int, changed: int) -> list[str]:
    """Warnings where room runs short.

    active: bytes of the generation that serves, its segments included; 0: there is none. written: bytes of all
    articles as they would be; changed: of those that differ. Raises NoRoomError where what they need cannot fit; a
    tidy-up of segments may need more, and is undone where it does not fit.
    """
    whole = active or written * _PER_BYTE
    need = _LEAST + round(_MORE * whole * changed / max(written, 1))
    free = shutil.disk_usage(var).free
    if free < need:
        raise NoRoomError(
            f"no room: {_megabytes(free)} free under {var}, and this publication needs about {_megabytes(need)}; "
            "nothing was written. Free some, or lower KB_KEEP_GENERATIONS (`kb generations` lists what is kept)"
        )
    if free < max(_SHORT, _TIMES * whole):
        return [f"room runs short: {_megabytes(free)} free under {var}, a whole generation is {_megabytes(whole)}"]
    return []


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
