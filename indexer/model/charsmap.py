"""Packs a character map as SentencePiece does, so that a fast tokenizer applies it and keeps its offsets.

The packed form is a double-array trie over UTF-8 bytes (darts-clone units), its size before it, and the
replacements after it, each ended by a zero byte; a leaf holds where its replacement begins.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

_LEAF = 1 << 31
_HAS_LEAF = 1 << 8
_NEAR = 1 << 21  # offsets below this fit plainly, larger ones are stored in steps of 256

_Node = dict[int, "_Node | int"]


def pack(characters: Mapping[str, str]) -> bytes:
    """Pack a map from one character to its replacement (which may be empty)."""
    root: _Node = {}
    texts = bytearray()
    for character, replacement in sorted(characters.items()):
        node = root
        for byte in character.encode():
            node = node.setdefault(byte, {})  # type: ignore[assignment]
        node[0] = len(texts)
        texts += replacement.encode() + b"\0"
    array = _DoubleArray()
    array.place(0, root)
    trie = array.packed()
    return struct.pack("<I", len(trie)) + trie + bytes(texts)


@dataclass
class _DoubleArray:
    """Units under construction: a child by label c of a node with base b lies at b ^ c."""

    units: dict[int, int] = field(default_factory=lambda: {0: 0})
    taken: set[int] = field(default_factory=lambda: {0})
    bases: set[int] = field(default_factory=set)
    cursors: dict[int, int] = field(default_factory=dict)

    def place(self, at: int, node: _Node) -> None:
        base = self._base(at, sorted(node))
        self.bases.add(base)  # two nodes of one base would find each other's children
        self.taken.update(base ^ label for label in node)
        self.units[at] |= self._offset(at ^ base) | (_HAS_LEAF if 0 in node else 0)
        for label, child in node.items():
            where = base ^ label
            if isinstance(child, int):
                self.units[where] = _LEAF | child
            else:
                self.units[where] = label
        for label, child in node.items():
            if not isinstance(child, int):
                self.place(base ^ label, child)

    def _base(self, at: int, labels: list[int]) -> int:
        # a node with the same first label found no room before its cursor: going on from there is quick
        first = self.cursors.get(labels[0], 1)
        while True:
            base = first ^ labels[0]
            near = (at ^ base) < _NEAR or not (at ^ base) & 0xFF
            if near and base not in self.bases and all(base ^ c not in self.taken for c in labels):
                self.cursors[labels[0]] = first
                return base
            first += 1

    @staticmethod
    def _offset(offset: int) -> int:
        return offset << 10 if offset < _NEAR else (offset << 2) | (1 << 9)

    def packed(self) -> bytes:
        size = (max(self.units) // 256 + 1) * 256  # a lookup may land anywhere in the block of its base
        return struct.pack(f"<{size}I", *(self.units.get(i, 0) for i in range(size)))
