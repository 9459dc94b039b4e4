"""Feedback events, gaps, rises and unified replies over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.schemas import UnifiedOut
from kb.article import Kind
from kb.feedback import MAX_DISTANCE, MAX_ID, MAX_RANK, MAX_TEXT, FeedbackEvent, FeedbackKind, Reason
from kb.gaps import Checked, Gap, Lacked
from kb.rises import Rise
from kb.store.gap_store import GapState, UnifiedReply

MAX_EVENTS = 200
MAX_REPLY = 2_000

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID)]
Word = Annotated[str, StringConstraints(max_length=MAX_ID)]
Whole = Annotated[int, Field(ge=1, le=2**31 - 1)]


class EventIn(BaseModel):
    """One thing that an agent did, or that was shown. Sent twice with the same `id` it counts once.

    `question_id`: the answer's `id`. `rank`, `article`, `revision`, `generation`: of the suggestion, of the first
    where all are meant. `distance`: characters changed before sending. `text`: what the customer asked, with
    `shown`, `searched` and `no-answer`; personal data is masked before it is kept.
    """

    model_config = ConfigDict(extra="forbid")

    id: UUID
    kind: FeedbackKind
    at: AwareDatetime
    conversation: Identifier
    question_id: Identifier
    rank: Annotated[int, Field(ge=1, le=MAX_RANK)] | None = None
    article: Word = ""
    revision: Whole | None = None
    generation: Word = ""
    distance: Annotated[int, Field(ge=0, le=MAX_DISTANCE)] | None = None
    reason: Reason = Reason.NONE
    text: Annotated[str, StringConstraints(max_length=MAX_TEXT)] = ""
    product: Word = ""
    channel: Word = ""

    def event(self, agent: str) -> FeedbackEvent:
        """The event of this agent. Raises FeedbackError."""
        return FeedbackEvent(**self.model_dump() | {"id": str(self.id), "agent": agent})


class FeedbackIn(BaseModel):
    """A batch of events."""

    model_config = ConfigDict(extra="forbid")

    events: Annotated[list[EventIn], Field(min_length=1, max_length=MAX_EVENTS)]


class FeedbackOut(BaseModel):
    """How many events were new, and how many were known; all of them are on the disk."""

    model_config = ConfigDict(from_attributes=True)

    new: int
    known: int


class GapOut(BaseModel):
    """A group of questions that the library did not serve; the weightiest first.

    `conversations`: different ones in four weeks. `weight`: the same, a week-old one counting a third. `examples`:
    masked. `nearest`: the article that stood first most often.
    """

    number: int
    title: str
    state: GapState
    owner: str
    article: str
    conversations: int
    weight: float
    first_at: datetime
    last_at: datetime
    examples: list[str]
    nearest: str
    outcomes: dict[str, int]


class LackedOut(BaseModel):
    """For one example the nearest article of now, and what stretches of the example it says nothing of."""

    model_config = ConfigDict(from_attributes=True)

    example: str
    article: str
    heading: str
    confidence: float
    lacking: list[str]


class GapDetailOut(GapOut):
    """One gap with what the nearest article lacks."""

    lacked: list[LackedOut]


class AssignIn(BaseModel):
    """Who is to answer it: an `owner` as the articles name it."""

    model_config = ConfigDict(extra="forbid")

    owner: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_ID)]


class DraftIn(BaseModel):
    """A draft to be made; or, with `article`, the article that is to answer it."""

    model_config = ConfigDict(extra="forbid")

    owner: Word = ""
    kind: Kind = Kind.POLICY
    article: Word = ""


class CheckedOut(BaseModel):
    """One example asked again."""

    model_config = ConfigDict(from_attributes=True)

    question: str
    is_answered: bool
    first: str


class CheckOut(BaseModel):
    """`state` is `answered` where every example is; they have joined the evaluation set then."""

    state: GapState
    checked: list[CheckedOut]


class UnifiedIn(BaseModel):
    """One reply for everybody who asks what a group asks."""

    model_config = ConfigDict(extra="forbid")

    gap: Whole
    reply: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_REPLY)]
    until: AwareDatetime | None = None


class RiseOut(BaseModel):
    """A question that suddenly many ask. `usual`: how many conversations one would expect in the hour."""

    gap: int
    title: str
    conversations: int
    usual: float
    chance: float
    examples: list[str]
    owner: str
    unified: UnifiedOut | None


def gap_out(gap: Gap) -> GapOut:
    """A gap for JSON."""
    return GapOut(**_gap_fields(gap))


def gap_detail_out(gap: Gap, lacked: list[Lacked]) -> GapDetailOut:
    """A gap with what the nearest lacks, for JSON."""
    return GapDetailOut(**_gap_fields(gap), lacked=[LackedOut.model_validate(one) for one in lacked])


def check_out(state: GapState, checked: list[Checked]) -> CheckOut:
    """What a check found, for JSON."""
    return CheckOut(state=state, checked=[CheckedOut.model_validate(one) for one in checked])


def rise_out(rise: Rise, title: str, owner: str, examples: list[str], reply: UnifiedReply | None) -> RiseOut:
    """A rise for JSON."""
    unified = UnifiedOut.model_validate(reply) if reply else None
    return RiseOut(
        gap=rise.gap,
        title=title,
        conversations=rise.conversations,
        usual=round(rise.usual, 3),
        chance=rise.chance,
        examples=examples,
        owner=owner,
        unified=unified,
    )


def _gap_fields(gap: Gap) -> dict[str, Any]:
    group = gap.group
    return {
        "number": gap.number,
        "title": group.title,
        "state": group.state,
        "owner": group.owner,
        "article": group.article,
        "conversations": gap.conversations,
        "weight": round(gap.weight, 3),
        "first_at": gap.first_at,
        "last_at": gap.last_at,
        "examples": list(gap.examples),
        "nearest": gap.nearest,
        "outcomes": gap.outcomes,
    }
