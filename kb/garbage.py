"""Keeps Python's garbage collector from reading a whole library again and again while customers wait.

A full collection visits every object that lives: 0.09 s with the demo shop, 0.7 s with 400,000 passages, and nothing
else runs meanwhile. What a library is made of is freed by its reference counts (`tests/kb/test_garbage.py`).
"""

from __future__ import annotations

import gc


def set_aside(*, thoroughly: bool = False) -> None:
    """Leave every object that lives now out of later collections. thoroughly: a full collection first.

    Without it only young garbage is collected, which takes no time: for a process that answers. Of the oldest
    generation what is garbage already, in cycles, stays for good.
    """
    gc.collect(2 if thoroughly else 1)
    gc.freeze()
