"""The adaptation of the packaged model to customer service: a low-rank difference, merged when it is rebuilt.

Learned by `kb eval adapt` on pairs of question and passage; `docs/decisions/0004-adaptation.md` says on which, and what
it gained on questions that it was not learned on. Merged, it costs a question nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from kb.encoder import Floats
from kb.errors import ModelError

FILE = Path(__file__).with_name("adaptation.npz")


def fingerprint(path: Path = FILE) -> str:
    """The SHA-256 of the difference, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def adapted(weights: Mapping[str, Floats], path: Path = FILE) -> dict[str, Floats]:
    """The weights with the difference added: W + B·A for each layer that has one (Hu et al. 2021, LoRA).

    The file holds for each linear layer `NAME.a` `[r, in]` and `NAME.b` `[out, r]`, float16; `NAME.weight` is
    `[out, in]`. Raises ModelError for a layer that the model does not have or that has another shape.
    """
    merged = dict(weights)
    with np.load(path, allow_pickle=False) as difference:
        for key in difference.files:
            if not key.endswith(".a"):
                continue
            name = key.removesuffix(".a")
            left = difference[f"{name}.b"].astype(np.float32)
            right = difference[key].astype(np.float32)
            weight = merged.get(f"{name}.weight")
            shape = (left.shape[0], right.shape[1])
            if weight is None or weight.shape != shape:
                found = "no such layer" if weight is None else f"shape {weight.shape}"
                raise ModelError(f"{path.name}: the difference for {name} has shape {shape}, the model has {found}")
            merged[f"{name}.weight"] = weight + left @ right
    return merged
