"""Two runs side by side: which differences are shown by the questions, and which are chance."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eval.confidence import Doubles
from eval.errors import EvaluationError
from eval.measures import LOWER_IS_BETTER, MEASURES, POOLED, Sheet, pooled, sheet_of, value
from eval.record import Record

FLIPS = 10_000
LEVEL = 0.05
WHOLE = "all"
_SEED = 20_240_301
_CELLS = 4_000_000

Word = Literal["better", "worse", "not shown"]


@dataclass(frozen=True)
class Difference:
    """One measure on one slice. before: of A, after: of B. p: two-sided. word: what B is against A."""

    slice: str
    measure: str
    n: int
    before: float
    after: float
    p: float
    word: Word


@dataclass(frozen=True)
class Change:
    """A question that one run has right and the other has not, with both first answers."""

    id: str
    question: str
    tags: tuple[str, ...]
    wanted: tuple[str, ...]
    before: str
    after: str
    before_reply: str
    after_reply: str


@dataclass(frozen=True)
class Comparison:
    """What B is against A over the questions that both were asked.

    only_before, only_after: questions that the other run was not asked, left out of every figure.
    won: B has right what A has not; lost: the other way round.
    """

    n: int
    only_before: int
    only_after: int
    differences: tuple[Difference, ...]
    won: tuple[Change, ...]
    lost: tuple[Change, ...]


def compare(before: Sequence[Record], after: Sequence[Record], flips: int = FLIPS) -> Comparison:
    """Compare two runs of the same set. Raises EvaluationError where they share no question or labels differ."""
    a, b = {r.id: r for r in before}, {r.id: r for r in after}
    shared = [name for name in a if name in b]
    if not shared:
        raise EvaluationError("the two runs share no question; compare runs of the same set")
    pairs = [(a[name], b[name]) for name in shared]
    other = [x.id for x, y in pairs if _label(x) != _label(y)]
    if other:
        raise EvaluationError(
            f"{len(other)} question(s) are labelled otherwise in the two runs, {other[0]} first; "
            "run both again on the same set"
        )
    sheets = sheet_of([x for x, _ in pairs]), sheet_of([y for _, y in pairs])
    return Comparison(
        n=len(shared),
        only_before=len(a) - len(shared),
        only_after=len(b) - len(shared),
        differences=tuple(_differences(*sheets, flips)),
        won=tuple(_change(x, y) for x, y in pairs if y.verdicts.right and not x.verdicts.right),
        lost=tuple(_change(x, y) for x, y in pairs if x.verdicts.right and not y.verdicts.right),
    )


def randomisation_test(before: Doubles, after: Doubles, random: np.random.Generator, flips: int = FLIPS) -> float:
    """Two-sided p of the mean difference of paired values (`[n]` each), by random sign flips (Smucker et al. 2007).

    The share of flips whose mean is at least as far from 0 as the one seen, the one seen among them, so p is
    never 0; 1 where nothing differs.
    """
    gaps = after - before
    gaps = gaps[gaps != 0]
    if not len(gaps):
        return 1.0
    seen = abs(gaps.sum())
    sums = np.concatenate([(1.0 - 2.0 * swapped) @ gaps for swapped in _swaps(random, flips, len(gaps))])
    return _share_as_far(sums, seen)


def pooled_test(name: str, before: Sheet, after: Sheet, random: np.random.Generator, flips: int = FLIPS) -> float:
    """Two-sided p of the difference of one of POOLED, by swapping the two runs' answers question by question.

    Confidences count by their rank in their own run where only order matters, since two runs need not share
    a scale.
    """
    sides = [(_scale(name, sheet), sheet.right) for sheet in (before, after)]
    (x, right_x), (y, right_y) = sides
    labels = before.answerable
    if np.array_equal(x, y) and np.array_equal(right_x, right_y, equal_nan=True):
        return 1.0

    def gap(swapped: Doubles) -> Doubles:
        swap = swapped.astype(bool)
        first = pooled(name, np.where(swap, y, x), np.where(swap, right_y, right_x), labels)
        second = pooled(name, np.where(swap, x, y), np.where(swap, right_x, right_y), labels)
        gaps: Doubles = second - first
        return gaps

    seen = abs(float(gap(np.zeros((1, len(before))))[0]))
    found = np.concatenate([gap(swapped) for swapped in _swaps(random, flips, len(before))])
    return _share_as_far(found, seen)


def _differences(before: Sheet, after: Sheet, flips: int) -> list[Difference]:
    found = []
    for tag in (WHOLE, *before.slices):
        a, b = (before, after) if tag == WHOLE else (before.tagged(tag), after.tagged(tag))
        for name in MEASURES:
            old, new = value(name, a), value(name, b)
            if np.isnan(old) or np.isnan(new):
                continue
            random = np.random.default_rng([_SEED, zlib.crc32(f"{tag}\n{name}".encode())])
            if name in POOLED:
                count = len(a)
                p = pooled_test(name, a, b, random, flips)
            else:
                rows = ~np.isnan(a.values[name])
                count = int(rows.sum())
                p = randomisation_test(a.values[name][rows], b.values[name][rows], random, flips)
            found.append(Difference(tag, name, count, old, new, p, _word(name, new - old, p)))
    return found


def _swaps(random: np.random.Generator, flips: int, count: int) -> Iterator[Doubles]:
    """Random zeros and ones, `[b, count]` a piece, `flips` rows in all, in pieces that fit into memory."""
    step = max(1, _CELLS // max(count, 1))
    for start in range(0, flips, step):
        yield random.integers(2, size=(min(step, flips - start), count), dtype=np.int8).astype(np.float64)


def _share_as_far(found: Doubles, seen: float) -> float:
    far = int((np.abs(found) >= seen - 1e-9).sum())
    return (1 + far) / (1 + len(found))


def _scale(name: str, sheet: Sheet) -> Doubles:
    """Confidences, or where only their order counts their place among the run's own, ties alike, in 0..1."""
    if name == "ece" or not len(sheet):
        return sheet.confidence
    _, places = np.unique(sheet.confidence, return_inverse=True)
    firsts = np.searchsorted(np.sort(sheet.confidence), np.unique(sheet.confidence))
    placed: Doubles = firsts[places] / len(sheet)
    return placed


def _word(name: str, gap: float, p: float) -> Word:
    if p >= LEVEL or gap == 0:
        return "not shown"
    return "better" if (gap > 0) != (name in LOWER_IS_BETTER) else "worse"


def _label(record: Record) -> object:
    return record.answerable, record.grades, record.answer_contains, record.forbidden


def _change(before: Record, after: Record) -> Change:
    old, new = _first(before), _first(after)
    wanted = (*after.grades, *after.answer_contains) if after.answerable else ("none",)
    return Change(after.id, after.question, after.tags, wanted, old[0], new[0], old[1], new[1])


def _first(record: Record) -> tuple[str, str]:
    """The first article and its reply, and whether it was offered."""
    if not record.ranking:
        return ("lost" if record.error else "none"), ""
    first = record.ranking[0]
    return first.article if record.served else f"({first.article})", first.reply
