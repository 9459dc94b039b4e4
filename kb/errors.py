"""The project's own errors. Each says what is wrong, where, and what to do; HTTP maps them in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class KbError(Exception):
    """The base of every error that a caller, an owner or an operator can mend."""


class SettingsError(KbError):
    """A setting has a value that cannot work."""


class ModelError(KbError):
    """The embedding model cannot be prepared or does not agree with its reference."""


class GenerationError(KbError):
    """A generation on disk is missing, damaged or foreign."""


class QuestionError(KbError):
    """A question is out of bounds. `field` names the part of the request."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class UnknownArticleError(KbError):
    """No article of that id in the served generation."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with one file: where, what, and how to mend it. `line` counts from 1."""

    path: str
    line: int
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what} — {self.mend}"


class ArticlesError(KbError):
    """A folder of articles has problems; nothing of it is indexed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        shown = "\n".join(str(p) for p in self.problems[:20])
        more = len(self.problems) - 20
        tail = f"\n… and {more} more" if more > 0 else ""
        super().__init__(f"{len(self.problems)} problem(s) in the articles:\n{shown}{tail}")
