"""What the feedback routes work with: events, gaps, rises and unified replies over the library's own database."""

from __future__ import annotations

from threading import Lock
from typing import Annotated

import structlog
from fastapi import Depends, Request

from api.services import Answers, Services
from kb.errors import KbError
from kb.gap_closing import GapCloser, questions_file
from kb.gaps import Checked, GapBook
from kb.settings import Settings
from kb.store.feedback_store import FeedbackStore
from kb.store.gap_store import GapStore
from kb.store.records import Actor
from kb.unified import UnifiedReplies

log = structlog.get_logger()


class FeedbackRoom:
    """One for each application; safe to use from several threads."""

    def __init__(self, services: Services, answers: Answers, settings: Settings) -> None:
        database = services.library.database
        self.events = FeedbackStore(database)
        self.gaps = GapStore(database)
        self.book = GapBook(self.events, self.gaps)
        self.unified = UnifiedReplies(self.gaps)
        self.library = services.library
        self._closer = GapCloser(self.book, questions_file(settings))
        self._answers = answers
        self._sorting = Lock()

    def sort(self) -> None:
        """Put new questions into groups; where another thread does so already, that one goes on."""
        if not self._sorting.acquire(blocking=False):
            return
        try:
            with self._answers.answering() as assistant:
                while self.book.sort(assistant.encoder):
                    pass
        except KbError as error:
            # The events are kept; the next batch sorts these questions too.
            log.error("questions are not sorted into groups", why=str(error))
        finally:
            self._sorting.release()

    def close(self, gap: int, by: Actor) -> list[Checked]:
        """Check a gap and close it where it is answered. Raises UnknownGapError, WrongStateError."""
        with self._answers.answering() as assistant:
            return self._closer.close(gap, assistant, by)

    def published(self, by: Actor) -> dict[int, list[Checked]]:
        """After a publication: whether the gaps that have an article are answered now."""
        with self._answers.answering() as assistant:
            return self._closer.published(assistant, by)


async def _room(request: Request) -> FeedbackRoom:
    room: FeedbackRoom = request.app.state.feedback
    return room


Feedback = Annotated[FeedbackRoom, Depends(_room)]
