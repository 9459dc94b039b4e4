"""What agents do with suggestions: one event for each, as the sidebar tells it and as it is kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum

from kb.errors import QuestionError
from kb.masking import masked_text

MAX_TEXT = 2_000
MAX_ID = 200
MAX_RANK = 50
MAX_DISTANCE = 100_000


class FeedbackError(QuestionError):
    """An event is out of bounds. `field` names the part of the event."""


class FeedbackKind(StrEnum):
    """What happened to a question's suggestions.

    SHOWN: an answer stood in the sidebar. NO_ANSWER: only the nearest did, or nothing. SEARCHED: the agent typed it.
    INSERTED, COPIED, EDITED (then sent): it was used. DISMISSED: put away. REPORTED: wrong, outdated, incomplete.
    CLARIFIED: the question back was sent, or (`rank`: which) one of its options chosen.
    """

    SHOWN = "shown"
    INSERTED = "inserted"
    COPIED = "copied"
    EDITED = "edited"
    DISMISSED = "dismissed"
    REPORTED = "reported"
    NO_ANSWER = "no-answer"
    SEARCHED = "searched"
    CLARIFIED = "clarified"


class Outcome(IntEnum):
    """What became of a question; of several events the highest counts, in whatever order they arrive."""

    SEEN = 0
    NO_ANSWER = 1
    DISMISSED = 2
    USED = 3
    REPORTED = 4

    @property
    def is_gap(self) -> bool:
        """Whether the library did not serve the question."""
        return self in (Outcome.NO_ANSWER, Outcome.DISMISSED, Outcome.REPORTED)


OUTCOMES = {
    FeedbackKind.SHOWN: Outcome.SEEN,
    FeedbackKind.SEARCHED: Outcome.SEEN,
    FeedbackKind.NO_ANSWER: Outcome.NO_ANSWER,
    FeedbackKind.DISMISSED: Outcome.DISMISSED,
    FeedbackKind.INSERTED: Outcome.USED,
    FeedbackKind.COPIED: Outcome.USED,
    FeedbackKind.EDITED: Outcome.USED,
    # A vague question that was asked back is served; what the options lead to is a question of its own.
    FeedbackKind.CLARIFIED: Outcome.USED,
    FeedbackKind.REPORTED: Outcome.REPORTED,
}
_OF_A_SUGGESTION = frozenset({FeedbackKind.INSERTED, FeedbackKind.COPIED, FeedbackKind.EDITED, FeedbackKind.REPORTED})


class Reason(StrEnum):
    """Why a suggestion was reported."""

    NONE = ""
    WRONG = "wrong"
    OUTDATED = "outdated"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class FeedbackEvent:
    """One event. id: a UUID that the sender makes, so that sending twice counts once.

    conversation: the chat's id; what is kept is a hash of it. question_id: the answer's `id`.
    rank, article, revision, generation: of the suggestion concerned, of the first one where all are meant.
    distance: characters changed before sending, for EDITED. text: the question; it is masked before it is kept.
    agent: the name of the key it came with.

    Raises FeedbackError, naming the field, where it is out of bounds.
    """

    id: str
    kind: FeedbackKind
    at: datetime
    conversation: str
    question_id: str
    rank: int | None = None
    article: str = ""
    revision: int | None = None
    generation: str = ""
    distance: int | None = None
    reason: Reason = Reason.NONE
    text: str = ""
    product: str = ""
    channel: str = ""
    agent: str = ""

    def __post_init__(self) -> None:
        for name in ("id", "conversation", "question_id"):
            if not getattr(self, name):
                raise FeedbackError(name, "is empty")
        for name in ("id", "conversation", "question_id", "article", "generation", "product", "channel", "agent"):
            _check_length(name, getattr(self, name), MAX_ID)
        _check_length("text", self.text, MAX_TEXT)
        _check_number("rank", self.rank, 1, MAX_RANK)
        _check_number("revision", self.revision, 1, 2**31 - 1)
        _check_number("distance", self.distance, 0, MAX_DISTANCE)
        if self.at.tzinfo is None:
            raise FeedbackError("at", "has no offset; write it as 2026-11-22T10:00:00+08:00")
        if self.kind in _OF_A_SUGGESTION and not self.article:
            raise FeedbackError("article", f"is missing; `{self.kind}` is said of one article")

    def masked(self) -> FeedbackEvent:
        """The event as it is kept: no personal data in the text, a hash for the conversation."""
        return replace(self, text=masked_text(self.text.strip()), conversation=hashed(self.conversation))


def hashed(conversation: str) -> str:
    """What is kept of a conversation's id: enough to count different ones. Hashing twice changes nothing."""
    if conversation.startswith("c:") and len(conversation) == _HASHED:
        return conversation
    return "c:" + hashlib.sha256(conversation.encode("utf-8", "replace")).hexdigest()[: _HASHED - 2]


_HASHED = 26


def _check_length(field: str, text: str, most: int) -> None:
    if len(text) > most:
        raise FeedbackError(field, f"has {len(text)} characters; at most {most}")


def _check_number(field: str, number: int | None, least: int, most: int) -> None:
    if number is not None and not least <= number <= most:
        raise FeedbackError(field, f"is {number}; from {least} to {most}")
