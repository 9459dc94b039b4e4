from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from indexer import bulk
from indexer.build import build
from indexer.bulk import encode_in_bulk, steps
from indexer.cache import Cached
from indexer.generation import Generation
from kb.article import Article
from kb.encoder import Encoded
from kb.errors import ModelError
from kb.progress import silent
from tests.support.articles import make_article
from tests.support.toy_encoder import ToyEncoder

KILLED = """
import os, signal, sys
from pathlib import Path
from indexer import bulk
from indexer.build import build
from tests.indexer.test_bulk import library
from tests.support.toy_encoder import ToyEncoder

bulk.STEP_TEXTS = 5

class Killed(ToyEncoder):
    def encode_passages(self, texts):
        if len(self.encoded) >= 30:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().encode_passages(texts)

build(library(), Killed(), Path(sys.argv[1]))
"""


def library() -> list[Article]:
    return [make_article(f"a{n:02}", f"说明{n}", "退货运费。" * (n + 1)) for n in range(60)]


def test_steps_hold_texts_of_like_length_and_bounded_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "STEP_TEXTS", 3)
    monkeypatch.setattr(bulk, "STEP_CHARACTERS", 10)
    texts = {f"k{n}": "x" * n for n in (9, 1, 2, 8, 1, 3, 30)} | {"again": "y"}
    sizes = [[len(text) for _, text in some] for some in steps(texts)]
    assert sorted(sizes) == [[1, 1, 2], [3], [8], [9], [30]]
    assert steps({}) == []


def test_early_steps_are_of_all_lengths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "STEP_TEXTS", 1)
    first = [len(text) for ((_, text),) in steps({str(n): "x" * (n + 1) for n in range(100)})[:4]]
    # Of 1 to 100 one in each quarter.
    assert sorted((length - 1) // 25 for length in first) == [0, 1, 2, 3]


def test_all_are_encoded_once_and_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "STEP_TEXTS", 2)
    encoder, told = ToyEncoder(), []
    texts = {f"k{n}": "退货" * n for n in range(7)}
    found: dict[str, Cached] = {}
    for fresh in encode_in_bulk(texts, encoder, lambda *seen: told.append(seen)):
        assert not found.keys() & fresh.keys()
        found |= fresh
    assert found.keys() == texts.keys()
    assert sorted(encoder.encoded) == sorted(texts.values())
    assert told[-1] == ("encoding passages", 7, 7)
    assert [len(found[f"k{n}"][1].scales) for n in range(7)] == list(range(7))


def test_one_step_is_read_while_another_is_in_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "STEP_TEXTS", 1)
    together = threading.Barrier(2, timeout=30)

    class Meeting(ToyEncoder):
        def encode_passages(self, texts: Sequence[str]) -> Encoded:
            together.wait()  # fails unless a second call comes while this one lasts
            return super().encode_passages(texts)

    assert len(list(encode_in_bulk({str(n): "退货" * n for n in range(6)}, Meeting(), silent))) == 6


def test_a_fault_of_the_encoder_reaches_the_caller_and_ends_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "STEP_TEXTS", 1)

    class Broken(ToyEncoder):
        def encode_passages(self, texts: Sequence[str]) -> Encoded:
            super().encode_passages(texts)
            raise ModelError("no memory left")

    encoder = Broken()
    with pytest.raises(ModelError, match="no memory left"):
        list(encode_in_bulk({str(n): "退货" * n for n in range(50)}, encoder, silent))
    assert len(encoder.encoded) <= 4
    assert not [one for one in threading.enumerate() if one.name.startswith("encoding")]


def test_a_killed_build_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "STEP_TEXTS", 5)
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "killed")],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    encoder = ToyEncoder()
    name = build(library(), encoder, tmp_path / "killed")
    # Of 60 at least 30 were encoded, all but three steps of five kept for sure.
    assert 60 - 30 - 5 <= len(encoder.encoded) <= 60 - 30 + 3 * 5
    whole = ToyEncoder()
    assert build(library(), whole, tmp_path / "whole") == name
    assert len(whole.encoded) == 60
    one, other = (
        Generation.load(tmp_path / var / "generations" / name, whole.fingerprint) for var in ("killed", "whole")
    )
    assert one.manifest.segments == other.manifest.segments  # named by their content
    np.testing.assert_equal([p.hash for p in one.passages], [p.hash for p in other.passages])
