"""What can go wrong in an evaluation, each mendable by the one who runs it."""

from __future__ import annotations

from collections.abc import Sequence

from kb.errors import KbError, Problem

_SHOWN = 50


class EvaluationError(KbError):
    """An evaluation cannot be run, read or compared as asked."""


class QuestionSetError(EvaluationError):
    """A question set or a BEIR folder has problems; nothing of it is asked."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        shown = "\n".join(str(problem) for problem in self.problems[:_SHOWN])
        more = len(self.problems) - _SHOWN
        tail = f"\n… and {more} more" if more > 0 else ""
        super().__init__(f"{len(self.problems)} problem(s) in the question set:\n{shown}{tail}")
