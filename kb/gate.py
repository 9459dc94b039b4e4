"""The port to what a new generation must pass before it serves: the evaluation, or one that lets everything by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from kb.assistant import Assistant
from kb.progress import Progress, silent


@dataclass(frozen=True)
class GateFailure:
    """One reason to keep the old generation. name: a measure or a question. article: whose question it is, or ''."""

    name: str
    why: str
    article: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.why}"


@dataclass(frozen=True)
class GateVerdict:
    """What the gate found. It is open where there are no failures.

    known: what fails, but failed before in the generation that serves now: told, never a reason.
    asked: questions asked of the new generation. unaffected: those that need not be asked again.
    measures: name to (before, after), of the generations.
    """

    failures: tuple[GateFailure, ...] = ()
    known: tuple[GateFailure, ...] = ()
    asked: int = 0
    unaffected: int = 0
    measures: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether the new generation may serve."""
        return not self.failures


class Gate(Protocol):
    """Judges a generation that does not serve yet."""

    def judge(
        self, new: Assistant, old: Assistant | None, changed: Collection[str], progress: Progress = silent
    ) -> GateVerdict:
        """Compare the new generation with the old one (None: nothing serves yet).

        changed: the ids of articles that differ; word files by their names.
        """
        ...


class OpenGate:
    """Lets everything by; for tests and for libraries without questions."""

    def judge(
        self,
        new: Assistant,  # noqa: ARG002 (the port's)
        old: Assistant | None,  # noqa: ARG002
        changed: Collection[str],  # noqa: ARG002
        progress: Progress = silent,  # noqa: ARG002
    ) -> GateVerdict:
        """An open verdict."""
        return GateVerdict()
