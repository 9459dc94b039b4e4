"""The project's own errors. Each says what is wrong, where, and what to do; HTTP maps them in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kb.gate import GateVerdict


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


class GateRefused(KbError):  # noqa: N818
    """The gate keeps the old generation serving; `verdict` names each question and article."""

    def __init__(self, publication: int, verdict: GateVerdict) -> None:
        self.publication = publication
        self.verdict = verdict
        shown = "\n".join(f"  {failure}" for failure in verdict.failures[:20])
        more = len(verdict.failures) - 20
        tail = f"\n  … and {more} more" if more > 0 else ""
        super().__init__(
            f"the gate is shut for publication {publication}, the old generation goes on serving:\n{shown}{tail}\n"
            "Mend the articles, or force it with a reason: --force REASON"
        )


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


class StoreError(KbError):
    """The store cannot be opened, read or written, or holds what it must not."""


class NotAllowedError(KbError):
    """The key's role or owners do not allow this."""


class UnknownGapError(KbError):
    """No gap, or no unified reply, of that number."""


class NoRoomError(StoreError):
    """The disk has no room for what was to be written; nothing was."""


class NotPossibleError(StoreError):
    """What was asked cannot be done with what is published now."""


class WrongStateError(KbError):
    """The article or publication is not in the state that this needs."""


class EditConflict(KbError):  # noqa: N818 (the word that people use for it)
    """Somebody else changed the article since it was read; nothing was written.

    by, at: who changed it last, and when. etag: what it has now, to be quoted after looking at the change.
    """

    def __init__(self, name: str, by: str, at: datetime, how: str, etag: str) -> None:
        super().__init__(
            f"`{name}` was changed since you read it: {how} by {by} at {at.isoformat(timespec='seconds')} — "
            "nothing of yours was written; load it again, put your change into it and save that"
        )
        self.name = name
        self.by = by
        self.at = at
        self.how = how
        self.etag = etag


class PublishConflict(KbError):  # noqa: N818
    """Another publication was first; this one was made on a library that is no longer the published one."""


class GoneError(KbError):
    """Nobody waits for this answer any more: its client left, or its time is over."""

    def __init__(self) -> None:
        super().__init__("nobody waits for this answer any more")


class BusyError(KbError):
    """More questions wait than may. retry_after: seconds after which those that wait now will be answered."""

    def __init__(self, waiting: int, retry_after: int) -> None:
        super().__init__(f"{waiting} questions wait already; ask again in {retry_after} s")
        self.retry_after = retry_after


class TooLateError(KbError):
    """The answer was not ready within the time that the request had."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the answer was not ready within {seconds:g} s; ask again")
