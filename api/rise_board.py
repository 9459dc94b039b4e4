"""What the desk is told of all conversations together: what suddenly many ask, and the unified replies that hold."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock

from pydantic import BaseModel

from api.feedback_room import FeedbackRoom
from api.schemas import UnifiedOut
from api.schemas_feedback import RiseOut, rise_out
from kb.rises import LOOKED_BACK, rises

_SECONDS = 2.0


class BoardOut(BaseModel):
    """Rises, the least likely first, and every unified reply that holds."""

    rises: list[RiseOut]
    replies: list[UnifiedOut]


@dataclass
class RiseBoard:
    """One for each application: worked out at most every two seconds, however many sidebars ask."""

    room: FeedbackRoom
    tick: Callable[[], float] = field(default=time.monotonic)
    _read_at: float = field(default=-1e9, init=False)
    _board: BoardOut = field(default_factory=lambda: BoardOut(rises=[], replies=[]), init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def read(self) -> BoardOut:
        """As it stands, at most two seconds late. Reads the database; not for the event loop."""
        with self._lock:
            if self.tick() - self._read_at > _SECONDS:
                self._board = self._now(datetime.now(UTC))
                self._read_at = self.tick()
            return self._board

    def forget(self) -> None:
        """Something was changed here: read anew at the next call."""
        with self._lock:
            self._read_at = -1e9

    def _now(self, now: datetime) -> BoardOut:
        replies = self.room.gaps.replies(now)
        by_gap = {reply.gap: reply for reply in replies}
        found = []
        for rise in rises(self.room.gaps, now):
            group = self.room.gaps.group(rise.gap)
            found.append(rise_out(rise, group.title, group.owner, self._examples(rise.gap, now), by_gap.get(rise.gap)))
        return BoardOut(rises=found, replies=[UnifiedOut.model_validate(reply) for reply in replies])

    def _examples(self, gap: int, now: datetime) -> list[str]:
        asked = self.room.events.questions(now - LOOKED_BACK, now, gap)
        return list(dict.fromkeys(one.text for one in reversed(asked)))[:3]
