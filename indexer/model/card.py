"""`model.json`: what a prepared model is, so that it can be served without the libraries that prepared it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from kb.errors import ModelError

FORMAT = 2  # 2: pieces mapped, rows of the word embedding sorted with them
_VECTORS = 1  # goes up when the same facts make other vectors
FILE = "model.json"

Precision = Literal["f32", "bf16"]
Runtime = Literal["openvino", "sentence-transformers"]


class Prompts(BaseModel):
    """What is put before a text, white space included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str
    passage: str


class Agreement(BaseModel):
    """The lowest cosine against sentence-transformers over the agreement texts, 1 being identical.

    float32 and served: of the texts' vectors, in float32 and in the precision that is served;
    tokens: of the token vectors, in the precision that is served.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    float32: float
    served: float
    tokens: float


class ModelCard(BaseModel):
    """The content of `model.json`. `agreement` is None where sentence-transformers itself encodes."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    format: Literal[2] = 2
    name: str
    source: str
    source_fingerprint: str
    runtime: Runtime
    reason: str = ""
    dimension: int
    max_tokens: int
    pad_id: int
    prompts: Prompts
    pooling: str
    normalised: bool
    precision: Precision
    agreement: Agreement | None
    fingerprint: str
    versions: dict[str, str]


def write(card: ModelCard, folder: Path) -> None:
    """Write `model.json` into a folder."""
    (folder / FILE).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")


def read(folder: Path) -> ModelCard:
    """Read `model.json` of a folder. Raise ModelError if it is missing, damaged or of another format."""
    path = folder / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({error}); delete the folder to prepare it again") from error
    found = content.get("format") if isinstance(content, dict) else None
    if found != FORMAT:
        raise ModelError(f"{path}: format {found}, this version reads {FORMAT}; delete the folder to prepare it again")
    try:
        return ModelCard.model_validate(content)
    except ValidationError as error:
        raise ModelError(f"{path}: {error}; delete the folder to prepare it again") from error


def fingerprint(**facts: str | int | dict[str, str]) -> str:
    """A SHA-256 over named facts, in hexadecimal."""
    text = json.dumps({"format": _VECTORS, **facts}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def file_hash(path: Path) -> str:
    """A SHA-256 over a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
