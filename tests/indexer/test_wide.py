from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from indexer import wide
from indexer.analyser import Characters
from indexer.lexical import ALSO, LexicalLeg
from indexer.places import Layout
from indexer.postings import Postings
from indexer.wide import WideBM25
from kb.leg import Query
from kb.validity import Bools
from tests.support.fake_index import NO_TOKENS

COUNT = 400
COMMON, MIDDLE = "的了是在", "退货换修险运费票"


def texts(seed: int = 1) -> list[str]:
    dice = random.Random(seed)  # noqa: S311 (no secrets)
    rare = [chr(0x5000 + n) for n in range(150)]
    return [
        "".join(dice.choices(COMMON, k=dice.randint(1, 8)) + dice.choices(MIDDLE, k=3) + dice.sample(rare, 2))
        for _ in range(COUNT)
    ]


def leg_of(some: list[str], layout: Layout | None = None, wide_from: int = 0) -> LexicalLeg:
    postings = Postings.of([Characters().terms(text) for text in some])
    return LexicalLeg(Characters(), [postings], layout or Layout.whole(len(some)), wide_from)


def limited(leg: LexicalLeg, read: int, kept: int) -> LexicalLeg:
    leg._wide = WideBM25(leg._segments, leg._layout, leg._norms, read, kept)
    return leg


def query(text: str, also: str = "") -> Query:
    return Query(text, np.empty(0, np.float32), NO_TOKENS, also)


def everything(n: int = COUNT) -> Bools:
    return np.ones(n, dtype=np.bool_)


@pytest.fixture(autouse=True)
def none_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wide, "_FEW", 0)


@pytest.mark.parametrize("share", [1.0, 0.3])
@pytest.mark.parametrize("read", [10**9, 300, 1])
def test_it_finds_the_best_of_those_that_hold_a_term_that_was_read(read: int, share: float) -> None:
    some = texts()
    whole, pruned = leg_of(some, wide_from=COUNT + 1), limited(leg_of(some), read, COUNT)
    allowed = np.random.default_rng(3).random(COUNT) < share
    every, missing = np.arange(COUNT), 0
    for text in (*some[:40], "的了", "退货的运费", "没有"):
        asked = query(text, "修\n险")
        np.testing.assert_allclose(pruned.score(asked, every), whole.score(asked, every), rtol=1e-5, atol=1e-6)
        for k in (1, 10, 50):
            assert pruned._wide is not None
            held, _, unread = pruned._wide._candidates(pruned._asked(pruned._wide, asked), allowed, k)
            expected, found = whole.search(asked, np.isin(every, held), k), pruned.search(asked, allowed, k)
            assert found.ordinals.tolist() == expected.ordinals.tolist(), text
            np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-5)
            if not unread:
                assert found.ordinals.tolist() == whole.search(asked, allowed, k).ordinals.tolist()
            missing += len(unread)
    assert (missing > 0) == (read < 10**9)


def test_few_allowed_are_scored_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    some = texts()
    whole, pruned = leg_of(some, wide_from=COUNT + 1), limited(leg_of(some), 1, 1)
    monkeypatch.setattr(wide, "_FEW", 30)
    allowed = np.isin(np.arange(COUNT), np.arange(5, COUNT, 20))
    for text in some[:20]:
        expected, found = (leg.search(query(text), allowed, 10) for leg in (whole, pruned))
        assert found.ordinals.tolist() == expected.ordinals.tolist()


def test_what_is_read_is_limited_and_common_words_still_decide() -> None:
    # All hold the common word, those from 350 on the rare one too; among them the one with two common words is first.
    some = ["的" for _ in range(350)] + ["的稀" for _ in range(49)] + ["的的稀"]
    leg = limited(leg_of(some), 100, 100)
    wide_leg = leg._wide
    assert wide_leg is not None
    asked = wide_leg.asked(Counter(["的", "稀"]))
    assert [term.holding for term in asked] == [50, 400]
    found, _, unread = wide_leg._candidates(asked, everything(), 10)
    assert sorted(found.tolist()) == list(range(350, 400))
    assert [term.holding for term in unread] == [400]
    scored = leg_of(some, wide_from=COUNT + 1).search(query("的稀"), everything(), 1)
    assert leg.search(query("的稀"), everything(), 1).ordinals.tolist() == scored.ordinals.tolist()


def test_more_is_read_where_rare_words_find_too_few() -> None:
    some = ["的" for _ in range(398)] + ["的稀" for _ in range(2)]
    hits = limited(leg_of(some), 1, 1).search(query("稀的"), everything(), 5)
    assert hits.ordinals.tolist() == [398, 399, 0, 1, 2]


def test_the_same_in_any_layout_and_the_dead_count_nowhere() -> None:
    some = texts()
    whole = limited(leg_of(some), 300, 40)
    dice = np.random.default_rng(9)
    inside = dice.random(COUNT) < 0.6
    legs = []
    for rows in (np.flatnonzero(inside), np.flatnonzero(~inside)):
        # Each segment holds texts more that are dead.
        held = [some[n] for n in rows] + ["的稀退货"] * 7
        legs.append((Postings.of([Characters().terms(t) for t in held]), np.append(rows, [COUNT] * 7).astype(np.int32)))
    layout = Layout(COUNT, [places for _, places in legs])
    parted = limited(LexicalLeg(Characters(), [postings for postings, _ in legs], layout, 0), 300, 40)
    allowed = dice.random(COUNT) < 0.7
    for text in (*some[:40], "的了", "退货的"):
        one, other = (leg.search(query(text), allowed, 30) for leg in (whole, parted))
        assert other.ordinals.tolist() == one.ordinals.tolist()
        np.testing.assert_array_equal(other.scores, one.scores)
        np.testing.assert_array_equal(
            parted.score(query(text), np.arange(COUNT)), whole.score(query(text), np.arange(COUNT))
        )


def test_the_table_is_left_clean() -> None:
    leg = limited(leg_of(texts()), 300, 40)
    first = [leg.search(query(text), everything(), 20).scores.tolist() for text in texts()[:10]]
    again = [leg.search(query(text), everything(), 20).scores.tolist() for text in texts()[:10]]
    assert first == again
    wide_leg = leg._wide
    assert wide_leg is not None
    assert all(not table.any() for table in wide_leg._free)


def test_synonyms_count_half() -> None:
    leg = leg_of(["修", "退", "票"] * 5)
    one, half = leg.score(query("退"), np.array([1]))[0], leg.score(query("票", "退"), np.array([1]))[0]
    assert half == pytest.approx(ALSO * one)
