"""What a server does beside answering: removes feedback that is kept long enough, closes gaps that are answered."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from kb.assistant import Assistant
from kb.gap_closing import GapCloser
from kb.store.feedback_store import FeedbackStore
from kb.store.records import Actor

EVERY = 2.0
"""Seconds between two looks."""
_FORGETS_EVERY = 3600.0
_BY = Actor("kb")

log = structlog.get_logger()


@dataclass
class Upkeep:
    """For a server over the published library, to be done every few seconds (`Periodic`).

    answering, publication: the Assistant that answers, and the number of its publication. Whoever published, and
    whatever died after it: each publication that this server comes to serve is looked at once. keep: how long
    feedback is kept. Several servers may do so at once.
    """

    closer: GapCloser
    feedback: FeedbackStore
    answering: Callable[[], AbstractContextManager[Assistant]]
    publication: Callable[[], int]
    keep: timedelta
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    tick: Callable[[], float] = field(default=time.monotonic)
    _checked: int = field(default=0, init=False)
    _forgot_at: float = field(default=float("-inf"), init=False)

    def once(self) -> None:
        """Do what is due now."""
        if self.tick() - self._forgot_at >= _FORGETS_EVERY:
            self._forgot_at = self.tick()
            gone = self.feedback.forget(self.clock() - self.keep)
            if gone.any:
                log.info("old feedback removed", events=gone.events, questions=gone.questions)
        serving = self.publication()
        if serving == self._checked:
            return
        with self.answering() as assistant:
            for gap, checked in self.closer.published(assistant, _BY).items():
                log.info("gap checked", gap=gap, answered=all(one.is_answered for one in checked))
        self._checked = serving
