"""What goes into a new segment: vectors and terms of new articles made, those of articles that only move copied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.analyser import Analyser, Words
from indexer.cache import Held
from indexer.compact import CompactTokens
from indexer.late import QuantisedTokens
from indexer.places import Places
from indexer.portion import Portion
from indexer.postings import Postings
from indexer.segment import SPELLING, Content, Segment, Split
from indexer.spelling import words_of
from kb.article import Article
from kb.leg import Ordinals
from kb.passage import Passage, PassageKind


@dataclass(frozen=True)
class Source:
    """One article that is to be written. portion, place: where it stands now; None: nowhere as it is.

    counted: whether its terms are taken from there too; else only its vectors are.
    """

    article: Article
    split: Split
    portion: Portion | None = None
    place: int = 0
    counted: bool = False


def searched_text(passage: Passage, article: Article) -> str:
    """What the lexical legs see of a passage: heading, text, and the words that must find its article."""
    if passage.kind is PassageKind.QUESTION:
        return passage.encoded
    return "\n".join((passage.encoded, *article.keywords, *article.products))


def terms_of(name: str, analyser: Analyser, words: Words, passage: Passage, article: Article) -> list[str]:
    """The terms of a passage for a leg, or the words of it for spelling."""
    if name == SPELLING:
        return words_of(passage.encoded, words.segmenter)
    return analyser.terms(searched_text(passage, article))


def content(
    sources: Sequence[Source], vectors: Mapping[str, Held], analysers: Sequence[Analyser], dimension: int
) -> Content:
    """What a segment of these articles holds. sources: by the articles' ids, ascending.

    vectors: those of the passages that stand nowhere yet, by their hashes.
    """
    starts = np.concatenate([[0], np.cumsum([len(source.split) for source in sources])]).astype(np.int64)
    table = np.empty((int(starts[-1]), dimension), dtype=np.float32)
    tokens: list[QuantisedTokens | CompactTokens] = []
    for source, start in zip(sources, starts.tolist(), strict=False):
        if source.portion is None:
            for number, passage in enumerate(source.split):
                table[start + number], own = vectors[passage.hash]
                tokens.append(own)
        else:
            segment, rows = source.portion.segment, _rows(source)
            table[start : start + len(rows)] = segment.dense.vectors[rows.start : rows.stop]
            tokens += map(segment.late.of, rows)
    return Content(
        [source.article for source in sources],
        [source.split for source in sources],
        table,
        tokens,
        _postings(sources, starts, analysers),
    )


def _rows(source: Source) -> range:
    """The places of an article's passages in the segment that it stands in."""
    if source.portion is None:
        return range(0)
    starts = source.portion.segment.starts
    return range(int(starts[source.place]), int(starts[source.place + 1]))


def _postings(sources: Sequence[Source], starts: Ordinals, analysers: Sequence[Analyser]) -> dict[str, Postings]:
    """The postings of every lexical leg and of the words for spelling."""
    count = int(starts[-1])
    fresh = [(number, source) for number, source in enumerate(sources) if not source.counted]
    places = [start for number, _ in fresh for start in range(int(starts[number]), int(starts[number + 1]))]
    words = next(one for one in analysers if isinstance(one, Words))
    found = {}
    for name, analyser in (*((one.name, one) for one in analysers), (SPELLING, words)):
        terms = [terms_of(name, analyser, words, p, source.article) for _, source in fresh for p in source.split]
        parts = [(Postings.of(terms), np.array(places, dtype=np.int32))]
        parts += [(s.postings[name], moved) for s, moved in _moved(sources, starts)]
        found[name] = Postings.merged(parts, count) if len(parts) > 1 else parts[0][0]
    return found


def _moved(sources: Sequence[Source], starts: Ordinals) -> list[tuple[Segment, Places]]:
    """Each segment that articles are taken from with their terms: the new place of each of its passages, or -1."""
    found: dict[str, tuple[Segment, Places]] = {}
    for source, start in zip(sources, starts.tolist(), strict=False):
        if source.portion is None or not source.counted:
            continue
        segment = source.portion.segment
        if segment.id not in found:
            found[segment.id] = (segment, np.full(segment.passages, -1, dtype=np.int32))
        rows = _rows(source)
        found[segment.id][1][rows.start : rows.stop] = np.arange(start, start + len(rows))
    return list(found.values())
