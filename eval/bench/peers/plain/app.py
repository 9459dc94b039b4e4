"""The plain service: `MODEL` and `PASSAGES` name the model's folder and the file of passages, one JSON string a line.

It encodes the passages once, beside the file, and answers POST /search with the ten nearest and their texts.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import faiss  # type: ignore[import-not-found, unused-ignore]
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer

_BEST = 10


class Query(BaseModel):
    """What is asked."""

    question: str


class Hit(BaseModel):
    """A passage that was found."""

    text: str
    score: float


def create_app() -> FastAPI:
    """Load the model and the index, and wire them."""
    passages_file = Path(os.environ["PASSAGES"])
    model = SentenceTransformer(os.environ["MODEL"], device="cpu")
    passages: list[str] = [json.loads(line) for line in passages_file.read_text(encoding="utf-8").splitlines()]
    kept = passages_file.with_suffix(".plain.npy")
    if not kept.exists():
        np.save(kept, model.encode_document(passages, normalize_embeddings=True))
    vectors = np.load(kept).astype(np.float32)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    app = FastAPI()

    @app.post("/search")
    def search(query: Query) -> list[Hit]:
        vector = model.encode_query([query.question], normalize_embeddings=True)
        scores, places = index.search(np.asarray(vector, dtype=np.float32), _BEST)
        found = zip(scores[0], places[0], strict=True)
        return [Hit(text=passages[place], score=float(score)) for score, place in found if place >= 0]

    return app
