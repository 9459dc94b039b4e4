from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kb.encoder import TokenVectors
from kb.lacking import lacking
from kb.leg import Alignment, Query
from kb.passage import Passage, PassageKind

PASSAGE = Passage("a", 0, PassageKind.TEXT, "洗衣机", (), "能洗羽绒服。", (1, 1))


def lacked(text: str, message: str, tokens: list[tuple[str, float]], felt: Sequence[str] = ()) -> tuple[str, ...]:
    """Lacking where each token of the query has this best cosine, all others being 0."""
    spans, at = [], 0
    for token, _ in tokens:
        start = text.index(token, at)
        at = start + len(token)
        spans.append((start, at))
    vectors = TokenVectors(np.zeros((len(tokens), 1), np.float32), np.array(spans, np.int32).reshape(-1, 2))
    similarity = np.array([[best, 0.0, 0.0, 0.0] for _, best in tokens], np.float32).reshape(len(tokens), 4)
    alignment = Alignment(np.zeros((4, 2), np.int32), similarity)
    return lacking(Query(text, np.zeros(1, np.float32), vectors), message, PASSAGE, alignment, felt)


def test_a_word_that_is_neither_held_nor_meant() -> None:
    # Mean 0.14, best 0.8: what is meant lies at 0.47 or above.
    said = "洗衣机能洗鞋子吗"
    assert lacked(said, said, [("洗衣机", 0.8), ("洗", 0.7), ("鞋子", 0.2)]) == ("鞋子",)
    assert lacked(said, said, [("洗衣机", 0.8), ("洗", 0.7), ("鞋子", 0.6)]) == ()


def test_one_weak_token_of_a_word_is_enough_and_neighbours_are_one_stretch() -> None:
    said = "羽绒服粉色鞋子"
    assert lacked(said, said, [("羽绒服", 0.8), ("粉", 0.1), ("色", 0.7), ("鞋子", 0.1)]) == ("粉色鞋子",)


def test_what_stands_in_the_passage_is_never_lacking() -> None:
    assert lacked("羽绒服", "羽绒服", [("羽绒服", 0.0)]) == ()


def test_only_the_message_counts_not_the_talk_before_it() -> None:
    text = "鞋子\n手环呢"
    assert lacked(text, "手环呢", [("鞋子", 0.1), ("手环", 0.8)]) == ()
    assert lacked(text, "手环呢", [("鞋子", 0.8), ("手环", 0.1)]) == ("手环",)


def test_places_hold_where_normalising_changes_the_length() -> None:
    said = "洗衣机……能洗鞋子吗"
    assert lacked(said, said, [("洗衣机", 0.8), ("洗", 0.7), ("鞋子", 0.2)]) == ("鞋子",)
    assert lacked(said, said, [("洗衣机", 0.8), ("洗", 0.7), ("鞋子", 0.6)]) == ()
    said = "１.5 L的洗衣机……洗ＡＢＣ"
    assert lacked(said, said, [("洗衣机", 0.8), ("洗", 0.7), ("ＡＢＣ", 0.1)])[-1] == "ＡＢＣ"


def test_without_tokens_every_word_that_is_not_held() -> None:
    assert lacked("鞋子羽绒服", "鞋子羽绒服", []) == ("鞋子",)
    assert lacked("ＡＢＣ羽绒服", "ＡＢＣ羽绒服", []) == ("ＡＢＣ",)


def test_a_word_of_a_mood_is_nothing_that_an_article_could_hold() -> None:
    said = "什么破店，气死我了，粉色洗衣机"
    tokens = [("什么", 0.1), ("破店", 0.1), ("气死", 0.1), ("我", 0.1), ("了", 0.1), ("粉色", 0.1), ("洗衣机", 0.8)]
    assert "粉色" in lacked(said, said, tokens)
    assert any("气死" in word for word in lacked(said, said, tokens))
    assert lacked(said, said, tokens, felt=["什么破", "气死"]) == ("粉色",)
