from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kb.article import Kind
from kb.passage import PassageKind
from kb.question import Context, Question
from kb.ranking import (
    Evidence,
    Pool,
    Ranked,
    Scope,
    Weights,
    best_of_each,
    combine,
    contenders,
    find,
    places,
    rank,
    scored,
)
from tests.support.articles import make_article
from tests.support.fake_index import QUERY, FakeIndex, fake_index
from tests.support.library import make_assistant

TEXT, ASKED = PassageKind.TEXT, PassageKind.QUESTION
LATE_ONLY = Weights({"late": 1.0})


def ranking(
    index: FakeIndex, limit: int = 10, weights: Weights = LATE_ONLY, closed: Sequence[int] = ()
) -> list[Ranked]:
    in_force = np.ones(len(index.articles), dtype=np.bool_)
    in_force[list(closed)] = False
    pool = scored(index, QUERY, find(index, QUERY, in_force[index.article_of], 50), 80)
    combined = combine(pool, weights)
    return rank(index, QUERY, pool, combined, places(index, pool, Scope(in_force, in_force), combined)[:limit])


def order(ranked: list[Ranked]) -> list[int]:
    return [item.article for item in ranked]


def one_each(late: Sequence[float], over: Mapping[int, Sequence[int]] | None = None) -> FakeIndex:
    """One passage an article, all found by the dense leg."""
    return fake_index([(n, TEXT) for n in range(len(late))], late, over, dense=[1.0] * len(late))


def pool_of(**scores: Sequence[float]) -> Pool:
    count = len(next(iter(scores.values())))
    return Pool(np.arange(count), {name: np.array(s, np.float32) for name, s in scores.items()})


def test_the_sum_of_z_scores_by_hand() -> None:
    # dense 1, 2, 3: mean 2, deviation sqrt(2/3); late 0, 0, 3: mean 1, deviation sqrt 2.
    found = combine(pool_of(dense=[1, 2, 3], late=[0, 0, 3]), Weights({"dense": 0.5, "late": 2.0}))
    step, z = 1 / math.sqrt(2 / 3), 1 / math.sqrt(2)
    assert found.tolist() == pytest.approx([-0.5 * step - 2 * z, -2 * z, 0.5 * step + 4 * z], abs=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.1, 33.3, 12.345678, 1e6])
@pytest.mark.parametrize("count", [1, 7, 97])
def test_a_score_that_is_the_same_for_all_counts_nothing(value: float, count: int) -> None:
    assert combine(pool_of(late=[value] * count), LATE_ONLY).tolist() == [0] * count


def test_a_leg_without_weight_and_a_weight_without_leg_count_nothing() -> None:
    found = combine(pool_of(late=[0, 2], words=[9, 0]), Weights({"late": 1.0, "absent": 5.0}))
    assert found.tolist() == [-1, 1]


def test_what_a_known_pool_holds_is_not_scored_again() -> None:
    index = fake_index([(n, TEXT) for n in range(5)], [0.1, 0.2, 0.3, 0.4, 0.5], dense=[1, 2, 3, 4, 5])
    # Scores that no leg gives: they can only come from the pool that is known.
    here = np.array([1, 2, 4])
    known = Pool(here, {name: np.array([-1, -2, -4], np.float32) for name in ("dense", "late", "weak")})
    pool = scored(index, QUERY, np.array([0, 1, 3, 4]), 80, known)
    assert pool.ordinals.tolist() == [0, 1, 3, 4]
    # The legs are asked again: they cost little, and say which are worth ranking at all.
    assert pool.scores["dense"].tolist() == [1, 2, 4, 5]
    assert pool.scores["late"].tolist() == pytest.approx([0.1, -1, 0.4, -4])
    assert pool.scores["weak"].tolist() == pytest.approx([0.1, -1, 0.4, -4])


def test_a_known_pool_of_other_passages_leaves_all_to_score() -> None:
    index = fake_index([(n, TEXT) for n in range(3)], [0.1, 0.2, 0.3], dense=[1, 2, 3])
    known = Pool(np.array([1]), {name: np.array([9], np.float32) for name in ("dense", "late", "weak")})
    assert scored(index, QUERY, np.array([0, 2]), 80, known).scores["late"].tolist() == pytest.approx([0.1, 0.3])
    empty = Pool(np.empty(0, dtype=np.int64), {name: np.empty(0, np.float32) for name in known.scores})
    assert scored(index, QUERY, np.array([0, 2]), 80, empty).scores["late"].tolist() == pytest.approx([0.1, 0.3])


def test_only_what_dense_and_letters_together_speak_for_most_is_ranked() -> None:
    # z-scores: dense 1.34, 0.45, -0.45, -1.34; chars -0.58, -0.58, -0.58, 1.73, for 0.7 of it.
    index = fake_index([(n, TEXT) for n in range(4)], [0.1, 0.2, 0.3, 0.4], dense=[4, 3, 2, 1], chars=[0, 0, 0, 9])
    every = np.arange(4)
    assert scored(index, QUERY, every, 4).ordinals.tolist() == [0, 1, 2, 3]
    assert scored(index, QUERY, every, 2).ordinals.tolist() == [0, 1]
    three = scored(index, QUERY, every, 3)
    assert three.ordinals.tolist() == [0, 1, 3]
    assert {name: of.tolist() for name, of in three.scores.items()} == {
        "dense": [4, 3, 1],
        "chars": [0, 0, 9],
        "late": pytest.approx([0.1, 0.2, 0.4]),
        "weak": pytest.approx([0.1, 0.2, 0.4]),
    }


def test_the_pool_is_the_union_scored_by_every_leg() -> None:
    index = fake_index(
        [(0, TEXT), (1, TEXT), (2, TEXT), (3, TEXT)], [0.1, 0.2, 0.3, 0.4], dense=[0, 0, 5, 1], chars=[7, 0, 2, 0]
    )
    pool = scored(index, QUERY, find(index, QUERY, np.ones(4, dtype=np.bool_), 1), 80)
    assert pool.ordinals.tolist() == [0, 2]
    assert {name: scores.tolist() for name, scores in pool.scores.items()} == {
        "dense": [0, 5],
        "chars": [7, 2],
        "late": pytest.approx([0.1, 0.3]),
        "weak": pytest.approx([0.1, 0.3]),
    }


def test_what_is_not_allowed_is_no_candidate() -> None:
    assert order(ranking(one_each([0.1, 0.9, 0.5]), closed=[1])) == [2, 0]
    assert ranking(one_each([0.1, 0.9]), closed=[0, 1]) == []


def test_one_candidate() -> None:
    (only,) = ranking(one_each([0.7]))
    assert (only.article, only.passage, only.score, only.lifted_over) == (0, 0, 0, None)
    assert only.scores == {"dense": 1.0, "late": pytest.approx(0.7), "weak": pytest.approx(0.7)}


def test_ties_keep_the_order_of_the_library() -> None:
    assert order(ranking(one_each([0.5] * 20))) == list(range(10))
    assert order(ranking(one_each([0.5, 0.9, 0.5, 0.9]))) == [1, 3, 0, 2]


def test_one_suggestion_an_article_with_its_best_passage() -> None:
    index = fake_index([(0, TEXT), (0, TEXT), (1, TEXT), (1, TEXT)], [0.1, 0.9, 0.8, 0.85], dense=[1] * 4)
    assert [(item.article, item.passage) for item in ranking(index)] == [(0, 1), (1, 3)]


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_the_limit_cuts_the_same_order(limit: int) -> None:
    index = one_each([0.9, 0.5, 0.1, 0.7], {0: [2], 3: [1]})
    assert ranking(index, limit) == ranking(index)[:limit]
    assert order(ranking(index)) == [2, 0, 1, 3]


def test_a_questions_entry_that_wins_shows_the_best_content_of_the_pool() -> None:
    index = fake_index([(0, TEXT), (0, TEXT), (0, ASKED), (1, TEXT)], [0.1, 0.5, 0.9, 0.6], dense=[1, 1, 1, 1])
    first, second = ranking(index)
    assert (first.article, first.passage) == (0, 1)
    assert first.scores["late"] == pytest.approx(0.9)
    assert second.article == 1


def test_a_questions_entry_shows_the_nearest_content_where_the_pool_has_none() -> None:
    index = fake_index([(0, TEXT), (0, TEXT), (0, ASKED)], [0.2, 0.3, 0.9], dense=[0, 0, 1])
    (only,) = ranking(index)
    assert only.passage == 1


def test_an_article_of_questions_alone_shows_the_question() -> None:
    (only,) = ranking(fake_index([(0, ASKED)], [0.9], dense=[1]))
    assert only.passage == 0


def test_an_overriding_article_goes_directly_above() -> None:
    ranked = ranking(one_each([0.9, 0.7, 0.1, 0.6], {1: [2]}))
    assert order(ranked) == [0, 2, 1, 3]
    assert [item.lifted_over for item in ranked] == [None, 1, None, None]
    assert ranked[1].score == ranked[2].score
    assert ranked[1].scores == ranked[2].scores


def test_an_overriding_article_that_is_above_already_stays() -> None:
    ranked = ranking(one_each([0.5, 0.9, 0.7], {0: [1]}))
    assert order(ranked) == [1, 2, 0]
    assert [item.lifted_over for item in ranked] == [None, None, None]


def test_an_overriding_article_that_no_leg_found_shows_its_nearest_content() -> None:
    index = fake_index(
        [(0, TEXT), (1, TEXT), (1, TEXT), (1, ASKED)], [0.9, 0.2, 0.4, 0.8], {0: [1]}, dense=[1, 0, 0, 0]
    )
    upper, lower = ranking(index)
    assert (upper.article, upper.passage, upper.lifted_over) == (1, 2, 0)
    assert (lower.article, lower.passage) == (0, 0)
    assert upper.scores == lower.scores


def test_an_overriding_article_without_content_is_not_lifted() -> None:
    index = fake_index([(0, TEXT), (1, ASKED)], [0.9, 0.2], {0: [1]}, dense=[1, 0])
    assert order(ranking(index)) == [0]


def test_overrides_in_a_chain() -> None:
    assert order(ranking(one_each([0.9, 0.1, 0.2, 0.5], {0: [1], 1: [2]}))) == [2, 1, 0, 3]


def test_two_that_override_the_same_keep_their_own_order() -> None:
    assert order(ranking(one_each([0.9, 0.1, 0.2, 0.5], {0: [1, 2]}))) == [2, 1, 0, 3]


def test_one_that_overrides_two_goes_above_the_higher() -> None:
    assert order(ranking(one_each([0.9, 0.8, 0.1], {0: [2], 1: [2]}))) == [2, 0, 1]


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({0: [1], 1: [0]}, [1, 0, 2]),
        ({0: [0]}, [0, 1, 2]),
        ({0: [1], 1: [2], 2: [0]}, [2, 1, 0]),
        ({0: [1, 2], 1: [0, 2], 2: [0, 1]}, [2, 1, 0]),
    ],
)
def test_cycles_end_and_lose_nobody(over: Mapping[int, Sequence[int]], expected: list[int]) -> None:
    ranked = ranking(one_each([0.9, 0.5, 0.1], over))
    assert order(ranked) == expected
    assert all(item.lifted_over != item.article for item in ranked)


def test_many_overrides_of_many_end() -> None:
    layers = 30
    over = {n: [*range((n // 2 + 1) * 2, (n // 2 + 1) * 2 + 2)] for n in range(2 * layers - 2)}
    ranked = ranking(one_each([1 - n / 100 for n in range(2 * layers)], over), limit=60)
    assert sorted(order(ranked)) == list(range(2 * layers))
    assert order(ranked)[-2:] == [0, 1]


@pytest.mark.parametrize(
    ("late", "over", "expected"),
    [
        ([0.5, 0.9, 0.7], {}, [1, 2, 0]),
        # 2 is lifted over 1 and has its place; 0 stands above 2 on its own.
        ([0.9, 0.7, 0.1, 0.6], {1: [2]}, [0, 1, 3]),
        ([0.5, 0.9, 0.7], {0: [1]}, [1, 2, 0]),
        ([0.9, 0.1, 0.2, 0.5], {0: [1], 1: [2]}, [0, 3]),
        ([], {}, []),
    ],
)
def test_contenders_are_counted_once(late: list[float], over: Mapping[int, Sequence[int]], expected: list[int]) -> None:
    index = one_each(late, over) if late else fake_index([(0, TEXT)], [0.5], dense=[0])
    open_to_all = np.ones(len(index.articles), dtype=np.bool_)
    pool = scored(index, QUERY, find(index, QUERY, open_to_all[index.article_of], 50), 80)
    combined = combine(pool, LATE_ONLY)
    standing = places(index, pool, Scope(open_to_all, open_to_all), combined)
    assert list(contenders(standing)) == expected


@pytest.mark.parametrize(
    ("passages", "expected"),
    [
        # best + second / 2 + third / 4 + 2 log(count); a second that is missing counts 2 less than the best, a third 1
        # less than the second.
        ([4.0], 4 + 2 / 2 + 1 / 4),
        ([4.0, 3.0], 4 + 3 / 2 + 2 / 4 + 2 * math.log(2)),
        ([4.0, 3.0, 1.0], 4 + 3 / 2 + 1 / 4 + 2 * math.log(3)),
        ([4.0, 3.0, 1.0, 0.5], 4 + 3 / 2 + 1 / 4 + 2 * math.log(4)),
    ],
)
def test_an_article_by_its_passages(passages: list[float], expected: float) -> None:
    assert Evidence(1.0, 0.5, 0.25, 2.0).score(passages) == pytest.approx(expected)
    assert Evidence().score(passages) == passages[0]


def test_several_sections_that_speak_of_it_stand_above_one_that_happens_to() -> None:
    articles = np.array([0, 1, 1, 2])
    combined = np.array([2.0, 1.9, 1.8, 1.0], dtype=np.float32)
    assert [one[:2] for one in best_of_each(articles, combined, Evidence())] == [(0, 0), (1, 1), (2, 3)]
    assert [one[:2] for one in best_of_each(articles, combined, Evidence(second=0.2))] == [(1, 1), (0, 0), (2, 3)]


def test_the_most_that_an_article_can_score_and_gain() -> None:
    evidence = Evidence(1.0, 0.5, 0.25, 2.0)
    assert evidence.most(4.0, 3) == pytest.approx(evidence.score([4.0, 4.0, 4.0]))
    assert evidence.most(4.0, 3) >= evidence.score([4.0, 3.0, 1.0])
    # From -2 / 2 - 3 / 4 without a second and a third to 2 log(6) with six.
    assert evidence.most_gained == pytest.approx(1 + 0.75 + 2 * math.log(6))
    assert Evidence().most_gained == 0


def test_an_override_that_is_not_in_force_does_nothing() -> None:
    index = one_each([0.9, 0.1, 0.5], {0: [1]})
    assert order(ranking(index, closed=[1])) == [0, 2]
    chain = one_each([0.9, 0.1, 0.5], {0: [1], 1: [2]})
    assert order(ranking(chain, closed=[1])) == [0, 2]


@pytest.mark.parametrize(
    ("upper", "lower", "context", "first"),
    [
        ({}, {}, Context(), "upper"),
        # Limited to a channel, it stands above only where the question comes from there for sure.
        ({"channels": ["jd"]}, {}, Context(), "lower"),
        ({"channels": ["jd"]}, {}, Context(channel="jd"), "upper"),
        # Wherever the lower applies, the upper does.
        ({"channels": ["jd", "douyin"]}, {"channels": ["jd"]}, Context(), "upper"),
        ({"channels": ["jd"]}, {"channels": ["jd", "douyin"]}, Context(), "lower"),
        ({"products": ["QY-K15"]}, {}, Context(), "lower"),
        ({"products": ["QY-K15"]}, {"products": ["QY-K15"]}, Context(), "upper"),
        ({"products": ["QY-K15"]}, {}, Context(product="qy k15"), "upper"),
    ],
)
def test_an_override_of_narrower_scope_is_lifted_only_where_it_applies_for_sure(
    tmp_path: Path, upper: dict[str, Any], lower: dict[str, Any], context: Context, first: str
) -> None:
    articles = [
        make_article("upper", body="# 优惠\n\n优惠。", overrides=["lower"], **upper),
        make_article("lower", body="# 退货\n\n退货退货退货。", **lower),
        make_article("other", body="# 快递\n\n快递。"),
    ]
    answer = make_assistant(articles, tmp_path).suggest(Question("退货", context=context))
    ids = [s.source.article for s in answer.suggestions]
    assert next(i for i in ids if i in ("upper", "lower")) == first


def test_a_phrase_shows_its_approved_wording() -> None:
    kinds = [(0, TEXT), (0, PassageKind.REPLY), (0, PassageKind.REPLY), (1, TEXT), (1, PassageKind.REPLY)]
    index = fake_index(kinds, [0.9, 0.2, 0.3, 0.8, 0.1], dense=[1] * 5)
    phrase = replace(index, articles=[replace(index.articles[0], kind=Kind.PHRASE), index.articles[1]])

    assert [(item.article, item.passage) for item in ranking(index)] == [(0, 0), (1, 3)]
    assert [(item.article, item.passage) for item in ranking(phrase)] == [(0, 2), (1, 3)]
