"""What one folder holds: its articles and the word files that its owners edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.article import Article
from kb.moods import MoodWords
from kb.synonyms import Synonyms


@dataclass(frozen=True)
class ShopWords:
    """A shop's words beside its articles; without files no synonyms, and the general words of moods."""

    synonyms: Synonyms = field(default_factory=Synonyms)
    moods: MoodWords = field(default_factory=MoodWords)


@dataclass(frozen=True)
class Library:
    """A folder, or the published library, read whole: its articles, sorted by path, and its words.

    revisions: the number of each article's revision by its id; empty for a folder.
    """

    articles: tuple[Article, ...]
    words: ShopWords = field(default_factory=ShopWords)
    revisions: Mapping[str, int] = field(default_factory=dict)
