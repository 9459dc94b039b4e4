"""What each leg is worth: the same questions by each leg alone, by pairs, and by all as served."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from eval.bootstrap import intervals
from eval.measures import measure, sheet_of
from eval.question_set import LabelledQuestion
from eval.run import answer_all
from kb.assistant import Assistant, AssistantSettings
from kb.progress import Progress, silent
from kb.ranking import LATE, Weights

LEGS = ("dense", "chars", "words", "sounds", LATE)
"""The order in tables of the legs that are known by name."""
ALL = "all"
SUM = "sum"
"""The plain sum of z-scores over the candidates of every leg, without what was learned."""
_UNSERVED = 0.7
"""The weight in a pair of a leg that serving leaves out of its sum."""


@dataclass(frozen=True)
class Row:
    """One way of ranking. weights: of the sum. legs: those asked for candidates, in order."""

    name: str
    legs: tuple[str, ...]
    weights: Mapping[str, float]
    measures: Mapping[str, float | None]
    intervals: Mapping[str, tuple[float, float] | None]


def variants(served: AssistantSettings, legs: Sequence[str]) -> dict[str, AssistantSettings]:
    """Settings by name: each leg alone, late interaction over every leg's candidates, pairs, the sum, all as served.

    legs: those of the index. A pair takes its candidates from its own legs and its weights from what is served.
    """
    of = served.weights.of
    names = (*legs, LATE)
    plain = replace(served, model=None)
    found = {leg: replace(plain, weights=Weights({leg: 1.0}), legs=_finders((leg,))) for leg in names}
    for pair in combinations(names, 2):
        weights = Weights({leg: of.get(leg, 0.0) or _UNSERVED for leg in pair})
        found[" + ".join(pair)] = replace(plain, weights=weights, legs=_finders(pair))
    learned = {} if served.model is None else {SUM: plain}
    return {**found, **learned, ALL: served}


def ablate(
    make: Callable[[AssistantSettings], Assistant],
    served: AssistantSettings,
    questions: Sequence[LabelledQuestion],
    progress: Progress = silent,
) -> tuple[Row, ...]:
    """Run the questions through every variant. make: the Assistant of some settings."""
    finders = [leg.name for leg in make(served).index.legs]
    chosen = variants(served, finders)
    rows = []
    for number, (name, settings) in enumerate(chosen.items()):

        def report(stage: str, done: int, total: int, before: int = number) -> None:
            progress(stage, before * total + done, len(chosen) * total)

        records = answer_all(make(settings), questions, report)
        sheet = sheet_of(records)
        legs = tuple(leg for leg in finders if settings.legs is None or leg in settings.legs)
        rows.append(Row(name, legs, dict(settings.weights.of), measure(sheet), intervals(sheet)))
    return tuple(rows)


def _finders(names: Sequence[str]) -> frozenset[str] | None:
    """The legs among these that find candidates; all of them for late interaction alone, which finds none."""
    return frozenset(name for name in names if name != LATE) or None
