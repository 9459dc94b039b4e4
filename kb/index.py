"""The port to one generation: everything the Assistant needs to answer, read-only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from kb.article import Article
from kb.leg import LateInteraction, Leg, Ordinals
from kb.moods import MoodWords
from kb.passage import Passage
from kb.synonyms import Synonyms
from kb.validity import Validity


class Index(Protocol):
    """One immutable generation, loaded. Passages and articles are addressed by their ordinal."""

    @property
    def generation(self) -> str:
        """The generation's id."""
        ...

    @property
    def articles(self) -> Sequence[Article]:
        """The n_a articles."""
        ...

    @property
    def passages(self) -> Sequence[Passage]:
        """The n passages, in the order of their articles."""
        ...

    @property
    def article_of(self) -> Ordinals:
        """`[n] int64`: the ordinal of each passage's article."""
        ...

    @property
    def validity(self) -> Validity:
        """Who is in force when."""
        ...

    @property
    def legs(self) -> Sequence[Leg]:
        """The ways of finding passages."""
        ...

    @property
    def late(self) -> LateInteraction:
        """The reranker."""
        ...

    @property
    def overridden_by(self) -> Mapping[int, Sequence[int]]:
        """For each article that others override, their ordinals; whether they are in force is another question."""
        ...

    @property
    def synonyms(self) -> Synonyms:
        """Words of one meaning, as the shop's owners say."""
        ...

    @property
    def moods(self) -> MoodWords:
        """The words by which moods are known."""
        ...

    def ordinal(self, article: str) -> int | None:
        """The ordinal of the article of that id, or None."""
        ...

    def revision_of(self, article: int) -> int | None:
        """The number of the revision that an article has in the published library; None where it is from a folder."""
        ...

    def respell(self, text: str) -> str:
        """A message in which what is typed in pinyin stands in the library's own words, where it has them."""
        ...

    def passages_of(self, article: int) -> range:
        """The ordinals of the passages of one article."""
        ...
