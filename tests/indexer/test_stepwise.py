"""A generation made step by step answers exactly like one made at once."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer import upkeep
from indexer.build import build
from indexer.generation import Generation
from indexer.upkeep import MOST
from kb.article import Article
from kb.assistant import Assistant
from kb.leg import Query
from kb.library import ShopWords
from kb.question import Question
from kb.suggestion import Answer
from kb.synonyms import Synonyms
from tests.support.articles import make_article
from tests.support.library import NOW
from tests.support.toy_encoder import WORDS, ToyEncoder

THINGS = (*WORDS, "尿布湿", "大闸蟹礼券", "充绒量", "电饭煲内胆", "内胆", "专票", "qy-w10", "1.5L", "tuihuo", "运费险")
ASKED = ("退货运费谁出", "尿布湿怎么退", "电饭煲内胆多少钱", "tuihuo要多久", "QY-W10 洗衣机", "1.5升的", "fapiao")


def thrown(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 (no secrets)


def some_article(number: int, dice: random.Random) -> Article:
    def words(most: int) -> list[str]:
        return dice.sample(THINGS, dice.randint(1, most))

    sections = [f"# {''.join(words(2))}\n\n{'，'.join(words(5))}。" for _ in range(dice.randint(1, 4))]
    return make_article(
        f"a{number:02}",
        "".join(words(2)),
        "\n\n".join(sections),
        dice.choice(("policy", "promotion")),
        keywords=words(2) if dice.random() < 0.5 else [],
        questions=[f"{''.join(words(3))}吗"] if dice.random() < 0.5 else [],
        overrides=[f"a{dice.randint(0, 29):02}"] if dice.random() < 0.2 else [],
    )


def plain(answer: Answer) -> Answer:
    return replace(answer, id="", took_ms={})


def same_answers(one: Generation, other: Generation, encoder: ToyEncoder) -> None:
    here, there = (Assistant(g, encoder, clock=lambda: NOW) for g in (one, other))
    for text in ASKED:
        asked = Question(text, explain=True)
        assert plain(here.suggest(asked)) == plain(there.suggest(asked)), text
        encoded = encoder.encode_queries([text])
        query = Query(text, encoded.vectors[0], encoded.tokens[0], "退货\n内胆")
        every, ordinals = np.ones(len(one.passages), dtype=np.bool_), np.arange(len(one.passages))
        for leg, alike in zip(one.legs, other.legs, strict=True):
            np.testing.assert_array_equal(leg.score(query, ordinals), alike.score(query, ordinals))
            for k in (1, 5, 100):
                hits, expected = leg.search(query, every, k), alike.search(query, every, k)
                np.testing.assert_array_equal(hits.ordinals, expected.ordinals)
                np.testing.assert_array_equal(hits.scores, expected.scores)
        np.testing.assert_array_equal(one.late.score(query, ordinals), other.late.score(query, ordinals))


@pytest.mark.parametrize("seed", range(6))
def test_any_edits_step_by_step_and_at_once(tmp_path: Path, seed: int) -> None:
    dice, encoder = thrown(seed), ToyEncoder()
    library = {n: some_article(n, dice) for n in range(dice.choice((0, 3, 25)))}
    words = ShopWords()
    previous: Generation | None = None
    for step in range(25):
        for _ in range(dice.choice((1, 1, 1, 6))):
            number = dice.randint(0, 29)
            if dice.random() < 0.3:
                library.pop(number, None)
            else:
                library[number] = some_article(number, dice)
        if dice.random() < 0.15:
            words = ShopWords(Synonyms((("运费", dice.choice(("邮费", "快递费单"))),)))
        revisions = {article.id: step for article in library.values()}
        articles = list(library.values())
        name = build(articles, encoder, tmp_path / "steps", words=words, previous=previous, revisions=revisions)
        previous = Generation.load(tmp_path / "steps" / "generations" / name, encoder.fingerprint, previous)
        assert len(previous.portions) <= MOST
        if step % 6 == 5:
            var = tmp_path / f"once-{step}"
            assert build(articles, encoder, var, words=words, revisions=revisions) == name
            once = Generation.load(var / "generations" / name, encoder.fingerprint)
            read = Generation.load(tmp_path / "steps" / "generations" / name, encoder.fingerprint)
            assert (previous.articles, previous.passages) == (once.articles, once.passages)
            assert [previous.revision_of(n) for n in range(len(articles))] == [step] * len(articles)
            assert previous.manifest.tokens == once.manifest.tokens
            same_answers(previous, once, encoder)
            same_answers(read, once, encoder)


def test_only_the_new_article_is_written(tmp_path: Path) -> None:
    encoder, dice = ToyEncoder(), thrown(1)
    articles = [some_article(n, dice) for n in range(25)]
    first = build(articles, encoder, tmp_path)
    before = Generation.load(tmp_path / "generations" / first, encoder.fingerprint)
    changed = [*articles[:-1], make_article("a24", "退货", "# 退货\n\n退货七天。")]
    second = build(changed, encoder, tmp_path, previous=before)
    after = Generation.load(tmp_path / "generations" / second, encoder.fingerprint, before)
    old, new = after.portions
    assert old.segment is before.portions[0].segment
    assert old.dead == (24,)
    assert [article.id for article in new.articles.values()] == ["a24"]
    assert all(after.articles[n] is before.articles[n] for n in range(24))
    assert all(a is b for a, b in zip(after.passages, before.passages[: len(old.rows)], strict=False))


def test_a_new_user_word_moves_those_that_hold_it_and_encodes_nothing_of_them(tmp_path: Path) -> None:
    encoder = ToyEncoder()
    articles = [make_article(f"a{n:02}", "说明", "这里写着尿布湿。" if n == 3 else "没有。") for n in range(20)]
    before = Generation.load(tmp_path / "generations" / build(articles, encoder, tmp_path), encoder.fingerprint)
    encoder.encoded.clear()
    new = make_article("b", "尿布湿", "退货。")
    name = build([*articles, new], encoder, tmp_path, previous=before)
    after = Generation.load(tmp_path / "generations" / name, encoder.fingerprint, before)
    assert encoder.encoded == ["尿布湿\n退货。"]
    assert after.portions[0].dead == (3,)
    assert [article.id for article in after.portions[1].articles.values()] == ["a03", "b"]
    same_answers(after, Generation.load(tmp_path / "generations" / name, encoder.fingerprint), encoder)


def test_many_single_edits_keep_few_segments_and_copy_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "MOST", 3)
    encoder, dice = ToyEncoder(), thrown(3)
    library = {n: some_article(n, dice) for n in range(30)}
    previous = None
    for number in range(12):
        library[number] = some_article(number, dice)
        name = build(list(library.values()), encoder, tmp_path, previous=previous)
        previous = Generation.load(tmp_path / "generations" / name, encoder.fingerprint, previous)
        assert len(previous.portions) <= 3
