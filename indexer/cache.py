"""Vectors by content hash, so that only changed passages are encoded. Losing it costs time, never truth.

An entry is kept as the segments keep it, so that a large library's cache is no larger than its index.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import numpy as np
import structlog

from indexer.compact import VERSION as COMPACT_VERSION
from indexer.compact import CompactTokens
from indexer.late import VERSION as LATE_VERSION
from indexer.late import QuantisedTokens
from kb.durable import step
from kb.encoder import Floats

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    encoder TEXT NOT NULL, hash TEXT NOT NULL,
    vector BLOB NOT NULL, codes BLOB NOT NULL, scales BLOB NOT NULL, spans BLOB NOT NULL, sum BLOB NOT NULL,
    PRIMARY KEY (encoder, hash)
) WITHOUT ROWID
"""
_BATCH = 500

Cached = tuple[Floats, QuantisedTokens]
"""A passage's vector and its tokens', as the encoder gave them."""
Held = tuple[Floats, QuantisedTokens | CompactTokens]
"""The same as a segment keeps them."""
_Blobs = tuple[bytes, bytes, bytes, bytes]

T = TypeVar("T")

log = structlog.get_logger()


class VectorCache:
    """Passage vectors of one encoder in a SQLite file under `var/cache`."""

    def __init__(self, var: Path, fingerprint: str, dimension: int) -> None:
        folder = var / "cache"
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"vectors-{LATE_VERSION}.sqlite"
        self._encoder = fingerprint
        self._compact = f"{fingerprint} compact {COMPACT_VERSION}"
        self._dimension = dimension
        try:
            self._create()
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)

    def get(self, hashes: Sequence[str]) -> dict[str, Cached]:
        """What is known of the given content hashes; a damaged entry counts as unknown."""
        return self._read_all(self._encoder, hashes, self._quantised)

    def get_compact(self, hashes: Sequence[str]) -> dict[str, Held]:
        """The same of what was kept compact."""
        return self._read_all(self._compact, hashes, self._compacted)

    def _read_all(self, kind: str, hashes: Sequence[str], tokens: Callable[[_Blobs], T]) -> dict[str, tuple[Floats, T]]:
        try:
            return self._found(kind, hashes, tokens)
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)
            return {}

    def _found(self, kind: str, hashes: Sequence[str], tokens: Callable[[_Blobs], T]) -> dict[str, tuple[Floats, T]]:
        found: dict[str, tuple[Floats, T]] = {}
        with closing(self._connect()) as database:
            for start in range(0, len(hashes), _BATCH):
                some = hashes[start : start + _BATCH]
                marks = ",".join("?" * len(some))
                rows = database.execute(
                    f"SELECT hash, vector, codes, scales, spans, sum FROM entries "  # noqa: S608 (only marks)
                    f"WHERE encoder = ? AND hash IN ({marks})",
                    (kind, *some),
                )
                for key, vector, codes, scales, spans, checked in rows:
                    blobs = (vector, codes, scales, spans)
                    if _sum(key, blobs) == checked:
                        found[key] = np.frombuffer(vector, dtype=np.float32), tokens(blobs)
        return found

    def put(self, entries: Mapping[str, Held]) -> None:
        """Keep the vectors of these content hashes; all of them or, on a fault, none."""
        written = [(self._kind(entry), key, _blobs(entry)) for key, entry in entries.items()]
        with closing(self._connect()) as database, database:
            database.executemany(
                "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(kind, key, *blobs, _sum(key, blobs)) for kind, key, blobs in written],
            )
            # What was kept whole while the library was small is not read again.
            database.executemany(
                "DELETE FROM entries WHERE encoder = ? AND hash = ?",
                [(self._encoder, key) for kind, key, _ in written if kind == self._compact],
            )
            step("keep vectors")
        step("vectors kept")

    def forget(self, hashes: Sequence[str]) -> None:
        """Take these content hashes out, bytes and all: what is withdrawn leaves no copy in the file."""
        with closing(self._connect()) as database:
            database.execute("PRAGMA secure_delete = ON")
            with database:
                for some in _batches(hashes):
                    marks = ",".join("?" * len(some))
                    database.execute(
                        f"DELETE FROM entries WHERE encoder IN (?, ?) AND hash IN ({marks})",  # noqa: S608 (only marks)
                        (self._encoder, self._compact, *some),
                    )
                step("forget vectors")
            step("vectors forgotten")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def count(self, hashes: Sequence[str]) -> int:
        """How many of these content hashes have an entry, whole or damaged."""
        found = 0
        with closing(self._connect()) as database:
            for some in _batches(hashes):
                marks = ",".join("?" * len(some))
                row = database.execute(
                    f"SELECT count(DISTINCT hash) FROM entries "  # noqa: S608 (only marks)
                    f"WHERE encoder IN (?, ?) AND hash IN ({marks})",
                    (self._encoder, self._compact, *some),
                ).fetchone()
                found += int(row[0])
        return found

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=60)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        return database

    def _create(self) -> None:
        with closing(self._connect()) as database, database:
            database.execute(_SCHEMA)

    def _begin_anew(self, error: sqlite3.DatabaseError) -> None:
        """Replace a file that is no database any more; a fault of the moment (locked, disk full) is raised."""
        if isinstance(error, sqlite3.OperationalError):
            raise error
        log.warning("vector cache damaged and begun anew", file=str(self._path), why=str(error))
        for ending in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
        self._create()

    def _kind(self, entry: Held) -> str:
        return self._compact if isinstance(entry[1], CompactTokens) else self._encoder

    def _quantised(self, blobs: _Blobs) -> QuantisedTokens:
        _, codes, scales, spans = blobs
        count = len(scales) // 4
        return QuantisedTokens(
            np.frombuffer(codes, dtype=np.int8).reshape(count, self._dimension),
            np.frombuffer(scales, dtype=np.float32),
            np.frombuffer(spans, dtype=np.int32).reshape(count, 2),
        )

    def _compacted(self, blobs: _Blobs) -> CompactTokens:
        _, codes, scales, placed = blobs
        # Of each token its group and its span.
        tokens = np.frombuffer(placed, dtype=np.uint16).reshape(-1, 3)
        return CompactTokens(
            np.frombuffer(codes, dtype=np.uint8).reshape(-1, self._dimension // 2),
            np.frombuffer(scales, dtype=np.float32),
            tokens[:, 0],
            tokens[:, 1:],
        )


def _batches(hashes: Sequence[str]) -> Iterable[Sequence[str]]:
    return (hashes[start : start + _BATCH] for start in range(0, len(hashes), _BATCH))


def _blobs(entry: Held) -> _Blobs:
    vector, tokens = entry
    placed = np.column_stack([tokens.groups, tokens.spans]) if isinstance(tokens, CompactTokens) else tokens.spans
    return vector.astype(np.float32).tobytes(), tokens.codes.tobytes(), tokens.scales.tobytes(), placed.tobytes()


def _sum(key: str, blobs: Iterable[bytes]) -> bytes:
    """A checksum over an entry and its key: a flipped bit in a vector looks like any other vector."""
    return hashlib.sha256(b"".join((key.encode(), *blobs))).digest()
