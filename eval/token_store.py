"""What keeping token vectors in fewer bytes costs: late interaction alone, over the same candidates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import ir_measures
import numpy as np
from ir_measures import Success, nDCG

from eval.question_set import LabelledQuestion
from indexer.late import QuantisedTokens, quantise
from kb.assistant import Assistant
from kb.encoder import Encoder, Floats, TokenVectors
from kb.progress import Progress, silent

_BATCH = 64


@dataclass(frozen=True)
class Cost:
    """One representation: bytes a passage, and nDCG@10 and success@1 of late interaction with it."""

    name: str
    bytes_per_passage: float
    ndcg: float
    success: float


def _float32(tokens: TokenVectors) -> tuple[Floats, int]:
    return tokens.vectors, tokens.vectors.nbytes


def _int8(tokens: TokenVectors) -> tuple[Floats, int]:
    stored: QuantisedTokens = quantise(tokens)
    return stored.codes * stored.scales[:, np.newaxis], stored.codes.nbytes + stored.scales.nbytes


def _pooled(tokens: TokenVectors) -> tuple[Floats, int]:
    """Neighbours averaged in twos, at unit length, then int8."""
    vectors = tokens.vectors
    even = vectors[: len(vectors) // 2 * 2].reshape(-1, 2, vectors.shape[1]).mean(axis=1)
    rest = np.concatenate([even, vectors[len(vectors) // 2 * 2 :]])
    unit = rest / np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), 1e-9)
    return _int8(TokenVectors(unit.astype(np.float32), np.zeros((len(unit), 2), np.int32)))


REPRESENTATIONS: Mapping[str, Callable[[TokenVectors], tuple[Floats, int]]] = {
    "float32": _float32,
    "int8, a scale a token (served)": _int8,
    "int8, neighbours pooled in twos": _pooled,
}


def costs(
    assistant: Assistant, encoder: Encoder, questions: Sequence[LabelledQuestion], progress: Progress = silent
) -> list[Cost]:
    """The cost of each representation on one set; its answerable questions with labels count."""
    passages = assistant.index.passages
    tokens: list[TokenVectors] = []
    for start in range(0, len(passages), _BATCH):
        some = [p.encoded for p in passages[start : start + _BATCH]]
        tokens += encoder.encode_passages(some).tokens
        progress("encoding passages", len(tokens), len(passages))
    asked = [q for q in questions if q.grades]
    considered = [assistant.consider(q.asked()) for q in asked]
    qrels = [ir_measures.Qrel(q.id, a, g) for q in asked for a, g in q.grades.items()]
    found = []
    for name, represent in REPRESENTATIONS.items():
        kept = [represent(t) for t in tokens]
        run: list[ir_measures.ScoredDoc] = []
        for question, one in zip(asked, considered, strict=True):
            best: dict[str, float] = {}
            for ordinal in one.pool.ordinals:
                score = _late(one.query.tokens.vectors, kept[ordinal][0])
                article = passages[ordinal].article
                best[article] = max(score, best.get(article, -1.0))
            run += [ir_measures.ScoredDoc(question.id, article, score) for article, score in best.items()]
        measured = ir_measures.calc_aggregate([nDCG @ 10, Success @ 1], qrels, run)
        size = float(np.mean([bytes_ for _, bytes_ in kept]))
        found.append(Cost(name, size, measured[nDCG @ 10], measured[Success @ 1]))
    return found


def _late(query: Floats, passage: Floats) -> float:
    return float((query @ passage.T).max(axis=1).mean()) if len(query) and len(passage) else 0.0
