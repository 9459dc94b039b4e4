"""What agents' labels would change: the weights learned with and without them, asked the same test halves.

Nothing is adopted here. Labels are learned from on their learn half alone, and none of them is a question of a test
half of any set of the trial, however it is written there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from eval.compare import LEVEL, WHOLE, Comparison, Difference, compare
from eval.errors import EvaluationError
from eval.feedback_labels import words_of
from eval.learn import Lessons, learn, prepare
from eval.question_set import LabelledQuestion
from eval.run import answer_all
from eval.split import half, part, sample
from kb.assistant import Assistant, AssistantSettings
from kb.progress import Progress, silent
from kb.ranking_model import RankingModel

OF_LABELS = 1.0
"""How much labels count, where a shop's own questions count 3 and the public sets 1 each."""
GUARDED = ("success@1", "answer@1", "none_auroc", "ece", "forbidden")
_LOSS = 0.01


@dataclass(frozen=True)
class Tried:
    """A set of the trial. weight: how much it counts.

    make: the Assistant over its library, by settings; by those in force where none are given.
    """

    name: str
    weight: float
    make: Callable[[AssistantSettings | None], Assistant]
    questions: Sequence[LabelledQuestion]


@dataclass(frozen=True)
class Effect:
    """One set's test half. of_labels: learned without → with them. adopting: weights in force → learned with them."""

    name: str
    of_labels: Comparison
    adopting: Comparison


@dataclass(frozen=True)
class Trial:
    """model: learned with the labels. used, left_out: how many labels were learned from, and were not."""

    model: RankingModel
    used: int
    left_out: int
    effects: tuple[Effect, ...]

    @property
    def harms(self) -> list[str]:
        """What speaks against adopting, in words; empty: nothing does."""
        found = []
        for effect in self.effects:
            for what, side in (("the labels make", effect.of_labels), ("adopting makes", effect.adopting)):
                found += [f"{effect.name}: {what} {_said(d)}" for d in whole(side).values() if _is_harm(d)]
        return found


def whole(found: Comparison) -> dict[str, Difference]:
    """The guarded measures over all questions, by name; those that no question has are left out."""
    of = {d.measure: d for d in found.differences if d.slice == WHOLE}
    return {name: of[name] for name in GUARDED if name in of}


def usable(labels: Sequence[LabelledQuestion], sets: Sequence[Tried]) -> list[LabelledQuestion]:
    """The labels that may be learned from: of the learn half, and no question of a test half of the sets."""
    kept = {words_of(q.text) for tried in sets for q in part(tried.questions, "test")}
    return [label for label in labels if half(label) == "learn" and words_of(label.text) not in kept]


def try_labels(
    sets: Sequence[Tried],
    labels: Sequence[LabelledQuestion],
    weight: float = OF_LABELS,
    limit: int | None = None,
    progress: Progress = silent,
) -> Trial:
    """Learn twice and answer every test half three times: as in force, without and with the labels.

    sets: the first is of the library that the labels speak of. limit: questions of each half, spread.
    Raises EvaluationError where no label may be learned from or no set has a test half.
    """
    found = usable(labels, sets)
    if not found:
        raise EvaluationError("no label may be learned from; all are of the test halves, or there are none")
    asked = [sample(part(tried.questions, "test"), limit) for tried in sets]
    if not any(asked):
        raise EvaluationError("no set has a test half; name the shop's own questions with --set")
    in_force = [tried.make(None) for tried in sets]
    lessons = [
        Lessons(tried.name, tried.weight, prepare(assistant, sample(part(tried.questions, "learn"), limit)))
        for tried, assistant in zip(sets, in_force, strict=True)
    ]
    without = learn(lessons)
    model = learn([*lessons, Lessons("labels", weight, prepare(in_force[0], found))])
    effects = []
    for number, (tried, now, questions) in enumerate(zip(sets, in_force, asked, strict=True), start=1):
        if questions:
            by = [tried.make(replace(now.settings, model=one)) for one in (without, model)]
            before, old, new = (answer_all(assistant, questions) for assistant in (now, *by))
            effects.append(Effect(tried.name, compare(old, new), compare(before, new)))
        progress("answering test halves", number, len(sets))
    return Trial(model, len(found), len(labels) - len(found), tuple(effects))


def _is_harm(d: Difference) -> bool:
    if d.measure == "forbidden":
        return d.after > d.before
    loses = d.measure in ("success@1", "answer@1") and d.after < d.before - _LOSS
    return d.word == "worse" or loses


def _said(d: Difference) -> str:
    shown = "" if d.p < LEVEL else ", which may be chance"
    return f"{d.measure} {d.before:.3f} → {d.after:.3f} (p {d.p:.3f}{shown})"
