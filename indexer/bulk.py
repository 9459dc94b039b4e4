"""Many passages encoded at the model's own rate: while one step is in the model, the next is read, the last is stored.

Steps are small, so that a build that is killed has kept nearly all of its work, and memory holds a few of them only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from indexer.cache import Cached
from indexer.late import quantise
from kb.encoder import Encoder
from kb.progress import Progress

# A step ends with whichever comes first.
STEP_TEXTS = 256
STEP_CHARACTERS = 24_000
# While one step is in the model, another is read or rounded; one more is stored or waits.
_AT_ONCE = 2

# The golden section's fraction: its multiples fall evenly.
_EVENLY = 0.6180339887498949

Text = tuple[str, str]
"""A content hash with its text."""


def encode_in_bulk(texts: Mapping[str, str], encoder: Encoder, progress: Progress) -> Iterator[dict[str, Cached]]:
    """Encode texts by their hashes, token vectors rounded to int8, step by step; store each before asking for more.

    The encoder must allow two threads at once. A step counts as progress when the next one is asked for.
    """
    done = 0
    for fresh in _encoded(steps(texts), encoder):
        yield fresh
        done += len(fresh)
        progress("encoding passages", done, len(texts))


def steps(texts: Mapping[str, str]) -> list[list[Text]]:
    """Texts of like length together, the steps in an even mixture of lengths, so that the rate tells the time left."""
    found: list[list[Text]] = []
    characters = 0
    for item in sorted(texts.items(), key=lambda item: len(item[1])):
        if not found or len(found[-1]) == STEP_TEXTS or characters + len(item[1]) > STEP_CHARACTERS:
            found.append([])
            characters = 0
        found[-1].append(item)
        characters += len(item[1])
    order = sorted(range(len(found)), key=lambda number: (number * _EVENLY) % 1)
    return [found[number] for number in order]


def _encoded(work: Sequence[Sequence[Text]], encoder: Encoder) -> Iterator[dict[str, Cached]]:
    if len(work) < _AT_ONCE:
        for some in work:
            yield _step(some, encoder)
        return
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="encoding") as threads:
        waiting: deque[Future[dict[str, Cached]]] = deque()
        try:
            for some in work:
                waiting.append(threads.submit(_step, some, encoder))
                if len(waiting) > _AT_ONCE:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _step(some: Sequence[Text], encoder: Encoder) -> dict[str, Cached]:
    encoded = encoder.encode_passages([text for _, text in some])
    return {
        key: (vector, quantise(tokens))
        for (key, _), vector, tokens in zip(some, encoded.vectors, encoded.tokens, strict=True)
    }
