from __future__ import annotations

import pytest

from kb.synonyms import MAX_GROUPS, MAX_WORDS, MOST, Synonyms, read_synonyms
from kb.word_reader import MAX_WORD

SHOP = Synonyms(
    (
        ("纸尿裤", "尿不湿", "尿片"),
        ("运费", "快递费", "邮费"),
        ("快递", "物流"),
        ("T恤", "短袖"),
        ("VIP", "会员"),
        ("1.5L", "大号"),
    )
)


@pytest.mark.parametrize(
    ("text", "also"),
    [
        ("", []),
        ("退货", []),
        ("尿不湿多少钱", ["纸尿裤", "尿片"]),
        ("尿不濕", ["纸尿裤", "尿片"]),  # traditional
        # 快递 within 快递费 says nothing of 物流.
        ("快递费谁出", ["运费", "邮费"]),
        ("快递到哪了", ["物流"]),
        ("快递的快递费", ["物流", "运费", "邮费"]),
        # First words of each group before the next ones.
        ("尿片的邮费", ["纸尿裤", "运费", "尿不湿", "快递费"]),
        ("纸尿裤就是尿不湿吗", ["尿片"]),  # those in the text are left out
        ("短袖", ["t恤"]),
        ("Ｔ恤", ["短袖"]),
        ("vip价", ["会员"]),
        ("vipp", []),  # not within a longer Latin word
        ("大号的", ["1.5l"]),
        ("1.5升的", ["大号"]),
    ],
)
def test_also(text: str, also: list[str]) -> None:
    assert SHOP.also(text).split("\n") == (also or [""])


def test_at_most_so_many_words() -> None:
    many = Synonyms(tuple(tuple(f"词{g}号{n}位" for n in range(9)) for g in range(4)))
    found = many.also("词0号0位，词1号0位，词2号0位，词3号0位").split("\n")
    assert len(found) == MOST
    assert found[:5] == ["词0号1位", "词1号1位", "词2号1位", "词3号1位", "词0号2位"]


def test_without_groups() -> None:
    assert Synonyms().also("纸尿裤") == ""


def test_a_file_is_read_as_written() -> None:
    text = "# 我们的词\n- [羽绒服, 羽绒, 鸭绒衣]\n-\n  - 123号\n  - 'a: b'\n"
    assert read_synonyms(text) == (Synonyms((("羽绒服", "羽绒", "鸭绒衣"), ("123号", "a: b"))), ())


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "[]"])
def test_an_empty_file_says_nothing(text: str) -> None:
    assert read_synonyms(text) == (Synonyms(), ())


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("- [羽绒服, 羽绒\n- [a", 2, "not YAML"),
        ("羽绒服: 羽绒\n", 1, "not a list of groups"),
        ("只有一个词\n", 1, "not a list of groups"),
        ("- 羽绒服\n", 1, "a group that is not a list"),
        ("- [羽绒服, 羽绒]\n- {羽绒: 鸭绒}\n", 2, "a group that is not a list"),
        ("- [羽绒服]\n", 1, "a group of fewer than two words"),
        ("- []\n", 1, "a group of fewer than two words"),
        ("- [羽绒服, '']\n", 1, "an empty word"),
        ("- [羽绒服, ~]\n", 1, "an empty word"),
        ("- [羽绒服, 绒]\n", 1, "a word of one letter: 绒"),
        ("- [羽绒服, Ａ]\n", 1, "a word of one letter: Ａ"),
        ("- [羽绒服, '--']\n", 1, "a word without a letter: --"),
        ("- [羽绒服, [羽绒, 绒衣]]\n", 1, "an entry that is not a word"),
        ("- [羽绒服, {羽绒: 绒衣}]\n", 1, "an entry that is not a word"),
        ("- [羽绒服, !!binary aGk=]\n", 1, "an entry that is not a word"),
        ("-\n  - 羽绒服\n  - 羽絨服\n", 3, "`羽絨服` stands twice (first in line 2)"),
        ("- [羽绒服, 羽绒]\n- [大衣, 羽绒]\n", 2, "`羽绒` stands twice (first in line 1)"),
        (f"- [羽绒服, {'长' * (MAX_WORD + 1)}]\n", 1, f"a word of {MAX_WORD + 1} characters"),
        (f"- [{', '.join(f'词{n}' for n in range(MAX_WORDS + 1))}]\n", 1, f"{MAX_WORDS + 1} words in one list"),
        ("".join(f"- [词{n}, 话{n}]\n" for n in range(MAX_GROUPS + 1)), 1, f"{MAX_GROUPS + 1} groups"),
        ("[" * 30 + "]" * 30, 1, "nested too deep"),
        ("- [羽绒服, a\u0007b]\n", 1, "a character that YAML does not allow"),
    ],
)
def test_problems(text: str, line: int, what: str) -> None:
    _, problems = read_synonyms(text, "x/_synonyms.yaml")
    (problem,) = problems
    assert (problem.path, problem.line) == ("x/_synonyms.yaml", line)
    assert what in problem.what
    assert problem.mend


def test_every_problem_is_told_at_once() -> None:
    _, problems = read_synonyms("- [羽绒服, 绒]\n- 羽绒\n- [羽绒服, '']\n")
    assert [problem.line for problem in problems] == [1, 2, 3, 3]
