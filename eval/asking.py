"""What a generation is asked before it serves: the articles' own questions, an evaluation set, real questions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from eval.question_set import LabelledQuestion
from kb.article import Article
from kb.index import Index
from kb.question import MAX_LIMIT, Context, Question, Turn


class From(StrEnum):
    """Where a question comes from."""

    MUST_PASS = "must_pass"  # noqa: S105 (a name)
    SET = "set"
    RECENT = "recent"


@dataclass(frozen=True)
class Asking:
    """One question with the moment it is asked at.

    by_clock: whether that moment is now, and so another one next time. article: whose `must_pass` it is.
    label: what is right, of a set's question. count: how often it was really asked.
    """

    origin: From
    name: str
    text: str
    at: datetime
    by_clock: bool
    history: tuple[Turn, ...] = ()
    context: Context = field(default_factory=Context)
    article: str = ""
    label: LabelledQuestion | None = None
    count: int = 1

    @property
    def key(self) -> str:
        """The same for the same question about the same article, whatever it is asked of."""
        return f"{self.origin}\n{self.article}\n{self.name}"

    @property
    def said(self) -> str:
        """A hash of all that is asked but the clock."""
        context = replace(self.context, at=None if self.by_clock else self.at)
        return hashlib.sha256(repr((self.text, self.history, context)).encode()).hexdigest()[:16]

    @property
    def question(self) -> Question:
        """For the Assistant. Raises QuestionError for one out of bounds."""
        return Question(self.text, self.history, replace(self.context, at=self.at), limit=MAX_LIMIT)


def must_pass_of(index: Index, articles: Iterable[Article], now: datetime) -> tuple[list[Asking], int]:
    """The articles' `must_pass` questions, and how many rest, their article being over; see `eval.gate.must_pass`."""
    found: list[Asking] = []
    ended = 0
    for article in articles:
        if not article.must_pass:
            continue
        at = max(now, article.effective_from) if article.effective_from else now
        ordinal = index.ordinal(article.id)
        end = index.validity.end_of(ordinal) if ordinal is not None else None
        if end is not None and at >= end:
            ended += len(article.must_pass)
            continue
        product = article.products[0] if article.products else None
        channel = article.channels[0] if article.channels else None
        context = Context(product=product, channel=channel)
        found += [
            Asking(From.MUST_PASS, text, text, at, at == now, context=context, article=article.id)
            for text in dict.fromkeys(article.must_pass)
        ]
    return found, ended


def of_set(questions: Sequence[LabelledQuestion], now: datetime) -> list[Asking]:
    """The questions of an evaluation set, those without a moment asked now."""
    return [
        Asking(From.SET, q.id, q.text, q.context.at or now, q.context.at is None, q.history, q.context, label=q)
        for q in questions
    ]


def of_recent(questions: Iterable[tuple[str, int]], now: datetime) -> list[Asking]:
    """Real questions as (text, how often), each text once, asked now."""
    counts: dict[str, int] = {}
    for text, count in questions:
        if text.strip():
            counts[text] = counts.get(text, 0) + count
    return [Asking(From.RECENT, text, text, now, by_clock=True, count=count) for text, count in counts.items()]
