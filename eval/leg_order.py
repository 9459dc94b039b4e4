"""What each leg's own order of a run's suggestions is worth, from the scores that the run kept."""

from __future__ import annotations

from collections.abc import Sequence

from eval.ablation import ALL, LEGS, Row
from eval.bootstrap import intervals
from eval.measures import measure, sheet_of
from eval.record import Record

SHOWN = ("success@1", "ndcg@10")


def leg_rows(records: Sequence[Record]) -> tuple[Row, ...]:
    """One row a leg and one, `all`, as served; only the measures SHOWN. Empty where no question names an article.

    A leg reorders only what the run suggested, an article by the passage that was shown, so the figures flatter
    a leg that would have found other candidates. Equal scores keep the served order; an article without the
    leg's score comes last.
    """
    judged = [record for record in records if record.grades]
    if not judged:
        return ()
    scored = {leg for record in judged for item in record.ranking for leg in item.scores}
    legs = [leg for leg in LEGS if leg in scored] + sorted(scored - set(LEGS))
    rows = [_row(leg, (leg,), [_reordered(record, leg) for record in judged]) for leg in legs]
    return (*rows, _row(ALL, (), judged))


def _reordered(record: Record, leg: str) -> Record:
    low = float("-inf")
    ranking = tuple(sorted(record.ranking, key=lambda item: -item.scores.get(leg, low)))
    return record.model_copy(update={"ranking": ranking})


def _row(name: str, legs: tuple[str, ...], records: Sequence[Record]) -> Row:
    sheet = sheet_of(records)
    measured, ends = measure(sheet), intervals(sheet)
    return Row(name, legs, {}, {m: measured[m] for m in SHOWN}, {m: ends[m] for m in SHOWN})
