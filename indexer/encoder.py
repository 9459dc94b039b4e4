"""The encoder that serves: a prepared model on OpenVINO, without torch, transformers or their like."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from indexer.model.card import ModelCard
from indexer.packing import STEP, WIDE, packed
from indexer.tokens import TOKENIZER, TokenReader
from kb.encoder import Encoded, Floats, TokenVectors
from kb.errors import ModelError
from kb.progress import Progress, silent

GRAPH = "openvino_model.xml"

_WARM_TOKENS = 64
# Any text will do; and how many texts of which lengths are tried in which two paddings.
_TRIAL = "退货的运费由谁出？七天无理由退货，refund 多久到账，发票抬头能改吗。"
_TRIALS = ((4, range(17, 21), 20, 28), (2, range(99, 101), 100, 108))

# Tables that OpenVINO's Python part makes when a type is first converted: two threads that come to it at once wait for
# each other for ever, one with the interpreter's lock and one with the table's.
_TABLES = threading.Lock()

_Ids = npt.NDArray[np.int64]


class Forward(Protocol):
    """One forward pass."""

    def __call__(self, ids: _Ids, mask: _Ids) -> tuple[Floats, Floats]:
        """Take `[b, n]` ids and mask; return `[b, d]` text vectors and `[b, n, d]` token vectors."""
        ...


class TextEncoder:
    """The Encoder over any forward pass: prompts, batches, unit length, token vectors with their spans.

    Only texts that are padded alike share a batch (`indexer/packing.py`): a text's vectors then do not depend on the
    texts beside it, to the last bit, so that a rebuilt index equals a new one.
    """

    def __init__(self, card: ModelCard, tokenizer: Path, forward: Forward) -> None:
        self._card = card
        self._reader = TokenReader(tokenizer, card.max_tokens)
        self._forward = forward

    @property
    def name(self) -> str:
        """The model's name, for people."""
        return self._card.name

    @property
    def fingerprint(self) -> str:
        """A hash over everything that decides the vectors."""
        return self._card.fingerprint

    @property
    def dimension(self) -> int:
        """The width d of the vectors."""
        return self._card.dimension

    @property
    def card(self) -> ModelCard:
        """How the model was prepared and how well it agrees with its reference."""
        return self._card

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """Encode questions. No texts: `[0, d]` and no token vectors."""
        return self._encode(texts, self._card.prompts.query, silent)

    def encode_passages(self, texts: Sequence[str], progress: Progress = silent) -> Encoded:
        """Encode passages, cut at the model's length. No texts: `[0, d]` and no token vectors."""
        return self._encode(texts, self._card.prompts.passage, progress)

    def kept_positions(self, text: str, prompt: str) -> npt.NDArray[np.int64]:
        """`[t] int64`: which of the model's tokens the token vectors of a text belong to."""
        return self._reader.read([text], prompt)[0].kept

    @cached_property
    def padding_step(self) -> int:
        """Lengths with the same quotient by this may be padded to one length without changing a bit."""
        return STEP

    def _encode(self, texts: Sequence[str], prompt: str, progress: Progress) -> Encoded:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        tokens: dict[int, TokenVectors] = {}
        read = self._reader.read(texts, prompt) if texts else []
        for batch, length in packed([len(text.ids) for text in read], self.padding_step):
            some = [read[index] for index in batch]
            sentence, hidden = self._forward(*self._padded([text.ids for text in some], length))
            vectors[batch] = _unit(sentence)
            for index, text, rows in zip(batch, some, hidden, strict=True):
                tokens[index] = TokenVectors(_unit(rows[text.kept]), text.spans)
            progress("encoding passages", len(tokens), len(texts))
        return Encoded(vectors, tuple(tokens[i] for i in range(len(texts))))

    def _padded(self, texts: Sequence[_Ids], length: int) -> tuple[_Ids, _Ids]:
        width = min(length, self._card.max_tokens)
        ids = np.full((len(texts), width), self._card.pad_id, np.int64)
        mask = np.zeros((len(texts), width), np.int64)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = text
            mask[row, : len(text)] = 1
        return ids, mask


class OpenVinoEncoder(TextEncoder):
    """A prepared model, compiled for this machine's processor; several threads may use it at once.

    threads: how many the model runs on; None: one for each core that this process may use.
    """

    def __init__(self, folder: Path, card: ModelCard, cached: bool = True, threads: int | None = None) -> None:
        super().__init__(card, folder / TOKENIZER, OpenVinoForward(folder, card, cached, threads))

    @cached_property
    def padding_step(self) -> int:
        """See TextEncoder. Tried out, for it depends on how many numbers this processor adds at once."""
        ids = self._reader.read([_TRIAL], "")[0].ids
        for count, lengths, short, long in _TRIALS:
            if long > self._card.max_tokens:
                return STEP
            texts = [np.resize(ids, length) for length in lengths][:count]
            (one, tokens), (other, same) = (self._forward(*self._padded(texts, width)) for width in (short, long))
            kept = [slice(len(text)) for text in texts]
            alike = [np.array_equal(tokens[row][some], same[row][some]) for row, some in enumerate(kept)]
            if not (np.array_equal(one, other) and all(alike)):
                return STEP
        return WIDE

    def warm_up(self) -> None:
        """Run every length that a short question is padded to: the first run of a shape compiles it."""
        step = self.padding_step
        for length in range(step - STEP or STEP, min(_WARM_TOKENS, self._card.max_tokens) + 1, step):
            self._forward(np.full((1, length), self._card.pad_id, np.int64), np.ones((1, length), np.int64))


class OpenVinoForward:
    """The compiled graph behind a few requests, so that threads wait for one instead of sharing it."""

    def __init__(self, folder: Path, card: ModelCard, cached: bool, threads: int | None = None) -> None:
        import openvino  # type: ignore[import-untyped]

        if card.precision == "bf16" and not bfloat16_is_native():
            raise ModelError(f"{folder}: prepared for bfloat16, which this processor lacks; prepare it again")
        try:
            _make_tables()
            model = openvino.Core().compile_model(folder / GRAPH, "CPU", _options(folder, card, cached, threads))
        except RuntimeError as error:
            why = " ".join(str(error).split())
            raise ModelError(f"{folder}: OpenVINO cannot load the model ({why}); delete the folder") from error
        wanted = int(model.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        self._free: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(max(2, wanted)):
            self._free.put(model.create_infer_request())

    def __call__(self, ids: _Ids, mask: _Ids) -> tuple[Floats, Floats]:
        """Wait for a free request and run it; the arrays returned are the caller's own."""
        with self._request() as request:
            found = request.infer({"input_ids": ids, "attention_mask": mask}, share_inputs=True, share_outputs=True)
            return found[0].copy(), found[1].copy()  # the buffers belong to the request's next user

    @contextmanager
    def _request(self) -> Iterator[Any]:
        request = self._free.get()
        try:
            yield request
        finally:
            self._free.put(request)


def _make_tables() -> None:
    """Convert types both ways once, in one thread."""
    import openvino

    with _TABLES:
        for array in (np.zeros(1, np.int64), np.zeros(1, np.float32)):
            tensor = openvino.Tensor(array, shared_memory=True)
            tensor.get_element_type().to_dtype()
            _ = tensor.data


def bfloat16_is_native() -> bool:
    """Whether OpenVINO reports that the processor multiplies bfloat16 itself (avx512_bf16, amx_bf16)."""
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _options(folder: Path, card: ModelCard, cached: bool, threads: int | None) -> dict[str, str]:
    options = {
        "INFERENCE_PRECISION_HINT": card.precision,
        "PERFORMANCE_HINT": "LATENCY",
        # Several processes that each hold a thread to the same core wait for each other.
        "ENABLE_CPU_PINNING": "NO",
    }
    if threads is not None:
        options["INFERENCE_NUM_THREADS"] = str(threads)
    if cached and os.access(folder, os.W_OK):
        # without weights, which stay in the graph's own file: under a megabyte, and later starts are quicker
        options |= {"CACHE_DIR": str(folder / "cache"), "CACHE_MODE": "OPTIMIZE_SIZE"}
    return options


def _unit(vectors: Floats) -> Floats:
    """Rows scaled to unit length; a row of zeros stays."""
    norms = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))[:, None]
    unit: Floats = vectors / np.maximum(norms, np.float32(1e-12))
    return unit
