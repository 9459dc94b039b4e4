"""Everything checked against what it must be: audit trail, revisions, every generation, the active one whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.dense import DenseLeg
from indexer.generation import Generation
from indexer.store import PUBLISHED, GenerationStore
from indexer.workspace import Workspace
from kb.errors import ArticlesError, GenerationError
from kb.leg import Query
from kb.progress import Progress, silent
from kb.splitter import split
from kb.store.library_store import LibraryStore

_SAMPLE = 64
_QUERIES = 16
_DEPTH = 50
# Batches of another shape round differently.
_CLOSE = 1e-3


@dataclass(frozen=True)
class Check:
    """One check: its name, what it looked at, and every problem."""

    name: str
    said: str
    problems: tuple[str, ...] = ()


def verify(workspace: Workspace, store: LibraryStore, progress: Progress = silent) -> list[Check]:
    """Run every check. Where nothing is published only the store is checked."""
    return list(_checks(workspace, store, progress))


def _checks(workspace: Workspace, store: LibraryStore, progress: Progress) -> Iterator[Check]:
    steps = 5
    progress("checking", 0, steps)
    yield Check("audit trail", "every line follows from the one before", tuple(store.verify_audit()))
    progress("checking", 1, steps)
    yield Check("revisions", "every revision is the bytes that were saved", tuple(store.verify_revisions()))
    progress("checking", 2, steps)
    active = store.active()
    if active is None:
        yield Check("published", "nothing is published yet")
        return
    yield _pointer(workspace.store, active.number)
    yield _generations(workspace)
    progress("checking", 3, steps)
    try:
        pointed = workspace.store.current(PUBLISHED)
        generation = workspace.load(pointed.generation) if pointed else None
    except GenerationError:
        generation = None
    if generation is None:
        return
    yield _passages(generation, store)
    progress("checking", 4, steps)
    yield from index_checks(generation, workspace)
    progress("checking", 5, steps)


def _pointer(generations: GenerationStore, number: int) -> Check:
    try:
        pointed = generations.current(PUBLISHED)
    except GenerationError as error:
        return Check("pointer", "", (str(error),))
    if pointed is None or pointed.publication != number:
        serves = "nothing" if pointed is None else f"publication {pointed.publication}"
        mend = "start `kb serve` or publish again: it is completed by itself"
        return Check("pointer", "", (f"{serves} serves, and publication {number} was accepted; {mend}",))
    return Check("pointer", f"publication {number} serves, generation {pointed.generation}")


def _generations(workspace: Workspace) -> Check:
    """Every file of every generation on disk against its checksum."""
    problems = []
    names = workspace.store.generations()
    for name in names:
        try:
            workspace.load(name)
        except GenerationError as error:
            problems.append(str(error))
    return Check("generations", f"{len(names)} on disk, every file against its checksum", tuple(problems))


def _passages(generation: Generation, store: LibraryStore) -> Check:
    """The active generation's passages against those of the published revisions, split again."""
    try:
        library = store.library()
    except ArticlesError as error:
        return Check("passages", "", (str(error),))
    problems = []
    wanted = {article.id: article for article in library.articles}
    held = {article.id for article in generation.articles}
    problems += [f"{name} is published and not in the generation" for name in sorted(wanted.keys() - held)]
    problems += [f"{name} is in the generation and not published" for name in sorted(held - wanted.keys())]
    for ordinal, article in enumerate(generation.articles):
        published = wanted.get(article.id)
        if published is None:
            continue
        if article != published:
            problems.append(f"{article.id}: it is not the published revision")
        passages = tuple(generation.passages[n] for n in generation.passages_of(ordinal))
        if passages != tuple(split(published)):
            problems.append(f"{article.id}: its passages are not those of the published revision")
        if library.revisions.get(article.id) != generation.revision_of(ordinal):
            problems.append(f"{article.id}: revision {generation.revision_of(ordinal)} is not the published one")
    said = f"{len(generation.passages)} passages of {len(held)} articles, each against its published revision"
    return Check("passages", said, tuple(problems))


def index_checks(generation: Generation, workspace: Workspace) -> Iterator[Check]:
    """A sample of the vectors encoded again, and the dense leg against a comparison with every passage."""
    count = len(generation.passages)
    leg = next(leg for leg in generation.legs if leg.name == DenseLeg.name)
    sample = _spread(count, _SAMPLE)
    texts = [generation.passages[n].encoded for n in sample]
    encoded = workspace.encoder.encode_passages(texts)
    queries = [Query(t, v, k) for t, v, k in zip(texts, encoded.vectors, encoded.tokens, strict=True)]
    cosines = [float(leg.score(query, np.array([n]))[0]) for query, n in zip(queries, sample, strict=True)]
    off = [
        f"passage {n} ({generation.passages[n].article}): cosine {c:.6f}"
        for n, c in zip(sample, cosines, strict=True)
        if not abs(c - 1) < _CLOSE
    ]
    said = f"{len(sample)} of {count} passages encoded again, the furthest at cosine {min(cosines, default=1):.6f}"
    yield Check("vectors", said, tuple(off))
    wrong = []
    every = np.arange(count)
    for query, n in list(zip(queries, sample, strict=True))[:_QUERIES]:
        scores = leg.score(query, every)
        found = leg.search(query, np.ones(count, dtype=np.bool_), _DEPTH)
        best = np.sort(scores)[::-1][: len(found.scores)]
        if len(found.scores) != min(_DEPTH, count) or not np.allclose(found.scores, best, atol=1e-5):
            wrong.append(f"the text of passage {n} finds others than a comparison with every passage does")
    said = f"{min(len(sample), _QUERIES)} searches, {_DEPTH} deep, against a comparison with every passage"
    yield Check("dense leg", said, tuple(wrong))


def _spread(count: int, most: int) -> Sequence[int]:
    """At most so many numbers below `count`, evenly spread."""
    return [n * count // most for n in range(most)] if count > most else range(count)
