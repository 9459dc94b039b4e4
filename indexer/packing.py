"""Which texts share a forward pass, and how far each is padded, so that no text's vectors depend on the others.

A processor adds a row's attention in strides, WIDE numbers at once, and what is left at the end in another order. What
is padded adds nothing, so that the last bit stays as long as the same numbers are "what is left". Lengths are rounded
up to STEP; those of one quotient by WIDE may then be padded to the longest of them, and to no other length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

STEP = 4
WIDE = 16

_BATCH_TOKENS = 1024
# A pass of another shape costs as much as so many tokens more, since the graph is laid out anew.
_SHAPE_TOKENS = 40


def packed(lengths: Sequence[int], step: int) -> Iterator[tuple[list[int], int]]:
    """The indices of the texts of each pass with the length that they are padded to; the longest texts first.

    lengths: in tokens. step: STEP or WIDE, a multiple of STEP: lengths of one quotient by it may be padded alike.
    A text alone is padded as far as it may be, so that one question after the other has the same shape.
    """
    if len(lengths) == 1:
        yield [0], rounded(lengths[0]) // step * step + step - STEP
        return
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    for _, alike in groupby(order, key=lambda index: rounded(lengths[index]) // step):
        for texts, length in _joined(list(alike), lengths):
            for batch in _cut(texts, length):
                yield batch, length


def rounded(length: int) -> int:
    """A length rounded up to STEP."""
    return -(-length // STEP) * STEP


def _joined(texts: Sequence[int], lengths: Sequence[int]) -> Iterator[tuple[list[int], int]]:
    """Texts that may be padded alike, the longest first, parted where padding costs more than another shape."""
    part: list[int] = []
    longest = 0
    for length, same in groupby(texts, key=lambda index: rounded(lengths[index])):
        more = list(same)
        if part and (longest - length) * len(more) > _SHAPE_TOKENS:
            yield part, longest
            part = []
        if not part:
            longest = length
        part += more
    yield part, longest


def _cut(texts: Sequence[int], length: int) -> Iterator[list[int]]:
    """Parts of about the same size, within the budget of tokens, the larger ones first."""
    parts = -(-len(texts) // max(1, _BATCH_TOKENS // length))
    size, larger = divmod(len(texts), parts)
    start = 0
    for number in range(parts):
        end = start + size + (number < larger)
        yield list(texts[start:end])
        start = end
