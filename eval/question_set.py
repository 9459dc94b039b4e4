"""Question sets: one JSON object a line, as FORMATS describes it, read whole or refused with every problem."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    ValidationError,
)

from eval.errors import QuestionSetError
from kb.errors import Problem, QuestionError
from kb.moment import parse_moment
from kb.question import MAX_LIMIT, Context, Question, Role, Stage, Turn

FULL = 3
"""The grade of an article that answers in full."""


@dataclass(frozen=True)
class Relevant:
    """One article that answers. grade: 3 in full, 2 in part, 1 on the topic (a BEIR folder's own grade as it is).

    heading: any heading on the path of the passage that answers, or None.
    """

    article: str
    heading: str | None = None
    grade: int = FULL


@dataclass(frozen=True)
class LabelledQuestion:
    """One question with what is right for it. line: where it stands in its file, from 1.

    answer_contains: each must stand in the first suggestion's reply or snippet. forbidden: articles that must
    not be suggested. answerable: false where the library does not answer and the right suggestion is none.
    """

    id: str
    text: str
    history: tuple[Turn, ...] = ()
    context: Context = field(default_factory=Context)
    relevant: tuple[Relevant, ...] = ()
    answer_contains: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    answerable: bool = True
    tags: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)

    def asked(self) -> Question:
        """The Question for the Assistant: ten suggestions, explained. Raises QuestionError for one out of bounds."""
        return Question(self.text, self.history, self.context, limit=MAX_LIMIT, explain=True)

    @property
    def grades(self) -> dict[str, int]:
        """The best grade of each relevant article; empty for an unanswerable question."""
        best: dict[str, int] = {}
        for relevant in self.relevant if self.answerable else ():
            best[relevant.article] = max(best.get(relevant.article, 0), relevant.grade)
        return best


def _present(value: object) -> object:
    """An object without its nulls: what is null is absent."""
    return {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Turn(_Line):
    role: Role
    text: str


class _Context(_Line):
    product: _Name | None = None
    channel: _Name | None = None
    stage: Stage | None = None
    at: str | None = None
    as_of: str | None = None


class _Relevant(_Line):
    article: _Name
    heading: _Text | None = None
    grade: Annotated[StrictInt, Field(ge=1, le=FULL)] = FULL


class _Labelled(_Line):
    id: _Name
    question: _Text
    history: list[Annotated[_Turn, BeforeValidator(_present)]] = []
    context: Annotated[_Context, BeforeValidator(_present)] = Field(default_factory=_Context)
    relevant: list[Annotated[_Relevant, BeforeValidator(_present)]] = []
    answer_contains: list[_Text] = []
    forbidden: list[_Name] = []
    answerable: StrictBool = True
    tags: list[_Name] = []


def read_question_set(path: Path, zone: ZoneInfo) -> tuple[LabelledQuestion, ...]:
    """Every question of a file, in its order; empty lines are passed over.

    zone: where a bare date begins. Raises QuestionSetError with every bad line, by file, line and field.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise QuestionSetError([Problem(str(path), 1, f"cannot be read: {error.strerror}", "name a file")]) from error
    found, problems = parse_question_set(raw, str(path), zone)
    if problems:
        raise QuestionSetError(problems)
    if not found:
        raise QuestionSetError([Problem(str(path), 1, "the file holds no questions", "write one JSON object a line")])
    return found


def parse_question_set(
    raw: bytes, path: str, zone: ZoneInfo
) -> tuple[tuple[LabelledQuestion, ...], tuple[Problem, ...]]:
    """The questions of a file's bytes that can be read, and every problem; `path` names the file in them."""
    found: list[LabelledQuestion] = []
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        question, wrong = parse_line(line, path, number, zone)
        problems.extend(wrong)
        if question is None:
            continue
        if question.id in lines:
            what = f"`id`: {question.id} stands on line {lines[question.id]} already"
            problems.append(Problem(path, number, what, "give each question its own id"))
            continue
        lines[question.id] = number
        found.append(question)
    return tuple(found), tuple(problems)


def parse_line(line: bytes, path: str, number: int, zone: ZoneInfo) -> tuple[LabelledQuestion | None, list[Problem]]:
    """One line as a question, or None with everything that is wrong with it."""
    found = list(_wrong_json(line)) or None
    if found is None:
        try:
            return _labelled(_Labelled.model_validate(_present(json.loads(line))), number, zone), []
        except ValidationError as error:
            found = [(_path(e["loc"]), e["msg"]) for e in error.errors()]
        except _BadFieldsError as error:
            found = error.found
    return None, [Problem(path, number, f"{f'`{name}`: ' if name else ''}{what}", _mend(name)) for name, what in found]


class _BadFieldsError(Exception):
    """Fields that are well formed and cannot be meant."""

    def __init__(self, found: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.found = list(found)


def _labelled(line: _Labelled, number: int, zone: ZoneInfo) -> LabelledQuestion:
    """The question of a validated line. Raises _BadFieldsError."""
    wrong: list[tuple[str, str]] = []
    moments: dict[str, Any] = {"at": None, "as_of": None}
    for name in moments:
        written = getattr(line.context, name)
        try:
            moments[name] = parse_moment(written, zone) if written is not None else None
        except ValueError as error:
            wrong.append((f"context.{name}", str(error)))
    context = Context(line.context.product, line.context.channel, line.context.stage, **moments)
    question = LabelledQuestion(
        id=line.id,
        text=line.question,
        history=tuple(Turn(turn.role, turn.text) for turn in line.history),
        context=context,
        relevant=tuple(Relevant(r.article, r.heading, r.grade) for r in line.relevant),
        answer_contains=tuple(line.answer_contains),
        forbidden=tuple(line.forbidden),
        answerable=line.answerable,
        tags=tuple(dict.fromkeys(line.tags)),
        line=number,
    )
    both = sorted(set(question.grades) & set(question.forbidden))
    if both:
        wrong.append(("forbidden", f"{', '.join(both)} cannot be relevant and forbidden"))
    try:
        question.asked()
    except QuestionError as error:
        wrong.append((error.field, error.message))
    if wrong:
        raise _BadFieldsError(wrong)
    return question


def _wrong_json(line: bytes) -> Iterator[tuple[str, str]]:
    """What keeps a line from being one JSON object that says each field once."""
    said: list[str] = []

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        said.extend(sorted({name for name in names if names.count(name) > 1}))
        return dict(pairs)

    try:
        value = json.loads(line.decode("utf-8"), object_pairs_hook=once)
    except UnicodeDecodeError as error:
        yield "", f"not UTF-8: byte {error.start + 1} of the line is 0x{line[error.start]:02X}"
    except RecursionError:
        yield "", "nested too deep"
    except ValueError as error:
        yield "", f"not JSON: {error}"
    else:
        if not isinstance(value, dict):
            yield "", "not a JSON object"
        yield from ((name, "is said twice") for name in said)


def _path(loc: Sequence[int | str]) -> str:
    """`relevant[0].article`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc]
    return "".join(parts).removeprefix(".")


def _mend(name: str) -> str:
    known = ", ".join(_Labelled.model_fields)
    first = name.split(".")[0].split("[")[0]
    if not name:
        return "write one JSON object a line, in UTF-8"
    return "correct this field" if first in _Labelled.model_fields else f"known fields: {known}"
