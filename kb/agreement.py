"""How well a stretch of a passage agrees with a question: by meaning, token for token, and by the letters shared."""

from __future__ import annotations

import numpy as np

from kb.leg import Alignment
from kb.overlap import pairs
from kb.passage import Passage

# A question's pairs that all stand in a stretch count as much as this difference in cosine. Cosines of tokens of one
# passage lie close together, each having seen the others; what is written apart tells rows of a table apart.
_LETTERS = 0.15


class Agreement:
    """One passage against one question; ranges are characters `[start, end)` of what is shown of the passage."""

    def __init__(self, passage: Passage, alignment: Alignment, question: str) -> None:
        self._text = passage.shown
        self._similarity = alignment.similarity
        before = len(passage.encoded) - len(passage.shown)
        self._starts = alignment.spans[:, 0] - before
        inside = pairs(passage.shown)
        self._pairs = pairs(question) & inside

    def of(self, start: int, stop: int) -> float:
        """Mean over the question's tokens of the best cosine with a token in the range, and the letters shared."""
        letters = 0.0
        if self._pairs:
            letters = _LETTERS * len(self._pairs & pairs(self._text[start:stop])) / len(self._pairs)
        inside = (self._starts >= start) & (self._starts < stop)
        if not self._similarity.size or not inside.any():
            return letters
        return letters + float(np.mean(self._similarity[:, inside].max(axis=1)))
