"""A segment as part of a generation: those of its articles that are alive there, and all portions in one order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from indexer.places import Layout, stretches
from indexer.segment import SPELLING, Segment, Split
from kb.article import Article
from kb.leg import Ordinals
from kb.validity import Bools


@dataclass(frozen=True)
class Portion:
    """What of a segment is part of a generation. Of what is dead no text is kept.

    articles, split: the articles that are alive and the passages of each, by their place in the segment, ascending.
    """

    segment: Segment
    articles: Mapping[int, Article]
    split: Mapping[int, Split]

    @classmethod
    def read(cls, segment: Segment, dead: Collection[int], loaded: Iterable[Portion] = ()) -> Portion:
        """Read a segment's texts. Raises GenerationError where they cannot be read.

        loaded: portions that may hold the same articles; what was worked out of those is used again.
        """
        known = {
            article.id: (article, portion.split[place])
            for portion in loaded
            for place, article in portion.articles.items()
        }
        left = frozenset(dead)
        articles, split = {}, {}
        for place, one in enumerate(zip(*segment.texts(), strict=True)):
            if place not in left:
                own = known.get(one[0].id)
                articles[place], split[place] = own if own == one else one
        return cls(segment, articles, split)

    def without(self, dead: Collection[int]) -> Portion:
        """The same segment with other articles dead; nothing is read where those that live are known."""
        left = frozenset(dead)
        alive = [place for place in range(self.segment.record.articles) if place not in left]
        if len(alive) == len(self.articles) and all(place in self.articles for place in alive):
            return self
        if not all(place in self.articles for place in alive):
            return Portion.read(self.segment, dead, (self,))
        return Portion(
            self.segment,
            {place: self.articles[place] for place in alive},
            {place: self.split[place] for place in alive},
        )

    @property
    def dead(self) -> tuple[int, ...]:
        """The places of the articles that are not part of it."""
        return tuple(n for n in range(self.segment.record.articles) if n not in self.articles)

    @cached_property
    def places(self) -> Ordinals:
        """The places of the articles that are alive, ascending."""
        return np.fromiter(self.articles, np.int64, len(self.articles))

    @cached_property
    def rows(self) -> Ordinals:
        """The places in the segment of the passages that are alive, ascending."""
        starts = self.segment.starts
        return stretches(starts[self.places], starts[self.places + 1] - starts[self.places])

    @property
    def tokens(self) -> int:
        """How many token vectors its passages have."""
        offsets = self.segment.late.offsets
        return int((offsets[self.rows + 1] - offsets[self.rows]).sum())

    @cached_property
    def word_totals(self) -> Ordinals:
        """How often each word for spelling stands in what is alive, in the order of the segment's postings."""
        alive: Bools = np.zeros(self.segment.passages, dtype=np.bool_)
        alive[self.rows] = True
        return self.segment.postings[SPELLING].totals(alive)


def arranged(portions: Sequence[Portion]) -> tuple[tuple[Article, ...], tuple[Split, ...], Layout]:
    """All articles that are alive, by id, the passages of each, and where those stand."""
    order = sorted(
        (article.id, number, place)
        for number, portion in enumerate(portions)
        for place, article in portion.articles.items()
    )
    articles = tuple(portions[number].articles[place] for _, number, place in order)
    splits = tuple(portions[number].split[place] for _, number, place in order)
    sizes = np.fromiter(map(len, splits), np.int64, len(splits))
    begins = np.cumsum(sizes) - sizes
    count = int(sizes.sum())
    of = np.fromiter((number for _, number, _ in order), np.int64, len(order))
    layouts = []
    for number, portion in enumerate(portions):
        # Within a segment articles stand in the order of their ids too.
        shift = np.repeat(begins[of == number] - portion.segment.starts[portion.places], sizes[of == number])
        places = np.full(portion.segment.passages, count, dtype=np.int32)
        places[portion.rows] = portion.rows + shift
        layouts.append(places)
    return articles, splits, Layout(count, layouts)
