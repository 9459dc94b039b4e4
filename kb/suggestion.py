"""What the Assistant returns: ranked suggestions with their sources, or an honest none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

from kb.article import Article, Audience, Kind
from kb.clarify import Clarify
from kb.mood import Mood
from kb.parts import Span
from kb.passage import Passage
from kb.period import Period
from kb.why import Filtered, Weighed


class Offer(StrEnum):
    """What the suggestions of an answer are: the answer, only the nearest, or nothing."""

    ANSWER = "answer"
    NEAREST = "nearest"
    NONE = "none"


class ReplyKind(StrEnum):
    """Where a reply's words come from; `advice` is for the agent and never sent."""

    APPROVED = "approved"
    STEPS = "steps"
    TABLE = "table"
    SENTENCES = "sentences"
    ADVICE = "advice"


@dataclass(frozen=True)
class Snippet:
    """What an agent sees of the passage.

    highlights: character ranges `[start, end)` of `text`, ordered, not touching: what the reply is made of.
    words: finer ranges of the same kind, wherever they stand: the words that answer the question's words.
    """

    text: str
    highlights: tuple[tuple[int, int], ...] = ()
    words: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Source:
    """Where a suggestion comes from, so that anyone can check it.

    lines: first and last line of the passage in the article's file, 1-based, inclusive.
    effective_until: the end in force, supersession included. url: where this program shows the article.
    revision: the number of the article's revision in the published library; None where it comes from a folder.
    """

    article: str
    title: str
    headings: tuple[str, ...]
    kind: Kind
    audience: Audience
    owner: str
    lines: tuple[int, int]
    effective_from: datetime | None
    effective_until: datetime | None
    url: str
    revision: int | None = None

    @classmethod
    def of(cls, article: Article, passage: Passage, until: datetime | None, revision: int | None = None) -> Source:
        """The source of a passage. until: the end in force of its article (`Validity.end_of`)."""
        return cls(
            article=article.id,
            title=article.title,
            headings=passage.headings,
            kind=article.kind,
            audience=article.audience,
            owner=article.owner,
            lines=passage.lines,
            effective_from=article.effective_from,
            effective_until=until,
            url=f"/v1/articles/{quote(article.id)}",
            revision=revision,
        )


@dataclass(frozen=True)
class Why:
    """How a suggestion came to its place.

    scores: raw, per leg, and their `sum` as it ranks. words: those that matched. notes: what else moved it.
    features: what the sum is made of. confidence: what its log odds are made of; both the weightiest first.
    """

    scores: Mapping[str, float]
    words: tuple[str, ...]
    notes: tuple[str, ...] = ()
    features: tuple[Weighed, ...] = ()
    confidence: tuple[Weighed, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """One ranked answer. rank counts from 1; confidence is a probability in 0..1.

    reply: empty where the article holds nothing but its `questions`.
    blanks: names of the `{…}` of approved wording that the context's slots did not fill.
    answers: of several questions in the message, the one that this answers.
    period: which rule of which time it is; None where neither the article nor the question knows of any.
    """

    rank: int
    confidence: float
    reply: str
    reply_kind: ReplyKind
    snippet: Snippet
    source: Source
    why: Why | None = None
    period: Period | None = None
    blanks: tuple[str, ...] = ()
    answers: Span | None = None

    @property
    def sendable(self) -> bool:
        """Whether the reply may be sent to a customer; advice never."""
        return bool(self.reply) and self.reply_kind is not ReplyKind.ADVICE


@dataclass(frozen=True)
class Aid:
    """What helps an agent beside the answer, from an article in force: text, where its words come from, the source."""

    text: str
    kind: ReplyKind
    source: Source


@dataclass(frozen=True)
class Calm:
    """Calm first: the customer's mood, and what the library has for it.

    advice: the internal procedure for the agent, never sent. opening: approved wording to open with.
    None where the library has none in force.
    """

    mood: Mood
    advice: Aid | None
    opening: Aid | None


class Origin(StrEnum):
    """Who said it: the caller, the message, or an earlier turn of the customer's."""

    CONTEXT = "context"
    MESSAGE = "message"
    TALK = "talk"


@dataclass(frozen=True)
class Understood:
    """What was taken from the message, its talk and its context.

    products: those that the answer is to be about, as the library writes them; one that the caller gives and the
    message does not name stands first, as given. searched: the text that was searched for, only where the question
    asks to explain.
    """

    products: tuple[str, ...]
    channel: str | None
    channel_from: Origin | None
    as_of: datetime | None
    as_of_from: Origin | None
    searched: str | None = None


@dataclass(frozen=True)
class Part:
    """One of several questions in a message: its words, at the characters `[start, end)`.

    answerable: whether it has a sure answer of its own. suggestion: the rank of its likeliest answer, None where that
    is not among the suggestions.
    """

    text: str
    start: int
    end: int
    answerable: bool
    suggestion: int | None


@dataclass(frozen=True)
class Answer:
    """The Assistant's whole answer.

    answerable: whether the first suggestion is offered as the answer; if not, they are only the nearest.
    config: a short hash of everything beside the generation that decides the answer.
    took_ms: milliseconds by stage, and `total`.
    upcoming: what begins soon, where nothing in force answers; from when stands in `period.note`. Never in
    `suggestions`.
    calm: where the message is angry, threatening or pressed; beside the suggestions, which it does not change.
    parts: the questions of a message that holds several, in order; else none.
    clarify: a question back, where the message is too vague to decide; beside the suggestions, too.
    lacking: stretches of the message that the nearest has nothing of. filtered: only with `explain`.
    """

    id: str
    suggestions: tuple[Suggestion, ...]
    answerable: bool
    generation: str
    config: str
    took_ms: Mapping[str, float] = field(default_factory=dict)
    calm: Calm | None = None
    upcoming: tuple[Suggestion, ...] = ()
    understood: Understood | None = None
    parts: tuple[Part, ...] = ()
    clarify: Clarify | None = None
    lacking: tuple[str, ...] = ()
    filtered: tuple[Filtered, ...] = ()

    @property
    def offered(self) -> Offer:
        """What the suggestions are."""
        if self.answerable:
            return Offer.ANSWER
        return Offer.NEAREST if self.suggestions else Offer.NONE

    @property
    def whom_to_ask(self) -> str:
        """Where only the nearest is offered, who answers for it; may be empty."""
        return self.suggestions[0].source.owner if self.offered is Offer.NEAREST else ""
