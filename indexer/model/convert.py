"""From a sentence-transformers model to a folder that OpenVINO serves, checked on the spot."""

from __future__ import annotations

import importlib.metadata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.encoder import GRAPH, OpenVinoEncoder
from indexer.model import agreement, card, reference
from indexer.model.card import Agreement, ModelCard, Precision, Prompts, Runtime
from indexer.model.vocabulary import Parted, part
from indexer.tokens import TOKENIZER
from kb.errors import ModelError
from kb.progress import Progress, silent

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

_LIBRARIES = ("sentence-transformers", "transformers", "torch", "openvino", "tokenizers")
_EXAMPLE = ("好", "an example of another length")


@dataclass(frozen=True)
class Origin:
    """Where a model comes from. `source` is what sentence-transformers loads; `local`: it is a folder."""

    name: str
    source: str
    revision: str | None
    local: bool
    fingerprint: str


class NotConvertibleError(Exception):
    """torch.export or OpenVINO cannot take the model; the text says why."""


def convert(
    origin: Origin, target: Path, precision: Precision, prompts: Prompts | None, progress: Progress = silent
) -> ModelCard:
    """Fill the empty folder `target` with graph, tokenizer and `model.json`; return what `model.json` says.

    Where the graph cannot be exported, the card says that sentence-transformers encodes, and why. Raises
    ModelError if the model cannot be loaded, or was converted and does not agree with sentence-transformers.
    """
    steps = 4
    progress("loading the model with sentence-transformers", 0, steps)
    model = reference.load(origin.source, origin.revision, origin.local)
    _save_tokenizer(origin, model, target)
    prompts = prompts or reference.prompts_of(model)
    made = _describe(origin, model, target, "openvino", precision, prompts)
    parted = _parted(model, target)
    progress("converting the model for OpenVINO", 1, steps)
    try:
        with _sorted_rows(model, parted):
            export(model, target / GRAPH)
    except NotConvertibleError as reason:
        progress(f"{reason}; sentence-transformers itself will encode, slower", steps, steps)
        made = _describe(origin, model, target, "sentence-transformers", "f32", prompts)
        made = made.model_copy(update={"reason": str(reason)})
    else:
        if parted is not None:
            parted.write(target)
            (target / TOKENIZER).unlink()
        progress("comparing the converted model with sentence-transformers", 2, steps)
        made = made.model_copy(update={"agreement": check(target, made, model)})
        progress("the model is converted", steps, steps)
    card.write(made, target)
    return made


def export(model: SentenceTransformer, graph: Path) -> None:
    """Write the whole module as an OpenVINO graph with any batch and length; weights in float16.

    Outputs: `sentence_embedding` `[b, d]` and `token_embeddings` `[b, n, d]`. Raises NotConvertibleError.
    """
    import openvino  # type: ignore[import-untyped]
    import torch

    batch = torch.export.Dim("batch", min=1, max=4096)
    length = torch.export.Dim("length", min=2, max=int(model.max_seq_length or reference.MAX_TOKENS))
    example = model.tokenizer(list(_EXAMPLE), padding=True, return_tensors="pt")
    shapes = {0: batch, 1: length}
    try:
        with warnings.catch_warnings():
            # of the libraries' own making: they deprecate what they still call
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            program = torch.export.export(
                _whole(model),
                (example["input_ids"], example["attention_mask"]),
                dynamic_shapes=(shapes, shapes),
                strict=False,
            )
            converted = openvino.convert_model(program)
    except Exception as error:  # each stage raises its own, and any means the same
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise NotConvertibleError(f"OpenVINO cannot run this model ({first[:200]})") from error
    for port, name in zip(converted.outputs, ("sentence_embedding", "token_embeddings"), strict=True):
        port.get_tensor().set_names({name})
    for port, name in zip(converted.inputs, ("input_ids", "attention_mask"), strict=True):
        port.get_tensor().set_names({name})
    openvino.save_model(converted, graph, compress_to_fp16=True)


def check(folder: Path, made: ModelCard, model: SentenceTransformer) -> Agreement:
    """Compare the graph in a folder with its model, in float32 and as it is served.

    Raises ModelError below 0.999 and 0.99.
    """
    references = agreement.refer(model, made.prompts)
    exact = OpenVinoEncoder(folder, made.model_copy(update={"precision": "f32"}), cached=False)
    float32, tokens = agreement.measure(exact, references)
    agreement.require("float32", float32, agreement.FLOAT32_LEAST)
    served = float32
    if made.precision != "f32":
        served, tokens = agreement.measure(OpenVinoEncoder(folder, made, cached=False), references)
        agreement.require(made.precision, served, agreement.SERVED_LEAST)
    return Agreement(float32=round(float32, 6), served=round(served, 6), tokens=round(tokens, 6))


def _whole(model: SentenceTransformer) -> Any:  # noqa: ANN401 - a torch.nn.Module, not imported at load
    import torch

    class Whole(torch.nn.Module):
        """The module with plain tensors in and out, as torch.export wants it."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            found = self.model({"input_ids": input_ids, "attention_mask": attention_mask})
            return found["sentence_embedding"], found["token_embeddings"]

    return Whole().eval()


def _save_tokenizer(origin: Origin, model: SentenceTransformer, target: Path) -> None:
    tokenizer = getattr(model.tokenizer, "backend_tokenizer", None)
    if tokenizer is None:
        raise ModelError(f"model {origin.name} has no fast tokenizer (tokenizer.json); use another model")
    tokenizer.save(str(target / TOKENIZER), pretty=False)


def _parted(model: SentenceTransformer, target: Path) -> Parted | None:
    """The tokenizer in two, where its pieces can be mapped and every one has a row in the word embedding."""
    rows, parted = _word_rows(model), part(target / TOKENIZER)
    if rows is None or parted is None or len(rows) < len(parted.order):
        return None
    # Some models tell places by the id of padding.
    return parted if model.tokenizer.pad_token_id in parted.rules.marks.values() else None


@contextmanager
def _sorted_rows(model: SentenceTransformer, parted: Parted | None) -> Iterator[None]:
    """The model with the rows of its word embedding in the order of the pieces, for as long as the block lasts."""
    rows = None if parted is None else _word_rows(model)
    if rows is None or parted is None:
        yield
        return
    import torch

    whole = rows.detach().clone()
    with torch.no_grad():
        rows[: len(parted.order)] = whole[torch.from_numpy(parted.order)]
    try:
        yield
    finally:
        with torch.no_grad():
            rows.copy_(whole)


def _word_rows(model: SentenceTransformer) -> torch.Tensor | None:
    """The word embedding `[v, d]`; None where the model does not say which it is."""
    inner: Any = getattr(model[0], "auto_model", None)
    rows: torch.Tensor | None = None if inner is None else inner.get_input_embeddings().weight
    return rows


def _describe(
    origin: Origin,
    model: SentenceTransformer,
    target: Path,
    runtime: Runtime,
    precision: Precision,
    prompts: Prompts,
) -> ModelCard:
    """Everything that `model.json` says, but for the agreement."""
    max_tokens = int(model.max_seq_length or reference.MAX_TOKENS)
    decisive = card.fingerprint(
        weights=reference.weights_hash(model),
        tokenizer=card.file_hash(target / TOKENIZER),
        prompts=prompts.model_dump(),
        pooling=reference.pooling_of(model),
        runtime=runtime,
        precision=precision,
        max_tokens=max_tokens,
    )
    return ModelCard(
        name=origin.name,
        source=Path(origin.source).name if origin.local else origin.source,
        source_fingerprint=origin.fingerprint,
        runtime=runtime,
        dimension=reference.width_of(model),
        max_tokens=max_tokens,
        pad_id=int(model.tokenizer.pad_token_id or 0),
        prompts=prompts,
        pooling=reference.pooling_of(model),
        normalised=True,
        precision=precision,
        agreement=None,
        fingerprint=decisive,
        versions={name: importlib.metadata.version(name) for name in _LIBRARIES},
    )
