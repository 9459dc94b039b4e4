"""Writes a tiny E5S1 file: a BERT of one layer and a vocabulary of a few characters, its weights from a seed."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from kb.encoder import Floats

WIDTH, LAYERS, HEADS, WIDE, POSITIONS, TYPES = 32, 1, 2, 64, 24, 2
PIECES = {
    "<s>": 0.0, "<pad>": 0.0, "</s>": 0.0, "<unk>": 0.0, "▁": -2.0, ":": -3.0, "▁query": -4.0,
    "▁passage": -4.0, "退": -5.0, "款": -5.0, "退款": -6.0, "▁refund": -6.0, "7": -5.0, "天": -5.0,
    "!": -5.0, ".": -5.0, "A": -5.0, "é": -5.0, "<mask>": 0.0,
}  # fmt: skip
CHARACTERS = {"７": "7", "Ａ": "A", "！": "!", "…": "...", "\u3000": " ", "\n": " ", "\u0007": ""}


def q4_0(values: Floats) -> bytes:
    """Quantise in blocks of 32 with a scale of largest / 7."""
    blocks = bytearray()
    for block in values.reshape(-1, 32):
        scale = np.float16(np.abs(block).max() / 7)
        nibbles = np.clip(np.rint(block / np.float32(scale)) + 8, 0, 15).astype(np.uint8)
        blocks += scale.tobytes() + (nibbles[:16] | nibbles[16:] << 4).tobytes()
    return bytes(blocks)


def write(path: Path) -> None:
    """Write the file."""
    head = b"E5S1" + struct.pack("<I7ifi", 1, WIDTH, LAYERS, HEADS, WIDE, len(PIECES), POSITIONS, TYPES, 1e-12, 32)
    head += _vocabulary() + _characters()
    tensors = {name: (kind, count, _values(name, kind, count)) for name, kind, count in _layout()}
    size = sum(2 + len(name) + 21 for name in tensors) + 4
    directory, body = struct.pack("<i", len(tensors)), b""
    for name, (kind, count, raw) in tensors.items():
        offset = len(head) + size + len(body)
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, count, offset, len(raw))
        body += raw
    path.write_bytes(head + directory + body)


def _vocabulary() -> bytes:
    encoded = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, encoded)]).astype("<u4").tobytes()
    scores = np.array(list(PIECES.values()), "<f4").tobytes()
    blob = b"".join(encoded)
    return struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + offsets + scores + blob


def _characters() -> bytes:
    raw = b""
    for character, replacement in CHARACTERS.items():
        raw += struct.pack("<IB", ord(character), len(replacement))
        raw += struct.pack(f"<{len(replacement)}I", *map(ord, replacement))
    return struct.pack("<iI", len(CHARACTERS), len(raw)) + raw


def _layout() -> list[tuple[str, int, int]]:
    layout = [
        ("emb.word", 1, len(PIECES) * WIDTH), ("emb.pos", 0, POSITIONS * WIDTH),
        ("emb.type", 0, TYPES * WIDTH), ("emb.ln.w", 0, WIDTH), ("emb.ln.b", 0, WIDTH),
    ]  # fmt: skip
    linear = {"q": (WIDTH, WIDTH), "k": (WIDTH, WIDTH), "v": (WIDTH, WIDTH), "ao": (WIDTH, WIDTH)}
    linear |= {"fi": (WIDE, WIDTH), "fo": (WIDTH, WIDE)}
    for layer in range(LAYERS):
        for name, (rows, columns) in linear.items():
            layout += [(f"l{layer}.{name}.w", 1, rows * columns), (f"l{layer}.{name}.b", 0, rows)]
        for name in ("aln", "oln"):
            layout += [(f"l{layer}.{name}.w", 0, WIDTH), (f"l{layer}.{name}.b", 0, WIDTH)]
    return layout


def _values(name: str, kind: int, count: int) -> bytes:
    seed = sum(name.encode())
    values = np.random.default_rng(seed).normal(0, 0.2, count).astype(np.float32)
    if name.endswith("ln.w"):
        values += 1
    return q4_0(values) if kind else values.tobytes()
