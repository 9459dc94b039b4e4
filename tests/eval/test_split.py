from __future__ import annotations

import hashlib

from eval.split import half, part, sample
from tests.support.records import make_question

QUESTIONS = tuple(
    make_question(f"q{number}", {f"article-{number // 3}": 3}, answerable=number % 5 > 0) for number in range(300)
)


def test_the_half_is_that_of_the_article_and_never_moves() -> None:
    first = {name: hashlib.sha256(name.encode()).digest()[0] for name in ("a", "b", "c", "d")}
    assert first == {"a": 0xCA, "b": 0x3E, "c": 0x2E, "d": 0x18}
    assert half(make_question("x", {"a": 3})) == "learn"
    odd = next(name for name in map(str, range(50)) if hashlib.sha256(name.encode()).digest()[0] % 2)
    assert half(make_question("x", {odd: 3, "a": 3})) == "test"
    assert half(make_question(odd, {"a": 3}, answerable=False)) == "test"
    assert half(make_question(odd)) == "test"


def test_no_article_stands_on_both_sides_and_none_is_lost() -> None:
    learn, test = part(QUESTIONS, "learn"), part(QUESTIONS, "test")
    sides = [{q.relevant[0].article for q in side if q.answerable} for side in (learn, test)]
    assert not sides[0] & sides[1]
    assert len(learn) + len(test) == len(QUESTIONS)
    assert 100 < len(learn) < 200
    assert part(QUESTIONS, "all") == QUESTIONS


def test_growing_a_set_moves_no_question() -> None:
    before = {q.id: half(q) for q in QUESTIONS[:100]}
    after = {q.id: half(q) for q in QUESTIONS}
    assert all(after[name] == side for name, side in before.items())


def test_a_sample_is_spread_over_the_set() -> None:
    assert [q.id for q in sample(QUESTIONS, 3)] == ["q0", "q100", "q200"]
    assert sample(QUESTIONS, None) == sample(QUESTIONS, 300) == sample(QUESTIONS, 1000) == QUESTIONS
    assert len(sample(QUESTIONS, 299)) == 299
    assert sample((), 3) == ()
