"""The ports of retrieval: a query as the legs see it, a leg, and the reranker over token vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from kb.encoder import Floats, TokenVectors
from kb.validity import Bools

Ordinals = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Query:
    """A question made ready for the legs.

    text: what is searched for. vector: `[d] float32`, unit length. tokens: its last layer's vectors.
    also: words that mean the same as some of the text's, a line each; lexical legs look for them too, for less.
    """

    text: str
    vector: Floats
    tokens: TokenVectors
    also: str = ""


@dataclass(frozen=True)
class Hits:
    """What one leg found: passage ordinals, best first, `[m] int64`, m at most k."""

    ordinals: Ordinals
    scores: Floats


class Leg(Protocol):
    """One way of finding passages among n."""

    @property
    def name(self) -> str:
        """`dense`, `chars`, `words`: the name in explanations, runs and ablations."""
        ...

    def search(self, query: Query, allowed: Bools, k: int) -> Hits:
        """The best k passages among those `allowed` (`[n] bool`); fewer where fewer are found."""
        ...

    def score(self, query: Query, ordinals: Ordinals) -> Floats:
        """`[m] float32`: this leg's score of each given passage, whether or not it would have found it."""
        ...


@dataclass(frozen=True)
class Alignment:
    """Which stretch of a passage answers which part of a question.

    spans: `[t, 2] int32` character ranges of the passage's tokens in what was encoded.
    similarity: `[q, t] float32` cosines of question tokens and passage tokens.
    """

    spans: npt.NDArray[np.int32]
    similarity: Floats


@dataclass(frozen=True)
class LateScores:
    """What late interaction says of m passages, `[m] float32` each; 0 without tokens.

    For every token of the query the best cosine with a token of the passage is taken. mean: over all tokens (Khattab &
    Zaharia 2020). weak: over the half of them that agree least, which tells a near miss, whose one decisive word
    has no match, from an answer.
    """

    mean: Floats
    weak: Floats


class LateInteraction(Protocol):
    """Scores given passages by their token vectors and says which words answer."""

    def scores(self, query: Query, ordinals: Ordinals) -> LateScores:
        """Both scores of each given passage."""
        ...

    def score(self, query: Query, ordinals: Ordinals) -> Floats:
        """`[m] float32`: the mean alone."""
        ...

    def align(self, query: Query, ordinal: int) -> Alignment:
        """The token-by-token similarity of one passage with the query."""
        ...
