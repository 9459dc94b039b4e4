from __future__ import annotations

import pytest

from kb.moods import INNOCENT, LISTS, MAX_WORDS, MoodWords, read_moods
from kb.normalise import fold

GENERAL = MoodWords()


def test_the_file_adds_to_the_general_words() -> None:
    words, problems = read_moods("anger: [翻车, 气死]\nurgency:\n  - 等米下锅\n")
    assert problems == ()
    assert words.anger == (*GENERAL.anger, "翻车")  # 气死 stands there already
    assert words.threat == GENERAL.threat
    assert words.urgency == (*GENERAL.urgency, "等米下锅")


def test_the_file_replaces_them_where_it_says_so() -> None:
    assert read_moods("replace: true\nanger: [翻车]\n") == (MoodWords(("翻车",), (), ()), ())
    assert read_moods("replace: no\nanger: [翻车]\n")[0].anger == (*GENERAL.anger, "翻车")


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "anger:\nthreat: []\n"])
def test_an_empty_file_changes_nothing(text: str) -> None:
    assert read_moods(text) == (GENERAL, ())


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("anger: [a", 1, "not YAML"),
        ("- 翻车\n", 1, "not lists under names"),
        ("翻车\n", 1, "not lists under names"),
        ("angry: [翻车]\n", 1, "unknown list `angry`"),
        ("? [a, b]\n: [c]\n", 1, "unknown list ``"),
        ("anger: [翻车]\nanger: [砸了]\n", 2, "`anger` stands twice"),
        ("anger: 翻车\n", 1, "`anger` is not a list"),
        ("threat:\n  翻车: 砸了\n", 2, "`threat` is not a list"),
        ("anger: [翻车]\nthreat: [翻车]\n", 2, "`翻车` stands twice (first in line 1)"),
        ("anger: [气]\n", 1, "a word of one letter: 气"),
        ("anger: ['']\n", 1, "an empty word"),
        ("replace: perhaps\n", 1, "`replace` is neither true nor false"),
        ("replace: [true]\n", 1, "`replace` is neither true nor false"),
        (f"anger: [{', '.join(f'词{n}' for n in range(MAX_WORDS + 1))}]\n", 1, f"{MAX_WORDS + 1} words in one list"),
    ],
)
def test_problems(text: str, line: int, what: str) -> None:
    (problem,) = read_moods(text)[1]
    assert (problem.path, problem.line) == ("_moods.yaml", line)
    assert what in problem.what
    assert problem.mend


def test_a_picture_is_a_word() -> None:
    words, problems = read_moods("replace: true\nanger: [😡, '[发怒]']\n")
    assert (words.anger, problems) == (("😡", "[发怒]"), ())


def test_the_general_words_would_pass_the_checks_of_a_file() -> None:
    lists = "\n".join(f"{name}: [{', '.join(map(repr, getattr(GENERAL, name)))}]" for name in LISTS)
    assert read_moods(f"replace: true\n{lists}") == (GENERAL, ())


def test_an_innocent_word_holds_a_listed_one() -> None:
    listed = [fold(word) for name in LISTS for word in getattr(GENERAL, name)]
    idle = [word for word in INNOCENT if not any(fold(word) != one and one in fold(word) for one in listed)]
    assert idle == []
