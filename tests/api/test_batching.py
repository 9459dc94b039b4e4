from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from api.batching import MOST_CHARACTERS, MOST_TEXTS, Batcher
from kb.encoder import Encoded
from kb.errors import GoneError
from tests.support.slow_encoder import PATIENCE, SlowEncoder
from tests.support.toy_encoder import ToyEncoder


def waits(batcher: Batcher, number: int) -> bool:
    return len(batcher._calls) == number


def together(batcher: Batcher, encoder: SlowEncoder, questions: Sequence[Sequence[str]]) -> list[Future[Encoded]]:
    """The first is in the encoder, which is shut, and all others wait, in this order; then it is opened."""
    pool = ThreadPoolExecutor(len(questions))
    found = []
    for number, texts in enumerate(questions):
        found.append(pool.submit(batcher.encode_queries, texts))
        if number == 0:
            assert encoder.entered.acquire(timeout=PATIENCE)
        else:
            encoder.wait_for(partial(waits, batcher, number))
    encoder.open.set()
    pool.shutdown()
    return found


def test_who_waits_leaves_together_and_each_has_its_own() -> None:
    encoder = SlowEncoder()
    questions = [["运费"], ["退货"], ["发票", "优惠"], ["快递"]]
    found = together(Batcher(encoder), encoder, questions)
    assert encoder.calls == [["运费"], ["退货", "发票", "优惠", "快递"]]
    for texts, future in zip(questions, found, strict=True):
        alone, shared = ToyEncoder().encode_queries(texts), future.result()
        np.testing.assert_array_equal(shared.vectors, alone.vectors)
        for mine, other in zip(shared.tokens, alone.tokens, strict=True):
            np.testing.assert_array_equal(mine.vectors, other.vectors)
            np.testing.assert_array_equal(mine.spans, other.spans)


def test_idle_each_goes_at_once() -> None:
    encoder = SlowEncoder()
    encoder.open.set()
    batcher = Batcher(encoder)
    for text in ("运费", "退货", "运费"):
        batcher.encode_queries([text])
    assert encoder.calls == [["运费"], ["退货"], ["运费"]]
    assert batcher.encode_queries([]).vectors.shape == (0, encoder.dimension)


def test_the_same_text_is_encoded_once() -> None:
    encoder = SlowEncoder()
    found = together(Batcher(encoder), encoder, [["运费"], ["退货"], ["退货", "发票"], ["退货"]])
    assert encoder.calls == [["运费"], ["退货", "发票"]]
    np.testing.assert_array_equal(found[3].result().vectors, found[1].result().vectors)


def test_batches_are_bounded_in_texts_and_in_characters() -> None:
    encoder = SlowEncoder()
    short = [[f"退货{number}"] for number in range(MOST_TEXTS + 1)]
    together(Batcher(encoder), encoder, [["运费"], *short])
    assert [len(call) for call in encoder.calls] == [1, MOST_TEXTS, 1]

    encoder = SlowEncoder()
    half = "长" * (MOST_CHARACTERS // 2)
    together(Batcher(encoder), encoder, [["运费"], [half + "一"], [half + "二"], ["退", "货" * MOST_CHARACTERS]])
    assert [len(call) for call in encoder.calls] == [1, 1, 1, 2]


def test_what_nobody_waits_for_is_not_encoded() -> None:
    encoder = SlowEncoder()
    batcher = Batcher(encoder)
    gone = threading.Event()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(batcher.encode_queries, ["运费"])
        assert encoder.entered.acquire(timeout=PATIENCE)
        left = pool.submit(batcher.encode_queries, ["退货"], lambda: not gone.is_set())
        encoder.wait_for(lambda: len(batcher._calls) == 1)
        stays = pool.submit(batcher.encode_queries, ["发票"])
        encoder.wait_for(lambda: len(batcher._calls) == 2)
        gone.set()
        encoder.open.set()
        with pytest.raises(GoneError):
            left.result()
        assert first.result().vectors.shape == stays.result().vectors.shape
    assert encoder.calls == [["运费"], ["发票"]]


def test_an_error_is_that_of_the_one_to_blame() -> None:
    encoder = SlowEncoder(refused="坏")
    found = together(Batcher(encoder), encoder, [["运费"], ["退货"], ["坏"], ["发票"]])
    with pytest.raises(ValueError, match="坏"):
        found[2].result()
    assert [future.result().vectors.shape[0] for future in (found[0], found[1], found[3])] == [1, 1, 1]
    # And the next is encoded as ever.
    batcher = Batcher(encoder)
    with pytest.raises(ValueError, match="坏"):
        batcher.encode_queries(["坏"])
    assert batcher.encode_queries(["快递"]).vectors.shape == (1, encoder.dimension)
