"""What was learned, as a table on the terminal: the learned ranking beside each leg and their plain sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from eval.confidence import auroc, coverage_at
from eval.learn import Lessons, confidences, success_at_1
from kb.considered import Considered
from kb.encoder import Floats
from kb.ranking import Weights, combine
from kb.ranking_model import RankingModel


def _leg(name: str) -> Callable[[Considered], Floats]:
    return lambda considered: considered.pool.scores[name]


_FALSE_SHARES = (0.05, 0.1, 0.2)

_ALONE: Mapping[str, Callable[[Considered], Floats]] = {
    **{name: _leg(name) for name in ("dense", "late", "chars", "words", "sounds")},
    "sum": lambda considered: combine(considered.pool, Weights()),
}


def show_learning(console: Console, model: RankingModel, halves: Mapping[str, Sequence[Lessons]]) -> None:
    """success@1 of each leg, of their sum and of the learned ranking, on each half of each set; and the weights."""
    table = Table("set", "half", "n", *_ALONE, "learned", title="success@1", title_justify="left")

    def learned(considered: Considered) -> Floats:
        scores: Floats = considered.features @ model.vector
        return scores

    for half, sources in halves.items():
        for source in sources:
            asked = [x for x in source.lessons if x.answerable]
            values = [success_at_1(asked, score) for score in _ALONE.values()]
            values.append(success_at_1(asked, learned, model.evidence))
            table.add_row(source.name, half, str(len(asked)), *(f"{value:.3f}" for value in values))
    console.print(table)
    _show_thresholds(console, model, halves)
    for name, weight in sorted(model.ranking.items(), key=lambda item: -abs(item[1])):
        console.print(f"{name:18s} {weight:+.3f}", highlight=False)


def _show_thresholds(console: Console, model: RankingModel, halves: Mapping[str, Sequence[Lessons]]) -> None:
    """Of sets that also ask what they do not answer: the threshold that lets so many of those through."""
    titles = [f"{share:.0%}: threshold, coverage" for share in _FALSE_SHARES]
    table = Table("set", "half", "AUROC", *titles, title="false suggestions", title_justify="left")
    for half, sources in halves.items():
        for source in sources:
            sure, unsure = confidences(source.lessons, model)
            if not len(sure) or not len(unsure):
                continue
            cells = []
            for share in _FALSE_SHARES:
                covered = coverage_at(sure[np.newaxis], unsure[np.newaxis], share)[0]
                threshold = np.sort(unsure)[::-1][int(share * len(unsure) + 1e-9)]
                cells.append(f"{threshold:.2f}, {covered:.3f}")
            found = auroc(sure[np.newaxis], unsure[np.newaxis])[0]
            table.add_row(source.name, half, f"{found:.3f}", *cells)
    console.print(table)
