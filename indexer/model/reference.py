"""sentence-transformers at work: it loads a model, is the reference for its conversion, and stands in for it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from indexer.encoder import TextEncoder
from indexer.model.card import ModelCard, Prompts
from indexer.tokens import TOKENIZER
from kb.encoder import Floats
from kb.errors import ModelError

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

MAX_TOKENS = 512  # passages are about 300 characters; attention's memory grows with the square


def load(model: str, revision: str | None, local: bool) -> SentenceTransformer:
    """Load a model by hub name or folder, for the processor, in float32, ready to encode.

    `local`: never ask a hub. Raises ModelError with the reason when it cannot be loaded.
    """
    from sentence_transformers import SentenceTransformer

    try:
        with _quiet():
            found = SentenceTransformer(model, device="cpu", revision=revision, local_files_only=local)
    except Exception as error:  # every backend raises its own
        what = "the folder is complete" if local else "the name is right and the hub can be reached"
        raise ModelError(f"model {model} cannot be loaded ({error}); check that {what}") from error
    found.float().eval()
    found.max_seq_length = min(found.max_seq_length or MAX_TOKENS, MAX_TOKENS)
    return found


def prompts_of(model: SentenceTransformer) -> Prompts:
    """The prompts that the model's own settings name, empty where they name none."""
    named: Mapping[str, str | None] = model.prompts or {}
    passages = (named.get(key) for key in ("document", "passage", "corpus"))
    return Prompts(query=named.get("query") or "", passage=next((p for p in passages if p), ""))


def pooling_of(model: SentenceTransformer) -> str:
    """The modules behind the transformer, for people: `Pooling mean, Normalize`."""
    parts = []
    for module in list(model)[1:]:
        mode = getattr(module, "pooling_mode", None)
        parts.append(f"{type(module).__name__} {mode}" if mode else type(module).__name__)
    return ", ".join(parts)


def width_of(model: SentenceTransformer) -> int:
    """The width of the text vectors. Raise ModelError if the model does not say it."""
    width = model.get_embedding_dimension()
    if width is None:
        raise ModelError("the model does not say how wide its vectors are; use another model")
    return int(width)


def weights_hash(model: SentenceTransformer) -> str:
    """A SHA-256 over the names and values of all weights, in hexadecimal."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)}".encode())
        digest.update(np.ascontiguousarray(tensor.numpy()).tobytes())
    return digest.hexdigest()


class SentenceTransformerEncoder(TextEncoder):
    """The model run by sentence-transformers itself, where it cannot be converted: slower, the same vectors."""

    def __init__(self, folder: Path, card: ModelCard, model: SentenceTransformer) -> None:
        super().__init__(card, folder / TOKENIZER, _TorchForward(model))


class _TorchForward:
    """One forward pass of the whole SentenceTransformer module."""

    def __init__(self, model: SentenceTransformer) -> None:
        self._model = model

    def __call__(self, ids: npt.NDArray[np.int64], mask: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
        import torch

        with torch.inference_mode():
            features: dict[str, torch.Tensor] = {
                "input_ids": torch.from_numpy(ids),
                "attention_mask": torch.from_numpy(mask),
            }
            found: dict[str, Any] = self._model(features)
        return found["sentence_embedding"].numpy(), found["token_embeddings"].numpy()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep progress bars of the loader out of a command's own output."""
    from transformers.utils import logging as noise

    shown, level = noise.is_progress_bar_enabled(), noise.get_verbosity()
    noise.disable_progress_bar()  # type: ignore[no-untyped-call]
    noise.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        noise.set_verbosity(level)
        if shown:
            noise.enable_progress_bar()  # type: ignore[no-untyped-call]
