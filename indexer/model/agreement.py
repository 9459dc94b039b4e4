"""The check that a converted model is still the model: the same texts through both, compared by cosine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.encoder import TextEncoder
from indexer.model.card import Prompts
from kb.encoder import Floats
from kb.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

FLOAT32_LEAST = 0.999
SERVED_LEAST = 0.99

TEXTS = (
    "退款多久到账？",
    "我在3月18日付的款，订单号 2024-0318-7781，现在还能改地址吗",
    "How long does a refund take to reach my card?",
    "７天无理由退货，满￥199.00包邮；偏远地区（新疆、西藏）另计运费。",
    "好",
    "",
    "X200 Pro 12GB+256GB 黑色 有货吗🙂",
    "商品签收后七日内，在不影响二次销售的情况下可以申请退货。" * 3,
    "The warranty covers manufacturing defects for 24 months from delivery. Damage by water is excluded. " * 4,
    "| 重量 | 首重 | 续重 |\n|---|---|---|\n| 1 kg | 12 元 | 5 元 |\n| 3 kg | 18 元 | 4 元 |",
    "活动期间（11月1日0:00—11月11日23:59）下单可叠加店铺券与平台券，每个账号限用一次，不可折现。" * 6,
    "１. 打开“我的订单” → ２. 选择售后 → ３. 上传照片，等待审核（1–3 个工作日）。",
)


@dataclass(frozen=True)
class Reference:
    """What sentence-transformers makes of the texts behind one prompt.

    vectors: `[n, d] float32`, unit length. tokens: `[length of the text, d]` a text, markers included.
    """

    vectors: Floats
    tokens: tuple[Floats, ...]


@dataclass(frozen=True)
class References:
    """Both sides of the reference, computed once and compared with each precision."""

    queries: Reference
    passages: Reference


def refer(model: SentenceTransformer, prompts: Prompts) -> References:
    """Let sentence-transformers encode the texts; it tokenises, puts prompts and batches by itself."""
    return References(_refer(model, prompts.query), _refer(model, prompts.passage))


def measure(encoder: TextEncoder, references: References) -> tuple[float, float]:
    """The lowest cosine over all texts, as queries and as passages: of text vectors, of token vectors."""
    prompts = encoder.card.prompts
    sides = (
        (prompts.query, encoder.encode_queries(TEXTS), references.queries),
        (prompts.passage, encoder.encode_passages(TEXTS), references.passages),
    )
    texts, tokens = 1.0, 1.0
    for prompt, found, expected in sides:
        texts = min(texts, _lowest(found.vectors, expected.vectors))
        for text, ours, theirs in zip(TEXTS, found.tokens, expected.tokens, strict=True):
            kept = encoder.kept_positions(text, prompt)
            if len(kept):
                tokens = min(tokens, _lowest(ours.vectors, _unit(theirs[kept])))
    return texts, tokens


def require(what: str, cosine: float, least: float) -> None:
    """Raise ModelError with both numbers when a cosine is too low."""
    if not cosine >= least:  # a NaN is refused too
        raise ModelError(
            f"the converted model differs from sentence-transformers in {what}: cosine {cosine:.5f}, at least "
            f"{least} is needed; prepare it with precision f32, or use another model"
        )


def _refer(model: SentenceTransformer, prompt: str) -> Reference:
    # with output_value None: a dictionary a text, which the library's own annotation does not say
    found: Any = model.encode(list(TEXTS), prompt=prompt, output_value=None, show_progress_bar=False)
    vectors = np.stack([_floats(one["sentence_embedding"]) for one in found])
    tokens = tuple(_floats(one["token_embeddings"])[_floats(one["attention_mask"]) > 0] for one in found)
    return Reference(_unit(vectors), tokens)


def _floats(tensor: Any) -> Floats:  # noqa: ANN401 - a torch.Tensor, not imported at load
    return np.asarray(tensor, np.float32)


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def _lowest(a: Floats, b: Floats) -> float:
    """The lowest row-wise inner product, which is the cosine of unit vectors."""
    return float(np.einsum("nd,nd->n", a, b).min())
