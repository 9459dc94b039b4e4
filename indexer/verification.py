"""Whether what is kept of an index is what it should be: the segments' files, what no generation needs, the terms."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from indexer.analyser import Analyser, Words, analysers
from indexer.drafting import terms_of
from indexer.generation import Generation
from indexer.manifest import Manifest
from indexer.portion import Portion
from indexer.postings import Postings
from indexer.segment import LEGS, SPELLING, load_segment, segments_root
from kb.errors import GenerationError


def unreferenced_segments(var: Path, manifests: Iterable[Manifest]) -> list[Path]:
    """The segments of a `var` folder that none of these generations has, and what interrupted builders left.

    Call with the right to write (`GenerationStore.building`) and the manifests of all generations that are kept: a
    builder writes its segments before its manifest.
    """
    needed = {part.id for manifest in manifests for part in manifest.segments}
    return sorted(path for path in segments_root(var).glob("*") if path.is_dir() and path.name not in needed)


def check_segments(var: Path, manifests: Iterable[Manifest]) -> list[str]:
    """What is wrong with the segments of these generations, each file of each segment against its checksum once."""
    problems = []
    for name in sorted({part.id for manifest in manifests for part in manifest.segments}):
        try:
            load_segment(segments_root(var), name).texts()
        except GenerationError as error:
            problems.append(str(error))
    return problems


def check_terms(generation: Generation) -> list[str]:
    """The articles of whose passages a lexical leg does not count the terms that their text has, each by name."""
    every = analysers(generation.user_words)
    words = next(one for one in every if isinstance(one, Words))
    named = [*zip(LEGS, every, strict=True), (SPELLING, words)]
    return [
        f"{article}: its terms for {name} are not those of its text"
        for portion in generation.portions
        for name, analyser in named
        for article in _miscounted(portion, name, analyser, words)
    ]


def _miscounted(portion: Portion, name: str, analyser: Analyser, words: Words) -> list[str]:
    """The articles of a portion whose postings of one name are not those that their text gives."""
    texts: list[list[str]] = [[]] * portion.segment.passages
    for place, split in portion.split.items():
        start = int(portion.segment.starts[place])
        for row, passage in enumerate(split, start=start):
            texts[row] = terms_of(name, analyser, words, passage, portion.articles[place])
    expected, found = _by_text(Postings.of(texts)), _by_text(portion.segment.postings[name])
    return [
        article.id
        for place, article in portion.articles.items()
        if any(expected[row] != found[row] for row in range(*portion.segment.starts[place : place + 2].tolist()))
    ]


def _by_text(postings: Postings) -> list[tuple[int, dict[str, int]]]:
    """The length of each text, and its terms with their counts."""
    found: list[tuple[int, dict[str, int]]] = [(length, {}) for length in postings.lengths.tolist()]
    starts = postings.starts.tolist()
    for number, term in enumerate(postings.terms):
        stretch = slice(starts[number], starts[number + 1])
        for text, count in zip(postings.texts[stretch].tolist(), postings.counts[stretch].tolist(), strict=True):
            found[text][1][term] = count
    return found
