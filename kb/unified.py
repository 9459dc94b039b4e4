"""Finds the unified reply for a question: one wording for everybody who asks what suddenly many ask, until lifted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock

from kb.encoder import Encoder
from kb.grouping import SAME, Groups, Likeness
from kb.store.gap_store import GapStore, UnifiedReply

_SECONDS = 2.0


@dataclass
class UnifiedReplies:
    """The replies that hold, read at most every two seconds, so that answering costs nothing while there are none."""

    store: GapStore
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    tick: Callable[[], float] = field(default=time.monotonic)
    _read_at: float = field(default=-1e9, init=False)
    _replies: list[UnifiedReply] = field(default_factory=list, init=False)
    _likeness: Likeness | None = field(default=None, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def holding(self) -> list[UnifiedReply]:
        """Those that hold now, at most two seconds late."""
        with self._lock:
            if self.tick() - self._read_at > _SECONDS:
                self._replies = self.store.replies(self.clock())
                self._read_at = self.tick()
            return list(self._replies)

    def forget(self) -> None:
        """Read anew at the next question: something was changed here."""
        with self._lock:
            self._read_at = -1e9

    def reply_to(self, question: str, encoder: Encoder) -> UnifiedReply | None:
        """The reply whose group the question resembles most, if enough; one more encoding only where any holds."""
        replies = self.holding()
        if not replies:
            return None
        groups = Groups(encoder.dimension)
        for reply in replies:
            group = self.store.group(reply.gap)
            if group.encoder == encoder.fingerprint:
                groups.put(reply.number, group.centre, group.size)
        nearest = groups.nearest(encoder.encode_queries([question]).vectors[0], self._measured(encoder))
        if nearest is None or nearest[1] < SAME:
            return None
        return next(reply for reply in replies if reply.number == nearest[0])

    def _measured(self, encoder: Encoder) -> Likeness:
        if self._likeness is None or self._likeness.encoder.fingerprint != encoder.fingerprint:
            self._likeness = Likeness(encoder)
        return self._likeness
