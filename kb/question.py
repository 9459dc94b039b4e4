"""A question: what the customer wrote, what was said before, and what is known around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kb.errors import QuestionError

MAX_QUESTION = 2_000
MAX_TURN = 4_000
MAX_NAME = 200
MAX_HISTORY = 50
MAX_LIMIT = 10
MAX_SLOTS = 50
MAX_SLOT_NAME = 40
MAX_SLOT = 200
# Days are counted back and forth from these moments, and the calendar has ends.
FIRST_YEAR = 1970
LAST_YEAR = 2999


class Role(StrEnum):
    """Who said a turn of the talk."""

    CUSTOMER = "customer"
    AGENT = "agent"


class Stage(StrEnum):
    """Where in a sale the talk is."""

    PRE_SALE = "pre-sale"
    IN_SALE = "in-sale"
    AFTER_SALE = "after-sale"


@dataclass(frozen=True)
class Turn:
    """One earlier message of the talk."""

    role: Role
    text: str


@dataclass(frozen=True)
class Context:
    """What is known around a question; what is absent restricts nothing.

    at: when it is asked (absent: now). as_of: the order's date (absent: `at`). Both timezone-aware.
    slots: what the blanks `{name}` of approved wording are filled with, by name; customers' data, never logged.
    """

    product: str | None = None
    channel: str | None = None
    stage: Stage | None = None
    at: datetime | None = None
    as_of: datetime | None = None
    slots: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True)
class Question:
    """The last message of a customer with its talk and context.

    Raises QuestionError, naming the field, where it is empty or over a bound.
    """

    text: str
    history: tuple[Turn, ...] = ()
    context: Context = field(default_factory=Context)
    limit: int = 5
    explain: bool = False

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise QuestionError("question", "is empty; send what the customer wrote")
        _check_text("question", self.text, MAX_QUESTION)
        if len(self.history) > MAX_HISTORY:
            raise QuestionError("history", f"has {len(self.history)} turns; at most {MAX_HISTORY}")
        for number, turn in enumerate(self.history):
            _check_text(f"history[{number}].text", turn.text, MAX_TURN)
        for name, said in (("product", self.context.product), ("channel", self.context.channel)):
            _check_text(f"context.{name}", said or "", MAX_NAME)
        if not 1 <= self.limit <= MAX_LIMIT:
            raise QuestionError("limit", f"is {self.limit}; from 1 to {MAX_LIMIT}")
        _check_slots(self.context.slots)
        for name, moment in (("at", self.context.at), ("as_of", self.context.as_of)):
            if moment is not None and moment.tzinfo is None:
                raise QuestionError(f"context.{name}", "has no offset; write it as 2026-11-22T10:00:00+08:00")
            if moment is not None and not FIRST_YEAR <= moment.year <= LAST_YEAR:
                raise QuestionError(f"context.{name}", f"is in {moment.year}; from {FIRST_YEAR} to {LAST_YEAR}")


def _check_slots(slots: Mapping[str, str]) -> None:
    """Messages name the field, never what a customer's data says."""
    if len(slots) > MAX_SLOTS:
        raise QuestionError("context.slots", f"has {len(slots)} entries; at most {MAX_SLOTS}")
    for number, (name, text) in enumerate(slots.items()):
        _check_text(f"context.slots, name {number + 1}", name, MAX_SLOT_NAME)
        if not name.strip():
            raise QuestionError("context.slots", f"has an empty name, the {number + 1}.; name the blank it fills")
        _check_text(f"context.slots.{name}", text, MAX_SLOT)


def _check_text(field: str, text: str, most: int) -> None:
    if len(text) > most:
        raise QuestionError(field, f"has {len(text)} characters; at most {most}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise QuestionError(field, "holds half of a surrogate pair; send it as UTF-8") from error
