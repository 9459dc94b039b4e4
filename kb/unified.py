"""Finds the unified reply for a question: one wording for everybody who asks what suddenly many ask, until lifted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock

import numpy as np

from kb.encoder import Encoder, Floats
from kb.grouping import Likeness, reply_for
from kb.store.gap_store import GapStore, Group, UnifiedReply

_SECONDS = 2.0
_RIVAL = 2
"""A group of fewer questions says too little of its meaning to be a rival."""


@dataclass
class UnifiedReplies:
    """The replies that hold, read at most every two seconds, so that answering costs nothing while there are none."""

    store: GapStore
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    tick: Callable[[], float] = field(default=time.monotonic)
    _read_at: float = field(default=-1e9, init=False)
    _replies: list[UnifiedReply] = field(default_factory=list, init=False)
    _likeness: Likeness | None = field(default=None, init=False)
    _groups: dict[int, Group] = field(default_factory=dict, init=False)
    _turn: int = field(default=0, init=False)
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
        """The reply whose group the question resembles, clearly more than any group of another meaning.

        One more encoding, and only where any reply holds.
        """
        replies = self.holding()
        if not replies:
            return None
        groups = self._groups_of(encoder.fingerprint)
        held = [reply for reply in replies if reply.gap in groups]
        means = [groups[reply.gap] for reply in held]
        mine = {reply.gap for reply in held}
        rivals = [mean for number, mean in groups.items() if number not in mine]
        vector = encoder.encode_queries([question]).vectors[0]
        width = (0, encoder.dimension)
        place = reply_for(
            vector,
            np.array(means, dtype=np.float32).reshape(len(means), width[1]),
            np.array(rivals, dtype=np.float32).reshape(len(rivals), width[1]),
            self._measured(encoder),
        )
        return None if place is None else held[place]

    def _groups_of(self, encoder: str) -> dict[int, Floats]:
        """The means of the groups of an encoder: of those with a reply, and of all that have several questions."""
        mine = {reply.gap for reply in self._replies}
        with self._lock:
            for group in self.store.groups(self._turn):
                self._groups[group.number] = group
                self._turn = max(self._turn, group.turn)
            known = list(self._groups.values())
        return {
            group.number: (group.centre / max(1, group.size)).astype(np.float32)
            for group in known
            if group.encoder == encoder and (group.size >= _RIVAL or group.number in mine)
        }

    def _measured(self, encoder: Encoder) -> Likeness:
        if self._likeness is None or self._likeness.encoder.fingerprint != encoder.fingerprint:
            self._likeness = Likeness(encoder)
        return self._likeness
