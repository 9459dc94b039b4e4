"""A question on its way to an answer: read, then with its candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from kb.channel_mention import ChannelMention
from kb.date_mention import OrderDate
from kb.encoder import Floats
from kb.features import FEATURES
from kb.leg import Query
from kb.parts import Span
from kb.question import MAX_HISTORY, Context, Question, Role, Turn
from kb.ranking import Pool, Ranked, Scope
from kb.understanding import Understanding

_UNASKED = FEATURES.index("channel_unasked")


@dataclass(frozen=True)
class Read:
    """A question understood, and the articles that may answer it; see `Considered`."""

    understood: Understanding
    scope: Scope
    context: Context
    at: datetime
    said: OrderDate | None
    said_where: ChannelMention | None


@dataclass(frozen=True)
class Considered:
    """A question with its candidates. features: `[m, len(FEATURES)] float32`, a row for each passage of the pool.

    context: the question's, with `at`, and with `as_of` where the talk says when was bought (`said`)
    and with `channel` where it says at which one (`said_where`).
    """

    understood: Understanding
    query: Query
    scope: Scope
    pool: Pool
    features: Floats
    context: Context = field(default_factory=Context)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    said: OrderDate | None = None
    said_where: ChannelMention | None = None

    def applies(self, item: Ranked) -> float:
        """How likely the article in one place is for this customer at all, 0..1.

        Where no channel is known, the share of the library's channels that it is for. What is lifted over another is
        for the customer's for sure, or for all whom that other is for.
        """
        lifted = item.lifted_over is not None and bool(self.scope.for_sure[item.article])
        return 1.0 if lifted else self.won_applies(item.position)

    def won_applies(self, position: int) -> float:
        """The same of the article of one passage of the pool."""
        return 1.0 - float(self.features[position, _UNASKED])


def part_questions(question: Question, spans: Sequence[Span], whole: Read) -> list[Question]:
    """Each question of a message for itself: behind the talk and those before it, in the whole message's context."""
    found: list[Question] = []
    for number, span in enumerate(spans):
        before = tuple(Turn(Role.CUSTOMER, earlier.text) for earlier in spans[:number])
        history = (*question.history, *before)[-MAX_HISTORY:]
        found.append(replace(question, text=span.text, history=history, context=whole.context))
    return found
