"""One list out of the answers to the several questions of a message: each question's own first, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from kb.parts import Span
from kb.suggestion import Part

T = TypeVar("T")

# Of the threshold: what a question of several must reach to be offered behind the first.
_LIKELY = 0.5


@dataclass(frozen=True)
class Choice(Generic[T]):
    """An article in a ranking. of: what it is made a suggestion from. answers: the question that it answers."""

    article: int
    confidence: float
    of: T
    answers: Span | None = None


def merged(
    whole: Sequence[Choice[T]],
    parts: Sequence[Sequence[Choice[T]]],
    spans: Sequence[Span],
    threshold: float,
    limit: int,
) -> tuple[list[Choice[T]], tuple[Part, ...]]:
    """The suggestions of a message of several questions, each article once, and what became of each question.

    whole: the ranking for the whole message; parts: one for each question of `spans`, all best first. A question that
    has a sure answer of its own gets it before all others. Where fewer than two have different ones, the message may
    be one question with an aside: its whole ranking stands, and only behind its first come the parts' likely answers.
    """
    sure = [
        (span, part[0]) for span, part in zip(spans, parts, strict=True) if part and part[0].confidence >= threshold
    ]
    firsts: dict[int, Choice[T]] = {}
    for span, choice in sure:
        firsts.setdefault(choice.article, replace(choice, answers=span))
    if len(firsts) < 2:
        found = _behind_the_first(whole, parts, spans, threshold)[:limit]
    else:
        others = sorted((c for ranked in (whole, *parts) for c in ranked), key=lambda c: -c.confidence)
        # Of one article the surest counts: the first in the order of confidence.
        best: dict[int, Choice[T]] = {}
        for choice in others:
            best.setdefault(choice.article, choice)
        found = [*firsts.values(), *(c for article, c in best.items() if article not in firsts)][:limit]
    place = {choice.article: number for number, choice in enumerate(found, start=1)}
    answered = {span for span, _ in sure}
    shown = {s: place.get(p[0].article) for s, p in zip(spans, parts, strict=True) if _is_likely(p, threshold)}
    return found, tuple(Part(span.text, span.start, span.end, span in answered, shown.get(span)) for span in spans)


def _is_likely(part: Sequence[Choice[T]], threshold: float) -> bool:
    return bool(part) and part[0].confidence >= threshold * _LIKELY


def _behind_the_first(
    whole: Sequence[Choice[T]], parts: Sequence[Sequence[Choice[T]]], spans: Sequence[Span], threshold: float
) -> list[Choice[T]]:
    """The whole message's ranking with the likely first answers of its parts in the places after the first."""
    likely: dict[int, Choice[T]] = {}
    for span, part in zip(spans, parts, strict=True):
        if _is_likely(part, threshold):
            likely.setdefault(part[0].article, replace(part[0], answers=span))
    first = list(whole[:1])
    if first and first[0].article in likely:
        first = [replace(first[0], answers=likely.pop(first[0].article).answers)]
    return [*first, *likely.values(), *(choice for choice in whole[1:] if choice.article not in likely)]
