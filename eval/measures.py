"""What is measured, and how it is read from a run's records.

Ranking measures are ir-measures' own, over articles. A question that the run lost counts as zero; unanswerable
questions stay out of ranking measures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import ir_measures
import numpy as np
import numpy.typing as npt
from ir_measures import RR, R, Success, nDCG

from eval import confidence
from eval.confidence import Doubles
from eval.record import Record

Picked = npt.NDArray[np.int64]

RANKING = MappingProxyType(
    {
        "success@1": Success @ 1,
        "success@3": Success @ 3,
        "success@5": Success @ 5,
        "recall@5": R @ 5,
        "mrr@10": RR @ 10,
        "ndcg@10": nDCG @ 10,
    }
)
MEANS = (*RANKING, "answer@1", "forbidden", "none_coverage", "none_false_suggest", "lost")
POOLED = ("none_auroc", "none_coverage_at_10", "ece")
"""Measures of all confidences together, which no single question has."""

MEASURES = (
    *RANKING,
    "answer@1",
    "forbidden",
    "none_auroc",
    "none_coverage",
    "none_false_suggest",
    "none_coverage_at_10",
    "ece",
    "lost",
)
LOWER_IS_BETTER = frozenset({"forbidden", "none_false_suggest", "ece", "lost"})

_TOP = 1000.0


@dataclass(frozen=True)
class Sheet:
    """A run as arrays over its n questions.

    values: for each of MEANS `[n] float64`, NaN where it does not apply to a question.
    confidence: `[n]` in 0..1. answerable: `[n] bool`, the label. right: `[n]`, success@1 with unanswerable
    questions as failures, NaN where an answerable question has no relevant article.
    """

    ids: tuple[str, ...]
    tags: tuple[frozenset[str], ...]
    values: Mapping[str, Doubles]
    confidence: Doubles
    answerable: npt.NDArray[np.bool_]
    right: Doubles

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Picked) -> Sheet:
        """The same for some of its questions."""
        return Sheet(
            tuple(self.ids[row] for row in rows),
            tuple(self.tags[row] for row in rows),
            {name: column[rows] for name, column in self.values.items()},
            self.confidence[rows],
            self.answerable[rows],
            self.right[rows],
        )

    def tagged(self, tag: str) -> Sheet:
        """The questions of one slice."""
        return self.take(np.array([row for row, tags in enumerate(self.tags) if tag in tags], dtype=np.int64))

    @property
    def slices(self) -> tuple[str, ...]:
        """Every tag, sorted."""
        return tuple(sorted({tag for tags in self.tags for tag in tags}))


def qrels_of(records: Sequence[Record]) -> dict[str, dict[str, int]]:
    """Grades by question and article, of the answerable questions that name a relevant one."""
    return {record.id: grades for record in records if (grades := record.grades)}


def run_of(records: Sequence[Record]) -> dict[str, dict[str, float]]:
    """Scores by question and article, falling strictly with the rank, so that no tool sorts them otherwise."""
    return {
        record.id: {item.article: _TOP - rank for rank, item in enumerate(record.ranking, start=1)}
        for record in records
        if record.grades and record.ranking
    }


def ranking_values(
    qrels: Mapping[str, Mapping[str, int]], run: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """Each ranking measure by question; a question of the qrels that the run lacks has zero."""
    values: dict[str, dict[str, float]] = {name: dict.fromkeys(qrels, 0.0) for name in RANKING}
    if not run or not qrels:
        return values
    names = {measure: name for name, measure in RANKING.items()}
    for metric in ir_measures.iter_calc(list(RANKING.values()), dict(qrels), dict(run)):
        values[names[metric.measure]][metric.query_id] = metric.value
    return values


def sheet_of(records: Sequence[Record]) -> Sheet:
    """A run's records as arrays."""
    ranked = ranking_values(qrels_of(records), run_of(records))
    values = {name: _column(records, of) for name, of in ranked.items()}
    for name in ("answer@1", "forbidden", "none_coverage", "none_false_suggest", "lost"):
        values[name] = _column(records, {r.id: value for r in records if (value := _share(name, r)) is not None})
    answerable = np.array([r.answerable for r in records], dtype=np.bool_)
    return Sheet(
        tuple(r.id for r in records),
        tuple(frozenset(r.tags) for r in records),
        values,
        np.array([r.confidence for r in records], dtype=np.float64),
        answerable,
        np.where(answerable, values["success@1"], 0.0),
    )


def measure(sheet: Sheet) -> dict[str, float | None]:
    """Every measure; None where none of the questions has it."""
    return {name: _or_none(value(name, sheet)) for name in MEASURES}


def value(name: str, sheet: Sheet) -> float:
    """One measure of a sheet, NaN where none of the questions has it."""
    if name in POOLED:
        return float(pooled(name, sheet.confidence[np.newaxis], sheet.right[np.newaxis], sheet.answerable)[0])
    column = sheet.values[name]
    column = column[~np.isnan(column)]
    return float(column.mean()) if len(column) else float("nan")


def pooled(name: str, confidences: Doubles, right: Doubles, answerable: npt.NDArray[np.bool_]) -> Doubles:
    """`[b]`: one of POOLED for b resamples `[b, n]` whose columns keep their label `answerable` (`[n]`)."""
    if name == "ece":
        judged = ~np.isnan(right).any(axis=0)
        return confidence.calibration_error(confidences[:, judged], right[:, judged])
    statistic = confidence.auroc if name == "none_auroc" else confidence.coverage_at
    return statistic(confidences[:, answerable], confidences[:, ~answerable])


def _share(name: str, record: Record) -> float | None:
    """What one question adds to a share, None where it does not count."""
    if name == "answer@1":
        return float(bool(record.verdicts.answer_at_1)) if record.answer_contains else None
    if name == "forbidden":
        return float(bool(record.verdicts.forbidden)) if record.forbidden else None
    if name == "lost":
        return float(record.error is not None)
    return float(record.served) if record.answerable == (name == "none_coverage") else None


def _column(records: Sequence[Record], of: Mapping[str, float]) -> Doubles:
    return np.array([of.get(record.id, np.nan) for record in records], dtype=np.float64)


def _or_none(number: float) -> float | None:
    return None if np.isnan(number) else number
