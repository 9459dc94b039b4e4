from __future__ import annotations

from kb.merging import Choice, merged
from kb.parts import Span
from kb.suggestion import Part

FIRST, SECOND = Span("怎么退货", 0, 4), Span("运费谁出", 5, 9)


def ranking(*of: tuple[int, float]) -> list[Choice[str]]:
    return [Choice(article, confidence, f"{article}@{confidence}") for article, confidence in of]


def test_each_question_gets_its_own_answer_first_then_the_surest() -> None:
    whole = ranking((3, 0.95), (1, 0.5))
    found, parts = merged(whole, [ranking((1, 0.8), (4, 0.3)), ranking((2, 0.9), (4, 0.6))], (FIRST, SECOND), 0.7, 10)
    assert [(c.article, c.confidence, c.answers) for c in found] == [
        (1, 0.8, FIRST),
        (2, 0.9, SECOND),
        (3, 0.95, None),
        (4, 0.6, None),
    ]
    assert parts == (Part("怎么退货", 0, 4, True, 1), Part("运费谁出", 5, 9, True, 2))


def test_one_article_for_both_stands_behind_the_first_of_the_whole_message() -> None:
    whole = ranking((3, 0.9), (4, 0.85), (1, 0.8))
    found, parts = merged(whole, [ranking((1, 0.8)), ranking((1, 0.75))], (FIRST, SECOND), 0.7, 10)
    assert [(c.article, c.answers) for c in found] == [(3, None), (1, FIRST), (4, None)]
    assert [(p.answerable, p.suggestion) for p in parts] == [(True, 2), (True, 2)]


def test_a_likely_answer_comes_second_and_an_unlikely_one_not_at_all() -> None:
    whole = ranking((1, 0.9), (5, 0.8))
    found, parts = merged(whole, [ranking((1, 0.8)), ranking((2, 0.6))], (FIRST, SECOND), 0.7, 10)
    assert [(c.article, c.confidence, c.answers) for c in found] == [(1, 0.9, FIRST), (2, 0.6, SECOND), (5, 0.8, None)]
    assert [(p.answerable, p.suggestion) for p in parts] == [(True, 1), (False, 2)]
    found, parts = merged(whole, [ranking((1, 0.8)), ranking((2, 0.34))], (FIRST, SECOND), 0.7, 10)
    assert [c.article for c in found] == [1, 5]
    assert [(p.answerable, p.suggestion) for p in parts] == [(True, 1), (False, None)]
    assert merged([], [[], []], (FIRST, SECOND), 0.7, 10)[0] == []


def test_the_limit_cuts_and_a_place_beyond_it_is_none() -> None:
    found, parts = merged(ranking((3, 0.9)), [ranking((1, 0.8)), ranking((2, 0.9))], (FIRST, SECOND), 0.7, 1)
    assert [c.article for c in found] == [1]
    assert [(p.answerable, p.suggestion) for p in parts] == [(True, 1), (True, None)]


def test_a_message_of_one_question_is_cut_and_nothing_else() -> None:
    whole = ranking((3, 0.9), (1, 0.8))
    assert merged(whole, [], (), 0.7, 1) == (whole[:1], ())
