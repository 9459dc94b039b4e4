"""What goes in and out over HTTP. The evaluation reads the same shapes from question sets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from kb.article import Article, Audience, Kind
from kb.errors import QuestionError
from kb.moment import parse_moment
from kb.question import MAX_HISTORY, MAX_LIMIT, MAX_NAME, MAX_QUESTION, MAX_TURN, Context, Question, Role, Stage, Turn
from kb.suggestion import Answer, ReplyKind

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME)]


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

    def context(self, zone: ZoneInfo) -> Context:
        """The same with its times read. Raises QuestionError naming the field."""
        return Context(
            product=self.product,
            channel=self.channel,
            stage=self.stage,
            at=_moment("context.at", self.at, zone),
            as_of=_moment("context.as_of", self.as_of, zone),
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

    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUESTION)]
    history: Annotated[list[TurnIn], Field(max_length=MAX_HISTORY)] = []
    context: ContextIn = Field(default_factory=ContextIn)
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 5
    explain: bool = False

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
    """What an agent sees of the passage; highlights are character ranges `[start, end)` of the text."""

    text: str
    highlights: list[tuple[int, int]]


class SourceOut(_Out):
    """Where a suggestion comes from. `lines` are of the article's file, 1-based, both inclusive."""

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


class WhyOut(_Out):
    """Raw score per leg and the words that matched."""

    scores: dict[str, float]
    words: list[str]
    notes: list[str]


class SuggestionOut(_Out):
    """One ranked answer; an `advice` reply is for the agent and never sent."""

    rank: int
    confidence: float
    reply: str
    reply_kind: ReplyKind
    snippet: SnippetOut
    source: SourceOut
    why: WhyOut | None = None


class AnswerOut(_Out):
    """Ranked suggestions; where `answerable` is false they are only the nearest."""

    id: str
    suggestions: list[SuggestionOut]
    answerable: bool
    generation: str
    config: str
    took_ms: dict[str, float]


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


class FieldError(BaseModel):
    """One field that is wrong: its path, and what to do."""

    field: str
    message: str


class ErrorOut(BaseModel):
    """Every error of the API: a sentence, and the fields where the request is to blame."""

    error: str
    fields: list[FieldError] = []


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
