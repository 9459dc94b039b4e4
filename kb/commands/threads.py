"""How many threads the libraries of a serving process start: the encoder has its own, the rest is short work."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import MutableMapping
from contextlib import suppress

_ONE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
SWITCH = 0.001
"""Seconds that a thread may keep the interpreter while another, as the event loop's, wants it."""

HEAPS = 2
"""So many heaps the threads share. glibc makes one for nearly each, and what is free in one serves no other."""

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h


def settle_threads(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let no library bring a pool of threads of its own. What the environment says already stays.

    Call before numpy, faiss and the tokenizer are imported: they read it then.
    """
    # Scores of fifty candidates are sooner counted by one thread than shared out, and several questions come at once.
    for name in _ONE:
        environment.setdefault(name, "1")
    environment.setdefault("TOKENIZERS_PARALLELISM", "false")
    sys.setswitchinterval(SWITCH)
    if "MALLOC_ARENA_MAX" not in environment:
        _share_heaps()


def _share_heaps() -> None:
    """Let the threads share HEAPS heaps from now on, where the C library is glibc."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, HEAPS)
