"""Closes the gaps that what is published now answers: the one way for the command line, the routes and the server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import structlog

from kb.assistant import Assistant
from kb.errors import KbError
from kb.gaps import Checked, GapBook
from kb.settings import Settings
from kb.store.database import Database
from kb.store.feedback_store import FeedbackStore
from kb.store.gap_store import GapStore
from kb.store.records import Actor

GAP_QUESTIONS = "gap-questions.jsonl"
"""Where closed gaps' questions go below `var` where no evaluation set is configured."""

log = structlog.get_logger()


@dataclass(frozen=True)
class GapCloser:
    """Checks gaps against an Assistant. questions: the evaluation set that closed gaps' questions join."""

    book: GapBook
    questions: Path

    @classmethod
    def of(cls, database: Database, settings: Settings) -> Self:
        """Over the library's own database."""
        return cls(GapBook(FeedbackStore(database), GapStore(database)), questions_file(settings))

    def close(self, gap: int, assistant: Assistant, by: Actor) -> list[Checked]:
        """Check one gap and close it where it is answered. Raises UnknownGapError, WrongStateError."""
        return self.book.close(gap, assistant, self.questions, by)

    def published(self, assistant: Assistant, by: Actor) -> dict[int, list[Checked]]:
        """After a publication: check every drafted gap whose article is published; by gap's number.

        A fault is logged and nothing more: what was published stays published, and a server looks again.
        """
        try:
            return self.book.published(assistant, self.questions, by)
        except (KbError, OSError) as error:
            log.error("gaps are not checked after the publication", why=str(error))
            return {}


def questions_file(settings: Settings) -> Path:
    """The evaluation set of these settings, or a file of its own below `var`."""
    return settings.questions or settings.var / GAP_QUESTIONS
