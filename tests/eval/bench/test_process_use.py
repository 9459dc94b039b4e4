"""What is read from /proc, of this process and one that it starts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from eval.bench.process_use import cpu_seconds, family, memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")

_HOLDS_40_MB = "import sys; held = bytearray(b'x' * 40_000_000); print('ready', flush=True); sys.stdin.read()"


def test_children_belong_to_the_family_and_their_memory_counts() -> None:
    parent = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], check=True)"
    command = [sys.executable, "-c", parent, _HOLDS_40_MB]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert len(family(process.pid)) == 2
        held = memory(process.pid)
        used = cpu_seconds(process.pid)
        assert process.stdin is not None
        process.stdin.close()
    assert 40_000_000 < held.pss <= held.rss < 200_000_000
    assert 0 <= used < 60
    assert memory(process.pid).rss == 0
