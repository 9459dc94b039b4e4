"""What the Assistant returns: ranked suggestions with their sources, or an honest none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kb.article import Audience, Kind


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

    highlights: character ranges `[start, end)` of `text`, ordered, not touching.
    """

    text: str
    highlights: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Source:
    """Where a suggestion comes from, so that anyone can check it.

    lines: first and last line of the passage in the article's file, 1-based, inclusive.
    effective_until: the end in force, supersession included. url: where this program shows the article.
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


@dataclass(frozen=True)
class Why:
    """How a suggestion came to its place: raw score per leg, and the words that matched."""

    scores: Mapping[str, float]
    words: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """One ranked answer. rank counts from 1; confidence is a probability in 0..1."""

    rank: int
    confidence: float
    reply: str
    reply_kind: ReplyKind
    snippet: Snippet
    source: Source
    why: Why | None = None


@dataclass(frozen=True)
class Answer:
    """The Assistant's whole answer.

    answerable: whether the first suggestion is offered as the answer; if not, they are only the nearest.
    config: a short hash of everything beside the generation that decides the answer.
    took_ms: milliseconds by stage, and `total`.
    """

    id: str
    suggestions: tuple[Suggestion, ...]
    answerable: bool
    generation: str
    config: str
    took_ms: Mapping[str, float] = field(default_factory=dict)
