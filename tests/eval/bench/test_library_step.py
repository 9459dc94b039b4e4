"""Recall against exact search, over a small library with drawn vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from eval.bench.kb_service import articles_of, products_of, questions_of, write_folder
from eval.bench.library_step import recall
from eval.stand_in import StandIn
from indexer.build import build
from indexer.generation import Generation
from kb.folder import read_library
from kb.leg import Hits, Ordinals, Query
from kb.settings import load_settings
from kb.splitter import split
from kb.validity import Bools
from tests.support.toy_encoder import ToyEncoder


class EverySecond:
    """A dense leg that misses every other one of the nearest."""

    name = "dense"

    def __init__(self, leg: object) -> None:
        self._leg = leg

    def search(self, query: Query, allowed: Bools, k: int) -> Hits:
        hits: Hits = self._leg.search(query, allowed, k)  # type: ignore[attr-defined]
        return Hits(hits.ordinals[::2], hits.scores[::2])

    def score(self, query: Query, ordinals: Ordinals) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        raise NotImplementedError


def test_recall_is_one_of_exact_search_and_half_where_half_is_missed(tmp_path: Path) -> None:
    articles = articles_of(None, 150, load_settings())
    texts = [passage.encoded for article in articles for passage in split(article)]
    encoder = StandIn(ToyEncoder(), texts[:20])
    generation = Generation.load(tmp_path / "generations" / build(articles, encoder, tmp_path), encoder.fingerprint)
    questions = questions_of(articles, 10)
    assert recall(generation, encoder, questions) == 1
    generation.legs = (EverySecond(generation.legs[0]),)
    assert recall(generation, encoder, questions) == pytest.approx(0.5)


def test_drawn_vectors_are_the_same_whenever_they_are_drawn() -> None:
    encoder = StandIn(ToyEncoder(), ["退货运费谁出", "怎么开发票"])
    drawn = encoder.drawn(["一", "二", "一"])
    assert np.array_equal(drawn[0], drawn[2])
    assert not np.array_equal(drawn[0], drawn[1])
    assert np.linalg.norm(drawn, axis=1) == pytest.approx(1)
    assert np.array_equal(encoder.encode_passages(["二"]).vectors[0], drawn[1])


def test_made_articles_are_published_as_they_were_made(tmp_path: Path) -> None:
    articles = articles_of(None, 60, load_settings())
    read = read_library(write_folder(articles, tmp_path), load_settings().zone).articles
    assert {article.id: article.source for article in read} == {article.id: article.source for article in articles}
    assert sum(len(split(article)) for article in articles) >= 60
    assert products_of(articles) == sorted({product for article in articles for product in article.products})
