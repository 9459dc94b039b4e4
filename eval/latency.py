"""How long the answers of a run took, in milliseconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from eval.record import Record

TOTAL = "total"


def latency(records: Sequence[Record]) -> dict[str, object]:
    """`p50` and `p95` of the whole answer, and of each stage under `by_stage`; nulls for a run without answers."""
    stages: dict[str, list[float]] = {}
    for record in records:
        for stage, took in record.took_ms.items():
            stages.setdefault(stage, []).append(took)
    whole = _percentiles(stages.pop(TOTAL, []))
    return {**whole, "by_stage": {stage: _percentiles(took) for stage, took in stages.items()}}


def _percentiles(took: Sequence[float]) -> Mapping[str, float | None]:
    if not took:
        return {"p50": None, "p95": None}
    return {name: round(float(np.percentile(took, at)), 3) for name, at in (("p50", 50), ("p95", 95))}
