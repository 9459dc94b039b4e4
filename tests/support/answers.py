"""Questions as tests write them, and what of an answer they look at."""

from __future__ import annotations

from dataclasses import replace

from kb.moment import parse_moment
from kb.question import Context, Question
from kb.suggestion import Answer
from tests.support.articles import ZONE


def asked(text: str, limit: int = 10, explain: bool = False, **context: str) -> Question:
    """A question in this context; `at` and `as_of` as moments are written."""
    said = {k: parse_moment(v, ZONE) if k in ("at", "as_of") else v for k, v in context.items()}
    return Question(text, context=Context(**said), limit=limit, explain=explain)  # type: ignore[arg-type]


def articles(answer: Answer) -> list[str]:
    """The ids of the suggestions' articles, best first."""
    return [s.source.article for s in answer.suggestions]


def still(answer: Answer) -> Answer:
    """An answer without what differs from one call to the next."""
    return replace(answer, id="", took_ms={})
