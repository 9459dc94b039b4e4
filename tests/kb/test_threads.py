from __future__ import annotations

import subprocess
import sys

import pytest

from kb.commands.threads import HEAPS, SWITCH, settle_threads

# Twelve threads that allocate, then as many heaps as glibc counts.
HEAPS_MADE = """
import ctypes, os, threading
from kb.commands.threads import settle_threads
settle_threads({environment})
wait = threading.Barrier(13)
def work():
    kept = [bytearray(9000) for _ in range(40)]
    wait.wait()
for _ in range(12):
    threading.Thread(target=work).start()
wait.wait()
libc = ctypes.CDLL(None)
libc.malloc_stats()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counted by glibc")
@pytest.mark.parametrize(("environment", "few"), [({}, True), ({"MALLOC_ARENA_MAX": "64"}, False)])
def test_threads_share_heaps_unless_told(environment: dict[str, str], few: bool) -> None:
    script = HEAPS_MADE.replace("{environment}", repr(environment))
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    if "Arena 0:" not in ran.stderr:
        pytest.skip("the C library is not glibc")
    assert (ran.stderr.count("Arena ") <= HEAPS) is few


def test_libraries_bring_no_threads_unless_told() -> None:
    before = sys.getswitchinterval()
    try:
        environment = {"OMP_NUM_THREADS": "3"}
        settle_threads(environment)
        assert environment["OMP_NUM_THREADS"] == "3"
        assert environment["OPENBLAS_NUM_THREADS"] == "1"
        assert environment["TOKENIZERS_PARALLELISM"] == "false"
        assert sys.getswitchinterval() == SWITCH
    finally:
        sys.setswitchinterval(before)
