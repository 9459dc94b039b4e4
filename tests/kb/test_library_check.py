from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kb.article import Article, Kind
from kb.library_check import library_problems

LINES = {"supersedes": 5, "effective_from": 6, "overrides": 7, "overrides[0]": 8, "overrides[1]": 9}


def article(
    name: str,
    supersedes: str | None = None,
    start: int | None = None,
    end: int | None = None,
    overrides: tuple[str, ...] = (),
    channels: tuple[str, ...] = (),
    products: tuple[str, ...] = (),
) -> Article:
    return Article(
        name, name, Kind.POLICY, f"{name}.md", "", 1,
        supersedes=supersedes, overrides=overrides, channels=channels, products=products,
        effective_from=datetime(2026, start, 1, tzinfo=UTC) if start else None,
        effective_until=datetime(2026, end, 1, tzinfo=UTC) if end else None,
        field_lines=LINES,
    )  # fmt: skip


def told(*articles: Article) -> list[tuple[str, int, str]]:
    ids = {one.id for one in articles}
    return [(problem.path, problem.line, problem.what) for problem in library_problems(articles, ids)]


def test_references_to_nothing_are_told_with_a_near_name() -> None:
    lost = article("b", "return", overrides=("returns", "nope"))
    assert told(article("returns"), lost) == [
        ("b.md", 5, "`supersedes` names an article that does not exist: return"),
        ("b.md", 9, "`overrides` names an article that does not exist: nope"),
    ]
    assert library_problems([lost], {"returns", "nope"})[0].mend == "did you mean `returns`?"


def test_an_article_cannot_replace_itself() -> None:
    assert told(article("a", "a", overrides=("a",))) == [
        ("a.md", 5, "the article supersedes itself"),
        ("a.md", 8, "the article overrides itself"),
    ]


def test_a_cycle_is_named_once() -> None:
    ring = [article("a", "c"), article("b", "a"), article("c", "b")]
    assert told(*ring, article("tail", "a", 3)) == [
        ("a.md", 5, "a cycle in `supersedes`: a → c → b → a"),
        ("tail.md", 5, "overlapping versions: `b` and `tail` both supersede `a`"),
    ]
    assert told(article("x", "y"), article("y", "x"), article("z")) == [
        ("x.md", 5, "a cycle in `supersedes`: x → y → x")
    ]
    assert len(told(article("tail", "x"), article("x", "y"), article("y", "x"))) == 2


def test_a_long_chain_is_no_cycle() -> None:
    chain = [article("v0")] + [article(f"v{n}", f"v{n - 1}") for n in range(1, 2000)]
    assert told(*chain) == []


@pytest.mark.parametrize(("older", "newer", "wrong"), [(3, 3, True), (4, 3, True), (2, 3, False)])
def test_an_article_that_never_applies_is_told(older: int, newer: int, wrong: bool) -> None:
    found = told(article("old", start=older), article("new", "old", start=newer))
    assert [(path, line) for path, line, _ in found] == ([("new.md", 6)] if wrong else [])


def test_replacing_altogether_without_a_date_is_sound() -> None:
    assert told(article("old", start=3), article("new", "old")) == []
    assert told(article("old"), article("new", "old", start=3)) == []


def test_versions_that_overlap_are_told_at_the_later_file() -> None:
    found = told(article("old"), article("a", "old", 1, 4), article("b", "old", 3))
    assert found == [("b.md", 5, "overlapping versions: `a` and `b` both supersede `old`")]


@pytest.mark.parametrize(
    "pair",
    [
        (article("a", "old", 1, 3), article("b", "old", 3)),
        (article("a", "old", channels=("jd",)), article("b", "old", channels=("taobao",))),
        (article("a", "old", products=("E3",)), article("b", "old", products=("E5",))),
    ],
)
def test_versions_that_never_meet_are_sound(pair: tuple[Article, Article]) -> None:
    assert told(article("old"), *pair) == []


@pytest.mark.parametrize("channels", [(), ("JD", "douyin")])
def test_versions_that_share_a_channel_overlap(channels: tuple[str, ...]) -> None:
    assert len(told(article("old"), article("a", "old", channels=("jd",)), article("b", "old", channels=channels))) == 1


def test_no_articles_no_problems() -> None:
    assert told() == []
