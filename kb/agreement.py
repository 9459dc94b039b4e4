"""How well each sentence and row of a passage agrees with a question: by meaning, letters and amounts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence, Set
from functools import cached_property
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt

from kb.encoder import Floats
from kb.layout import Unit
from kb.leg import Alignment, Query
from kb.mention import ProductsAsked
from kb.normalise import normalise
from kb.passage import Passage
from kb.quantity import Amount, amounts

# Cosines of tokens of one passage lie close together, each having seen the others; what is written apart tells
# rows of a table apart. Each is worth this difference in cosine where all of it agrees; the values were chosen on
# sentences and rows known to hold an answer.
_PAIRS = 0.1
_LETTERS = 0.05
_AMOUNT = 0.2

_EMPTY = frozenset(
    "的了吗呢啊吧么呀哦哈嘛呗我你您他她它们这那个是有在就都也还和与请问下想要给把被让到说来会能可不没多少几什怎"
)


class Asked:
    """A question made ready for choosing sentences, once for all suggestions. products: those it is about."""

    def __init__(self, query: Query, products: ProductsAsked | None = None) -> None:
        self.query = query
        self.products = products
        self.plain = normalise(query.text)
        self.pairs = frozenset(a + b for a, b in pairwise(self.plain) if a.isalnum() and b.isalnum())
        self.letters = frozenset(char for char in self.plain if char.isalnum())
        self.amounts = amounts(query.text)

    @cached_property
    def content(self) -> npt.NDArray[np.int64]:
        """Which tokens of the question are words of their own, not particles or punctuation; in order."""
        text = self.query.text
        spans = self.query.tokens.spans.tolist()
        said = [n for n, (a, b) in enumerate(spans) if any(c.isalnum() and c not in _EMPTY for c in text[a:b])]
        return np.array(said, dtype=np.int64)


class Agreement:
    """One passage, laid out in units, against one question."""

    def __init__(self, passage: Passage, units: Sequence[Unit], alignment: Alignment, asked: Asked) -> None:
        self._units = units
        self._asked = asked
        starts = alignment.spans[:, 0] - (len(passage.heading) + 1)
        firsts = np.searchsorted(starts, [unit.start for unit in units]).tolist()
        stops = np.searchsorted(starts, [unit.stop for unit in units]).tolist()
        self._tokens = [slice(*ends) for ends in zip(firsts, stops, strict=True)]
        self._similarity = alignment.similarity
        self._known: dict[tuple[int, int], float] = {}
        self._best = np.zeros((len(alignment.similarity), len(units)), dtype=np.float32)
        for number, tokens in enumerate(self._tokens):
            if tokens.stop > tokens.start and len(self._best):
                np.maximum.reduce(alignment.similarity[:, tokens], axis=1, out=self._best[:, number])
        self._means = (np.add.reduce(self._best, axis=0) / max(1, len(self._best))).tolist()
        self._pairs = _Shares(asked.pairs, [unit.pairs for unit in units], rare=False)
        self._letters = _Shares(asked.letters, [unit.letters for unit in units], rare=True)

    def of(self, first: int, last: int) -> float:
        """How well the units from `first` to `last`, both included, agree together."""
        run = (first, last)
        if run not in self._known:
            letters = _PAIRS * self._pairs.of(first, last) + _LETTERS * self._letters.of(first, last)
            self._known[run] = letters + self._meaning(first, last)
        return self._known[run]

    def _meaning(self, first: int, last: int) -> float:
        if first == last or not len(self._best):
            return float(self._means[first])
        return float(self._best[:, first : last + 1].max(axis=1).sum()) / len(self._best)

    def of_rows(self, rows: Sequence[int]) -> Floats:
        """`[len(rows)]`: how well each row agrees, against the others of its table.

        Beside what counts for sentences: how much of the row the question speaks of, and an amount of the
        question that lies in the range of the row's first cell.
        """
        base: Floats = self._amounts(rows)
        base += [self.of(row, row) for row in rows]
        if not self._similarity.size:
            return base
        spoken = self._similarity.max(axis=0).tolist()
        base += [sum(spoken[self._tokens[row]]) / max(1, len(spoken[self._tokens[row]])) for row in rows]
        return base

    def _amounts(self, rows: Sequence[int]) -> Floats:
        """A bonus for the rows whose first cell holds an amount of the question, where not all of them do.

        Of ranges without an end only the nearest holds it: after four days "满 72 小时", not "满 24 小时".
        """
        bonus = np.zeros(len(rows), dtype=np.float32)
        for asked in self._asked.amounts:
            held = [next((a for a in self._units[row].amounts if a.holds(asked)), None) for row in rows]
            low = max((a.low for a in held if a and a.high == math.inf), default=0.0)
            high = min((a.high for a in held if a and a.low == 0.0), default=math.inf)
            kept = np.array([a is not None and _is_nearest(a, low, high) for a in held])
            if not kept.all():
                bonus[kept] = _AMOUNT
        return bonus


def _is_nearest(held: Amount, low: float, high: float) -> bool:
    """Whether a range has both ends, or the nearest of those that have one."""
    return (held.high < math.inf or held.low == low) and (held.low > 0 or held.high == high)


class _Shares:
    """The share of a question's marks (those that stand in the passage at all) that stand in some of its units."""

    def __init__(self, asked: Set[str], units: Sequence[Set[str]], *, rare: bool) -> None:
        self._held = [asked & unit for unit in units]
        counts = Counter(chain.from_iterable(self._held))
        self._weights = {m: math.log((len(units) + 1) / (n + 0.5)) if rare else 1.0 for m, n in counts.items()}
        self._all = sum(self._weights.values())

    def of(self, first: int, last: int) -> float:
        """The share in the units from `first` to `last`, both included."""
        if not self._all:
            return 0.0
        held = self._held[first] if first == last else frozenset().union(*self._held[first : last + 1])
        return sum(map(self._weights.__getitem__, held)) / self._all
