from __future__ import annotations

import numpy as np
import pytest

from kb.encoder import TokenVectors
from kb.question_cache import EncodedQuestion, QuestionCache


def encoded(number: float, tokens: int = 1) -> EncodedQuestion:
    vectors = TokenVectors(np.full((tokens, 4), number, np.float32), np.zeros((tokens, 2), np.int32))
    return EncodedQuestion(np.full(4, number, np.float32), vectors)


def test_the_very_text_of_the_very_encoder_is_found() -> None:
    cache = QuestionCache(10_000)
    first = encoded(1)
    cache.put("a", "运费多少", first)
    assert cache.get("a", "运费多少") is first
    assert cache.get("a", "运费多少 ") is None
    assert cache.get("b", "运费多少") is None
    assert QuestionCache(10_000).get("a", "运费多少") is None


def test_what_is_not_asked_for_longest_goes_first() -> None:
    # 16 bytes the vector, 16 the token's, 8 its range, and 600 beside.
    cache = QuestionCache(3 * 640)
    for name in ("一", "二", "三"):
        cache.put("a", name, encoded(1))
    assert (len(cache), cache.bytes) == (3, 1920)
    assert cache.get("a", "一") is not None
    cache.put("a", "四", encoded(4))
    assert [cache.get("a", name) is not None for name in ("一", "二", "三", "四")] == [True, False, True, True]
    assert cache.bytes == 1920


def test_put_again_counts_once() -> None:
    cache = QuestionCache(2000)
    cache.put("a", "一", encoded(1))
    cache.put("a", "一", encoded(2, tokens=3))
    # 16 + 3 * (16 + 8) + 600
    assert (len(cache), cache.bytes) == (1, 688)


@pytest.mark.parametrize("most", [0, 639])
def test_one_above_the_budget_is_not_kept(most: int) -> None:
    cache = QuestionCache(most)
    cache.put("a", "一", encoded(1))
    assert (len(cache), cache.bytes, cache.get("a", "一")) == (0, 0, None)


def test_what_is_kept_cannot_be_written_to() -> None:
    cache = QuestionCache(10_000)
    kept = encoded(1)
    cache.put("a", "一", kept)
    with pytest.raises(ValueError, match="read-only"):
        kept.vector[0] = 2
    with pytest.raises(ValueError, match="read-only"):
        kept.tokens.vectors[0, 0] = 2


def test_a_broken_character_is_a_text_too() -> None:
    cache = QuestionCache(10_000)
    cache.put("a", "运费\ud83d", encoded(1))
    assert cache.get("a", "运费\ud83d") is not None
    assert cache.get("a", "运费") is None
