from __future__ import annotations

from dataclasses import replace

from kb.article import Article
from kb.memo import kept
from tests.support.articles import make_article


def test_it_is_computed_once_for_each_object_and_kept_with_it() -> None:
    asked: list[str] = []

    @kept
    def shout(article: Article) -> str:
        asked.append(article.id)
        return article.title.upper()

    one = make_article("a", "abc")
    assert [shout(one), shout(one)] == ["ABC", "ABC"]
    other = replace(one, title="def")
    assert shout(other) == "DEF"
    assert asked == ["a", "a"]
    # What is kept is no part of the article.
    assert one == make_article("a", "abc")
    assert "shout" not in repr(one)
