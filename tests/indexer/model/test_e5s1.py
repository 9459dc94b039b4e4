from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from indexer.model.e5s1 import dequantise_q4_0, read
from kb.errors import ModelError
from tests.support import tiny_model


def test_a_block_unpacks_to_the_weights_worked_out_by_hand() -> None:
    # scale 0.5; byte j holds weight j in its low half and weight j + 16 in its high half
    block = np.float16(0.5).tobytes() + bytes([0x80, 0xF0, 0x08, 0x19] + [0x88] * 12)

    weights = dequantise_q4_0(block, 32)

    assert weights.dtype == np.float32
    assert weights[:4].tolist() == [-4.0, -4.0, 0.0, 0.5]
    assert weights[16:20].tolist() == [0.0, 3.5, -4.0, -3.5]
    assert not weights[4:16].any()
    assert not weights[20:].any()


def test_blocks_have_their_own_scales() -> None:
    blocks = np.float16(1).tobytes() + b"\xff" * 16 + np.float16(-2).tobytes() + b"\xff" * 16

    assert dequantise_q4_0(blocks, 64).tolist() == [7.0] * 32 + [-14.0] * 32


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "tiny.bin"
    tiny_model.write(path)

    model = read(path)

    assert (model.shape.width, model.shape.layers, model.shape.heads) == (32, 1, 2)
    assert (model.shape.feed_forward, model.shape.positions, model.shape.types) == (64, 24, 2)
    assert model.shape.epsilon == pytest.approx(1e-12)
    assert dict(zip(model.vocabulary.pieces, model.vocabulary.scores, strict=True)) == tiny_model.PIECES
    assert (model.vocabulary.begin, model.vocabulary.pad, model.vocabulary.end) == (0, 1, 2)
    assert model.vocabulary.unknown == 3
    assert model.characters == tiny_model.CHARACTERS
    assert model.tensors["l0.fi.w"].shape == (64 * 32,)
    exact = np.random.default_rng(sum(b"emb.pos")).normal(0, 0.2, 24 * 32).astype(np.float32)
    np.testing.assert_array_equal(model.tensors["emb.pos"], exact)


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(b"GGUF" + bytes(100))

    with pytest.raises(ModelError, match=r"other\.bin: not an E5S1 file .*b'GGUF'"):
        read(path)


def test_an_unknown_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "newer.bin"
    path.write_bytes(b"E5S1" + struct.pack("<I", 2) + bytes(100))

    with pytest.raises(ModelError, match="E5S1 version 2 is not known, only 1"):
        read(path)


@pytest.mark.parametrize("size", [6, 30, 60, 300, 5000])
def test_a_file_that_ends_early_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "cut.bin"
    tiny_model.write(path)
    path.write_bytes(path.read_bytes()[:size])

    with pytest.raises(ModelError, match=r"cut\.bin: the file is damaged"):
        read(path)
