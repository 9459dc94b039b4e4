"""Questions that no cache can answer, and the mix that repeats."""

from __future__ import annotations

from itertools import islice

import pytest

from eval.bench.distinct import distinct_questions, real_questions, with_repeats
from eval.errors import EvaluationError
from kb.normalise import normalise

REAL = ["W10 能洗 8 公斤吗", "怎么退货", "满 200 减多少"]
PRODUCTS = ["W10", "W10S", "暖风机 H3"]


def test_questions_stay_distinct_once_they_are_normalised() -> None:
    found = list(islice(distinct_questions(REAL, PRODUCTS), 300))
    assert len({normalise(text) for text in found}) == 300


def test_every_real_question_comes_first_and_as_it_is() -> None:
    assert sorted(islice(distinct_questions(REAL, PRODUCTS), 3)) == sorted(REAL)


def test_what_differs_in_width_or_case_alone_is_the_same_question() -> None:
    found = distinct_questions(["W10 怎么退货", "ｗ１０ 怎么退货"], [])
    assert next(found) in {"W10 怎么退货", "ｗ１０ 怎么退货"}
    assert normalise(next(found)) != normalise("w10 怎么退货")


def test_a_seed_gives_the_same_questions_and_another_seed_others() -> None:
    first, again, other = (list(islice(distinct_questions(REAL, PRODUCTS, seed), 50)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_sets_at_hand_give_tens_of_thousands() -> None:
    real = real_questions()
    assert len(real) > 5000
    found = list(islice(distinct_questions(real, ["W10", "H3"]), 20_000))
    assert len(set(found)) == 20_000


def test_nothing_to_vary_is_said_instead_of_searched_for_ever() -> None:
    with pytest.raises(EvaluationError, match="1 questions and 0 products make no more"):
        list(distinct_questions(["怎么退货"], []))


def test_two_of_five_were_asked_before() -> None:
    fresh = (str(number) for number in range(100_000))
    found = list(islice(with_repeats(fresh, 0.4), 10_000))
    assert len(set(found)) / len(found) == pytest.approx(0.6, abs=0.02)
    assert max(found.count(text) for text in set(found[:50])) > 5


def test_a_mix_ends_with_its_questions() -> None:
    assert set(with_repeats(iter(["a", "b"]), 0.5)) == {"a", "b"}
