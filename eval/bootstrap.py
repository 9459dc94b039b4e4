"""How far a measure would swing with other questions of the same kind: percentile bootstrap, seeded."""

from __future__ import annotations

import zlib

import numpy as np

from eval.confidence import Doubles
from eval.measures import MEASURES, POOLED, Sheet, pooled

RESAMPLES = 1_000
LEVEL = 0.95
_SEED = 20_240_229
_CELLS = 4_000_000


def intervals(sheet: Sheet, resamples: int = RESAMPLES) -> dict[str, tuple[float, float] | None]:
    """The 95 % interval of every measure (Efron's percentiles); None where no question has the measure.

    The same sheet always gives the same intervals. Measures of confidence draw answerable and unanswerable
    questions apart, so that no draw lacks either.
    """
    return {name: _interval(_draws(name, sheet, resamples)) for name in MEASURES}


def _draws(name: str, sheet: Sheet, resamples: int) -> Doubles:
    """`[resamples]`: the measure on each draw; empty where no question has it."""
    random = np.random.default_rng([_SEED, zlib.crc32(name.encode())])
    if name not in POOLED:
        column = sheet.values[name]
        return _means(column[~np.isnan(column)], resamples, random)
    rows = np.flatnonzero(~np.isnan(sheet.right)) if name == "ece" else np.arange(len(sheet))
    yes, no = rows[sheet.answerable[rows]], rows[~sheet.answerable[rows]]
    if not len(rows) or (name != "ece" and not (len(yes) and len(no))):
        return np.empty(0)
    found = []
    step = max(1, _CELLS // len(rows))
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        drawn = np.concatenate(
            [
                side[random.integers(len(side), size=(count, len(side)))]
                if len(side)
                else np.empty((count, 0), dtype=np.int64)
                for side in (yes, no)
            ],
            axis=1,
        )
        labels = np.arange(len(rows)) < len(yes)
        found.append(pooled(name, sheet.confidence[drawn], sheet.right[drawn], labels))
    return np.concatenate(found)


def _means(column: Doubles, resamples: int, random: np.random.Generator) -> Doubles:
    if not len(column):
        return np.empty(0)
    step = max(1, _CELLS // len(column))
    return np.concatenate(
        [
            column[random.integers(len(column), size=(min(step, resamples - start), len(column)))].mean(axis=1)
            for start in range(0, resamples, step)
        ]
    )


def _interval(draws: Doubles) -> tuple[float, float] | None:
    if not len(draws):
        return None
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
