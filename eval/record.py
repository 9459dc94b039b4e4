"""What a run keeps of one question: one line of run.jsonl, read again by comparison, gate and report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.decisive import stands_in
from eval.errors import EvaluationError
from eval.question_set import LabelledQuestion
from eval.split import half
from kb.suggestion import Answer, Suggestion

RUN = "run.jsonl"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Ranked(_Row):
    """One suggestion as it came. highlights: character ranges `[start, end)` of the snippet."""

    article: str
    title: str
    headings: tuple[str, ...]
    kind: str
    lines: tuple[int, int]
    scores: dict[str, float]
    confidence: float
    reply: str
    reply_kind: str
    snippet: str
    highlights: tuple[tuple[int, int], ...]
    words: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Wanted(_Row):
    """One relevant article, its rank from 1 (None: not among the ten), and whether the heading shown is right.

    under_heading: None where no heading is named or the article did not come.
    """

    article: str
    heading: str | None
    grade: int
    rank: int | None
    under_heading: bool | None


class Verdicts(_Row):
    """What was right; None where it does not apply. missing: decisive strings not in the first suggestion.

    right: the whole verdict. For an answerable question the first article is relevant and no decisive string is
    missing; for an unanswerable one nothing was offered.
    """

    success_at_1: bool | None = Field(None, alias="success@1")
    success_at_3: bool | None = Field(None, alias="success@3")
    success_at_5: bool | None = Field(None, alias="success@5")
    answer_at_1: bool | None = Field(None, alias="answer@1")
    missing: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    right: bool = False


class Record(_Row):
    """One question of a run.

    answerable: the label. served: whether the Assistant offered its first suggestion as the answer.
    confidence: of the first suggestion, 0 without one. error: why the run lost the question, or None.
    """

    id: str
    question: str
    history: tuple[dict[str, str], ...] = ()
    context: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    half: str
    answerable: bool
    answer_contains: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    relevant: tuple[Wanted, ...] = ()
    ranking: tuple[Ranked, ...] = ()
    verdicts: Verdicts
    served: bool = False
    confidence: float = 0.0
    took_ms: dict[str, float] = {}
    error: str | None = None

    @property
    def grades(self) -> dict[str, int]:
        """The best grade of each relevant article; empty for an unanswerable question."""
        best: dict[str, int] = {}
        for wanted in self.relevant if self.answerable else ():
            best[wanted.article] = max(best.get(wanted.article, 0), wanted.grade)
        return best


def record_of(question: LabelledQuestion, answer: Answer | None, error: str | None = None) -> Record:
    """A question with its answer judged; without an answer it is lost, and every verdict on it is no."""
    suggestions = answer.suggestions if answer else ()
    context = question.context
    said = {
        "product": context.product,
        "channel": context.channel,
        "stage": context.stage,
        "at": context.at and context.at.isoformat(),
        "as_of": context.as_of and context.as_of.isoformat(),
    }
    served = answer is not None and answer.answerable
    return Record(
        id=question.id,
        question=question.text,
        history=tuple({"role": turn.role, "text": turn.text} for turn in question.history),
        context={name: value for name, value in said.items() if value},
        tags=question.tags,
        half=half(question),
        answerable=question.answerable,
        answer_contains=question.answer_contains,
        forbidden=question.forbidden,
        relevant=tuple(_wanted(question, suggestions)),
        ranking=tuple(_ranked(suggestion) for suggestion in suggestions),
        verdicts=_verdicts(question, suggestions, served, lost=answer is None),
        served=served,
        confidence=suggestions[0].confidence if suggestions else 0.0,
        took_ms=dict(answer.took_ms) if answer else {},
        error=error if answer is None else None,
    )


def read_records(folder: Path) -> tuple[Record, ...]:
    """The records of a run's folder. Raises EvaluationError naming the line that cannot be read."""
    try:
        lines = (folder / RUN).read_bytes().splitlines()
    except OSError as error:
        raise EvaluationError(
            f"{folder / RUN} cannot be read ({error.strerror}); name a folder of `kb eval run`"
        ) from error
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(Record.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            raise EvaluationError(f"{folder / RUN}:{number}: {first['loc']}: {first['msg']}; run it again") from error
    return tuple(records)


def first_ranks(suggestions: Sequence[Suggestion]) -> dict[str, int]:
    """The rank of each suggested article, from 1."""
    ranks: dict[str, int] = {}
    for rank, suggestion in enumerate(suggestions, start=1):
        ranks.setdefault(suggestion.source.article, rank)
    return ranks


def missing_strings(decisive: Sequence[str], suggestions: Sequence[Suggestion]) -> tuple[str, ...]:
    """Those of the decisive strings that stand neither in the first suggestion's reply nor in its snippet."""
    if not suggestions:
        return tuple(decisive)
    first = suggestions[0]
    return tuple(s for s in decisive if not stands_in(s, first.reply) and not stands_in(s, first.snippet.text))


def _wanted(question: LabelledQuestion, suggestions: Sequence[Suggestion]) -> list[Wanted]:
    ranks = first_ranks(suggestions)
    found = []
    for relevant in question.relevant:
        rank = ranks.get(relevant.article)
        shown = suggestions[rank - 1].source.headings if rank is not None else None
        under = None if relevant.heading is None or shown is None else same_heading(relevant.heading, shown)
        found.append(
            Wanted(
                article=relevant.article,
                heading=relevant.heading,
                grade=relevant.grade,
                rank=rank,
                under_heading=under,
            )
        )
    return found


def same_heading(wanted: str, path: Sequence[str]) -> bool:
    """Whether a heading, spaces and case aside, is on a path."""
    return " ".join(wanted.split()).casefold() in {" ".join(name.split()).casefold() for name in path}


def _ranked(suggestion: Suggestion) -> Ranked:
    source, why = suggestion.source, suggestion.why
    return Ranked(
        article=source.article,
        title=source.title,
        headings=source.headings,
        kind=source.kind,
        lines=source.lines,
        scores=dict(why.scores) if why else {},
        confidence=suggestion.confidence,
        reply=suggestion.reply,
        reply_kind=suggestion.reply_kind,
        snippet=suggestion.snippet.text,
        highlights=suggestion.snippet.highlights,
        words=why.words if why else (),
        notes=why.notes if why else (),
    )


def _verdicts(question: LabelledQuestion, suggestions: Sequence[Suggestion], served: bool, lost: bool) -> Verdicts:
    ranks = first_ranks(suggestions)
    grades = question.grades
    best = min((ranks[article] for article in grades if article in ranks), default=None)
    found = {k: (best is not None and best <= k) if grades else None for k in (1, 3, 5)}
    missing = missing_strings(question.answer_contains, suggestions)
    answer = not missing if question.answer_contains else None
    right = not lost and (found[1] is not False and answer is not False if question.answerable else not served)
    return Verdicts.model_validate(
        {
            "success@1": found[1],
            "success@3": found[3],
            "success@5": found[5],
            "answer@1": answer,
            "missing": missing,
            "forbidden": tuple(article for article in question.forbidden if article in ranks),
            "right": right,
        }
    )
