"""Which half of a set a question belongs to. What is learned is learned on `learn`; `test` is never looked at.

The split is by article, so that no article's questions stand on both sides, and by hash, so that it never
moves when a set grows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal

from eval.question_set import LabelledQuestion

Half = Literal["learn", "test"]


def half(question: LabelledQuestion) -> Half:
    """The half of a question: by its first relevant article, or by its own id where it has none or no answer."""
    decides = question.relevant[0].article if question.answerable and question.relevant else question.id
    return "learn" if hashlib.sha256(decides.encode()).digest()[0] % 2 == 0 else "test"


def part(questions: Iterable[LabelledQuestion], wanted: Half | Literal["all"]) -> tuple[LabelledQuestion, ...]:
    """The questions of one half, or all of them, in their order."""
    return tuple(question for question in questions if wanted in ("all", half(question)))


def sample(questions: tuple[LabelledQuestion, ...], limit: int | None) -> tuple[LabelledQuestion, ...]:
    """At most `limit` questions, spread evenly over the set, so that a set sorted by topic keeps its topics."""
    if limit is None or limit >= len(questions):
        return questions
    return tuple(questions[number * len(questions) // limit] for number in range(limit))
