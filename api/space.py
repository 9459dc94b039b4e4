"""Room on the disk of `var`, and what takes it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from api.schemas_status import SpaceOut
from kb.settings import Settings

_TIMES = 3
_LEAST = 1 << 30


def space(settings: Settings) -> SpaceOut:
    """Room left; enough: as much again three times as all generations take, and at least 1 GiB."""
    free = shutil.disk_usage(settings.var).free
    kept = _size(settings.var / "generations") + _size(settings.var / "segments")
    return SpaceOut(free=free, var=_size(settings.var), generations=kept, enough=free >= max(_LEAST, _TIMES * kept))


def _size(folder: Path) -> int:
    """The bytes of all files below a folder; 0 where there is none. What vanishes meanwhile does not count."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except FileNotFoundError:
                continue
    return total
