from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.sentence import clauses, sentences, size


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("没有句号", ("没有句号",)),
        ("可以退。运费到付！行吗？行；好…完", ("可以退。", "运费到付！", "行吗？", "行；", "好…", "完")),
        ("他说“可以。”然后走了。", ("他说“可以。”", "然后走了。")),
        ("（不退。）换", ("（不退。）", "换")),
        ("真的？！好", ("真的？！", "好")),
        ("嗯……好", ("嗯……", "好")),
        ("每瓶 1.5L，共 2.0 升。", ("每瓶 1.5L，共 2.0 升。",)),
        ("It works. Then 1.5L. OK", ("It works. ", "Then 1.5L. ", "OK")),
        ("3. 拆箱", ("3. 拆箱",)),
        ("v7.4.0 起。", ("v7.4.0 起。",)),
        ("见 http://a.b/?x=1;y=2 页", ("见 http://a.b/?x=1;y=2 页",)),
        ("OK!好?行", ("OK!", "好?", "行")),
        ("一行\n二行\n\n三行", ("一行\n", "二行\n\n", "三行")),
        ("。。", ("。。",)),
        ("甲。 \n", ("甲。 \n",)),
        ("  ", ("  ",)),
        ("\n甲", ("\n甲",)),
    ],
)
def test_sentences_end_where_a_reader_stops(text: str, parts: tuple[str, ...]) -> None:
    assert sentences(text) == parts


@given(st.text(alphabet='甲乙ab1 .。！？!?;；…”"）)\n，'))
def test_sentences_lose_nothing_and_none_is_blank(text: str) -> None:
    parts = sentences(text)
    assert "".join(parts) == text
    assert len(parts) < 2 or all(part.strip() for part in parts[1:])


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("退货", 2), ("退 货\n", 2), ("退货。", 3), ("iPhone 15", 4), ("a", 1), ("x" * 8, 2), ("x" * 9, 3),
     ("x" * 400, 100), ("２", 1), ("カメラ", 3), ("한국", 2), ("1.5L", 4)],
)  # fmt: skip
def test_size_counts_characters_and_words(text: str, count: int) -> None:
    assert size(text) == count


def test_a_long_sentence_is_cut_at_commas_then_anywhere() -> None:
    assert clauses("一二三，四五六七八九十", 4) == ("一二三，", "四五六七", "八九十")
    assert clauses("一二", 4) == ("一二",)
    assert clauses("aa bb cc", 4) == ("aa bb ", "cc")


@given(st.text(alphabet="甲乙，、 ab.1", max_size=200), st.integers(2, 20))
def test_clauses_lose_nothing_and_keep_the_limit(text: str, limit: int) -> None:
    parts = clauses(text, limit)
    assert "".join(parts) == text
    assert all(size(part) <= limit for part in parts)


def test_a_megabyte_without_a_stop_is_cut_in_time() -> None:
    parts = clauses("退" * 300_000, 300)
    assert len(parts) == 1000
    assert "".join(clauses("x" * 300_000, 300)) == "x" * 300_000
