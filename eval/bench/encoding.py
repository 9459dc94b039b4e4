"""`python -m eval.bench encoding`: how fast passages are encoded in bulk, as a share of what the model could do.

What it could do: the bare model over the very same token batches, one after another and several at once, whichever is
quicker. Measured in turns in one process, so that a busy machine slows both.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.bench.figures import Figures
from indexer.build import build
from indexer.encoder import GRAPH, OpenVinoForward, TextEncoder
from indexer.model.card import ModelCard
from indexer.tokens import TOKENIZER
from indexer.workspace import Workspace
from kb.article import Article
from kb.encoder import Floats
from kb.errors import ModelError
from kb.progress import Progress, silent
from kb.settings import Settings
from kb.splitter import split

Batch = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
_ENCODING = "encoding passages"


class _Watched:
    """A forward pass that keeps what it was given."""

    def __init__(self, forward: OpenVinoForward) -> None:
        self._forward = forward
        self.batches: list[Batch] = []

    def __call__(self, ids: npt.NDArray[np.int64], mask: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
        self.batches.append((ids.copy(), mask.copy()))
        return self._forward(ids, mask)


@dataclass(frozen=True)
class Encoding:
    """Seconds of each turn over the same passages. build: until the last one is encoded, cache and all."""

    passages: int
    tokens: int
    bare: tuple[float, ...]
    encoder: tuple[float, ...]
    build: tuple[float, ...]

    def figures(self) -> Figures:
        """Rates by the medians, and `encoding_share` and `build_share` of the bare model's."""
        bare, encoder, built = (statistics.median(times) for times in (self.bare, self.encoder, self.build))
        return {
            "passages": float(self.passages),
            "tokens": float(self.tokens),
            "bare_rate": self.passages / bare,
            "encoder_rate": self.passages / encoder,
            "build_rate": self.passages / built,
            "encoding_share": bare / encoder,
            "build_share": bare / built,
        }


def measure(articles: Sequence[Article], rounds: int, settings: Settings, progress: Progress = silent) -> Encoding:
    """Encode the passages of some articles in turns. Raises ModelError for a model that OpenVINO does not run."""
    workspace = Workspace(settings, progress)
    folder, card = workspace.model.folder, workspace.model.card
    if card.runtime != "openvino":
        raise ModelError(f"{card.name} runs on {card.runtime}; only OpenVINO's own rate can be compared")
    encoder = workspace.encoder
    texts = list({p.hash: p.encoded for article in articles for p in split(article)}.values())
    watched = _Watched(OpenVinoForward(folder, card, cached=True))
    TextEncoder(card, folder / TOKENIZER, watched).encode_passages(texts, progress)
    models = [_Bare(folder, card, hint) for hint in ("LATENCY", "THROUGHPUT")]
    bare, encoded, built = [], [], []
    for number in range(rounds):
        progress("turns", number, rounds)
        bare.append(min(model.seconds(watched.batches) for model in models))
        began = time.perf_counter()
        encoder.encode_passages(texts)
        encoded.append(time.perf_counter() - began)
        built.append(_build_seconds(articles, workspace))
    progress("turns", rounds, rounds)
    tokens = sum(int(mask.sum()) for _, mask in watched.batches)
    return Encoding(len(texts), tokens, tuple(bare), tuple(encoded), tuple(built))


def _build_seconds(articles: Sequence[Article], workspace: Workspace) -> float:
    """From the start of a build from nothing until its last passage is encoded."""
    ended = began = time.perf_counter()

    def told(what: str, done: int, total: int) -> None:
        nonlocal ended
        if what == _ENCODING and done == total:
            ended = time.perf_counter()

    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        build(articles, workspace.encoder, Path(folder), progress=told)
    return ended - began


class _Bare:
    """The model alone, told by its hint whether to run one batch on all cores or several at once."""

    def __init__(self, folder: Path, card: ModelCard, hint: str) -> None:
        import openvino  # type: ignore[import-untyped]

        options = {"INFERENCE_PRECISION_HINT": card.precision, "PERFORMANCE_HINT": hint}
        model = openvino.Core().compile_model(folder / GRAPH, "CPU", options)
        self._queue = openvino.AsyncInferQueue(model)
        self._is_warm = False

    def seconds(self, batches: Sequence[Batch]) -> float:
        """How long it takes for all of them; each shape is compiled in a first run that does not count."""
        if not self._is_warm:
            self._run(batches)
            self._is_warm = True
        return self._run(batches)

    def _run(self, batches: Sequence[Batch]) -> float:
        began = time.perf_counter()
        for ids, mask in batches:
            self._queue.start_async({"input_ids": ids, "attention_mask": mask}, share_inputs=True)
        self._queue.wait_all()
        return time.perf_counter() - began
