"""What goes in and out over HTTP. The evaluation reads the same shapes from question sets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from kb.article import Article, Audience, Kind
from kb.clarify import About
from kb.errors import QuestionError
from kb.moment import parse_moment
from kb.mood import MoodKind
from kb.question import (
    MAX_HISTORY,
    MAX_LIMIT,
    MAX_NAME,
    MAX_QUESTION,
    MAX_SLOT,
    MAX_SLOT_NAME,
    MAX_SLOTS,
    MAX_TURN,
    Context,
    Question,
    Role,
    Stage,
    Turn,
)
from kb.suggestion import Answer, Offer, Origin, ReplyKind

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME)]
SlotName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_SLOT_NAME)]
SlotText = Annotated[str, StringConstraints(max_length=MAX_SLOT)]


class TurnIn(BaseModel):
    """One earlier message of the talk."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    text: Annotated[str, StringConstraints(max_length=MAX_TURN)]


class ContextIn(BaseModel):
    """What is known around the question; what is absent restricts nothing.

    Times are ISO 8601 with an offset; a bare date is 00:00 in the shop's time zone.
    """

    model_config = ConfigDict(extra="forbid")

    product: Name | None = Field(default=None, description="Code or name of the product that the talk is about.")
    channel: Name | None = Field(default=None, description="Where the customer writes: taobao, jd, douyin, …")
    stage: Stage | None = None
    at: str | None = Field(default=None, max_length=40, description="When it is asked; absent: now.")
    as_of: str | None = Field(default=None, max_length=40, description="The order's date: rules in force then apply.")
    slots: Annotated[dict[SlotName, SlotText], Field(max_length=MAX_SLOTS)] = Field(
        default_factory=dict, description="What fills the blanks `{name}` of approved wording, by name."
    )

    def context(self, zone: ZoneInfo) -> Context:
        """The same with its times read. Raises QuestionError naming the field."""
        return Context(
            product=self.product,
            channel=self.channel,
            stage=self.stage,
            at=_moment("context.at", self.at, zone),
            as_of=_moment("context.as_of", self.as_of, zone),
            slots=self.slots,
        )


class QuestionIn(BaseModel):
    """A customer's message with its talk and context."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"question": "这个能洗羽绒服不", "context": {"channel": "taobao"}, "limit": 3},
                {
                    "question": "那大的那款呢",
                    "history": [{"role": "customer", "text": "1升的电饭煲多少钱"}],
                    "context": {"at": "2026-11-22T10:00:00+08:00", "as_of": "2026-10-15"},
                },
            ]
        },
    )

    question: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUESTION),
        Field(description="The customer's last message."),
    ]
    history: Annotated[
        list[TurnIn], Field(max_length=MAX_HISTORY, description="The talk before it, oldest first.")
    ] = []
    context: ContextIn = Field(default_factory=ContextIn)
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="At most so many suggestions.")] = 5
    explain: bool = Field(default=False, description="Add why each stands where it does, and what was left out.")

    def asked(self, zone: ZoneInfo) -> Question:
        """The Question that the Assistant answers. Raises QuestionError naming the field."""
        return Question(
            text=self.question,
            history=tuple(Turn(turn.role, turn.text) for turn in self.history),
            context=self.context.context(zone),
            limit=self.limit,
            explain=self.explain,
        )


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class SnippetOut(_Out):
    """What an agent sees of the passage; `highlights` are character ranges `[start, end)` of the text.

    Characters are Unicode code points, as in Python. `words` are finer ranges: the words that answer.
    """

    text: str
    highlights: list[tuple[int, int]]
    words: list[tuple[int, int]]


class SourceOut(_Out):
    """Where a suggestion comes from. `lines` are of the article's file, 1-based, both inclusive.

    `revision` is the article's in the published library; null where the library is a folder.
    """

    article: str
    title: str
    headings: list[str]
    kind: Kind
    audience: Audience
    owner: str
    lines: tuple[int, int]
    effective_from: datetime | None
    effective_until: datetime | None
    url: str
    revision: int | None = None


class WeighedOut(_Out):
    """One number that counted: `contribution` is `value` times `weight`."""

    name: str
    value: float
    weight: float
    contribution: float


class WhyOut(_Out):
    """Raw score per leg, the words that matched, and notes.

    `features` add up to `scores.sum`, `confidence` to the confidence's log odds; both the weightiest first.
    """

    scores: dict[str, float]
    words: list[str]
    notes: list[str]
    features: list[WeighedOut]
    confidence: list[WeighedOut]


class ChangeOut(_Out):
    """Where the same rule changes, and the article that has the other rule."""

    at: datetime
    article: str
    title: str


class PeriodOut(_Out):
    """Which rule of which time was used. `said`: the customer's own words that set `as_of`; `note`: for the agent."""

    as_of: datetime
    said: str | None
    effective_from: datetime | None
    effective_until: datetime | None
    change: ChangeOut | None
    note: str


class SpanOut(_Out):
    """One of several questions in the message, at its characters `[start, end)`."""

    text: str
    start: int
    end: int


class SuggestionOut(_Out):
    """One ranked answer; an `advice` reply is for the agent and never sent, which `sendable` says too.

    `rank` counts from 1; `confidence` is the probability that it answers, calibrated for the first; a lower one's says
    how sure it would be if it stood first, and is right far less often. `blanks`: names of the `{…}` left open. `why`:
    only with `explain`. `period`: which rule of which time it is, null where time plays no part. `answers`: the
    question that it answers, where the message holds several.
    """

    rank: int
    confidence: float
    reply: str
    reply_kind: ReplyKind
    sendable: bool
    blanks: list[str]
    snippet: SnippetOut
    source: SourceOut
    why: WhyOut | None = None
    period: PeriodOut | None = None
    answers: SpanOut | None = None


class MoodWordOut(_Out):
    """A word that told of a mood; its character range `[start, end)` is of the question."""

    kind: MoodKind
    text: str
    start: int
    end: int


class MoodOut(_Out):
    """The strongest mood of the message and every word that told of one."""

    kind: MoodKind
    words: list[MoodWordOut]


class AidOut(_Out):
    """What helps beside the answer; `advice` is for the agent and never sent, `approved` wording may be."""

    text: str
    kind: ReplyKind
    source: SourceOut


class CalmOut(_Out):
    """Calm first: for an angry, threatening or pressed customer; null where the library has nothing in force."""

    mood: MoodOut
    advice: AidOut | None
    opening: AidOut | None


class OptionOut(_Out):
    """One choice: show `label`; chosen, send `question` with `product` and `channel`, if any, in its context."""

    label: str
    question: str
    product: str | None
    channel: str | None


class ClarifyOut(_Out):
    """A question back to the customer, with two to four options, the likeliest first; all plain text."""

    about: About
    question: str
    options: list[OptionOut]


class FilteredOut(_Out):
    """An article that a rule kept from answering: the place it would have had, and the rule; never its text."""

    rank: int
    article: str
    title: str
    reason: str


class UnderstoodOut(_Out):
    """What was taken from the message, its talk and its context; `searched` only where asked to explain.

    `products`: what the answer is to be about. `channel`, `as_of`: what decided, null where nothing is known;
    `channel_from`, `as_of_from`: who said it, the caller (`context`), the `message` or the `talk`.
    """

    products: list[str]
    channel: str | None
    channel_from: Origin | None
    as_of: datetime | None
    as_of_from: Origin | None
    searched: str | None


class PartOut(SpanOut):
    """One of several questions in the message.

    `answerable`: whether it has a sure answer of its own. `suggestion`: the rank of its likeliest answer, null where
    that is not among the suggestions.
    """

    answerable: bool
    suggestion: int | None


class UnifiedOut(BaseModel):
    """One reply for everybody who asks this, until it is lifted; it stands before every suggestion."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    gap: int
    reply: str
    author: str
    made_at: datetime
    until: datetime | None
    lifted_at: datetime | None


class AnswerOut(_Out):
    """Ranked suggestions; where `answerable` is false they are only the nearest, and `offered` says so.

    `generation`, `config`: equal ones give equal answers. `took_ms`: milliseconds by stage, and `total`.
    `calm`: for an angry, threatening or pressed customer. `upcoming`: what begins soon and would then answer, never in
    force yet; `period.note` says from when. `understood`: what was taken from message, talk and context. `parts`: the
    questions of a message that holds several, in order.
    `clarify`: where the message is too vague to decide. `lacking`: stretches of the message that the nearest has
    nothing of; `whom_to_ask`: the nearest article's owner. `filtered`: only with `explain`.
    `unified`: one reply for all who ask this now, to be shown before every suggestion.
    """

    id: str
    suggestions: list[SuggestionOut]
    answerable: bool
    generation: str
    config: str
    took_ms: dict[str, float]
    calm: CalmOut | None = None
    upcoming: list[SuggestionOut] = []
    understood: UnderstoodOut | None = None
    parts: list[PartOut] = []
    offered: Offer
    clarify: ClarifyOut | None = None
    lacking: list[str] = []
    whom_to_ask: str = ""
    filtered: list[FilteredOut] = []
    unified: UnifiedOut | None = None


class ArticleOut(BaseModel):
    """An article as it was written, and as HTML that is safe to show."""

    id: str
    title: str
    kind: Kind
    owner: str
    audience: Audience
    products: list[str]
    channels: list[str]
    effective_from: datetime | None
    effective_until: datetime | None
    generation: str
    markdown: str
    html: str


def answer_out(answer: Answer) -> AnswerOut:
    """The Assistant's answer as it goes over the wire."""
    return AnswerOut.model_validate(answer)


def article_out(article: Article, until: datetime | None, generation: str, html: str) -> ArticleOut:
    """An article as it goes over the wire; `until` is its end in force, supersession included."""
    return ArticleOut(
        id=article.id,
        title=article.title,
        kind=article.kind,
        owner=article.owner,
        audience=article.audience,
        products=list(article.products),
        channels=list(article.channels),
        effective_from=article.effective_from,
        effective_until=until,
        generation=generation,
        markdown=article.source,
        html=html,
    )


def _moment(field: str, written: str | None, zone: ZoneInfo) -> datetime | None:
    if written is None:
        return None
    try:
        return parse_moment(written, zone)
    except ValueError as error:
        raise QuestionError(field, str(error)) from error
