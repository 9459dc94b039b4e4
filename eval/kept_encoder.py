"""An encoder that remembers what it encoded, so that asking a question again costs no forward pass."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import structlog

from kb.encoder import Encoded, Encoder, Floats, TokenVectors

FORMAT = 1

log = structlog.get_logger()


class KeptEncoder:
    """See Encoder; questions are kept by their text, in memory and in one file for each fingerprint.

    folder: where the files are; None: in memory only.
    """

    def __init__(self, encoder: Encoder, folder: Path | None = None) -> None:
        self._encoder = encoder
        self._path = None if folder is None else folder / f"questions-{encoder.fingerprint[:16]}.npz"
        self._known: dict[str, tuple[Floats, TokenVectors]] = self._read() if self._path else {}
        self._kept = len(self._known)

    @property
    def name(self) -> str:
        """The encoder's."""
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        """The encoder's."""
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        """The encoder's."""
        return self._encoder.dimension

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """See Encoder."""
        for text in texts:
            # One by one: a text's vector must not depend on what it was first encoded with.
            if text not in self._known:
                made = self._encoder.encode_queries([text])
                self._known[text] = made.vectors[0], made.tokens[0]
        vectors = np.array([self._known[text][0] for text in texts], dtype=np.float32)
        return Encoded(vectors.reshape(-1, self.dimension), tuple(self._known[text][1] for text in texts))

    def encode_passages(self, texts: Sequence[str]) -> Encoded:
        """See Encoder; not kept."""
        return self._encoder.encode_passages(texts)

    def keep(self) -> None:
        """Write what is new since the last time, whole or not at all; what cannot be written is encoded again."""
        if self._path is None or len(self._known) == self._kept:
            return
        fresh = self._path.with_name(f".{self._path.name}.{os.getpid()}.new")
        known = list(self._known.values())
        lengths = np.array([len(tokens.vectors) for _, tokens in known], dtype=np.int64)
        empty = np.empty((0, self.dimension), np.float32), np.empty((0, 2), np.int32)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with fresh.open("wb") as file:
                np.savez(
                    file,
                    format=np.int64(FORMAT),
                    texts=np.frombuffer(json.dumps(list(self._known)).encode(), dtype=np.uint8),
                    vectors=np.array([vector for vector, _ in known], dtype=np.float32),
                    lengths=lengths,
                    tokens=np.concatenate([empty[0], *(tokens.vectors for _, tokens in known)]),
                    spans=np.concatenate([empty[1], *(tokens.spans for _, tokens in known)]),
                )
            fresh.replace(self._path)
            self._kept = len(self._known)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            log.warning("encoded questions were not kept", error=str(error))

    def _read(self) -> dict[str, tuple[Floats, TokenVectors]]:
        if self._path is None or not self._path.exists():
            return {}
        try:
            with np.load(self._path, allow_pickle=False) as found:
                if int(found["format"]) != FORMAT:
                    return {}
                texts = json.loads(found["texts"].tobytes())
                vectors, tokens, spans = found["vectors"], found["tokens"], found["spans"]
                stops = np.cumsum(found["lengths"])
            starts = stops - np.diff(stops, prepend=0)
            pieces = zip(texts, vectors, starts.tolist(), stops.tolist(), strict=True)
            return {text: (vector, TokenVectors(tokens[a:b], spans[a:b])) for text, vector, a, b in pieces}
        except (OSError, ValueError, KeyError) as error:
            log.warning("kept questions cannot be read; they are encoded again", error=str(error))
            return {}
