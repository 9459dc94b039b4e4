"""Of which time a suggestion's rule is, and where that rule changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Change:
    """Where one rule takes another's place. article, title: the other rule, which did not answer."""

    at: datetime
    article: str
    title: str


@dataclass(frozen=True)
class Period:
    """Which rule of which time was used.

    as_of: the moment whose rule it is. said: the customer's words that set it, or None.
    effective_until: the end in force, supersession included. note: one line in Chinese for the agent.
    change: where the same rule changes between that moment and the question, or within the time that was said.
    """

    as_of: datetime
    said: str | None
    effective_from: datetime | None
    effective_until: datetime | None
    change: Change | None
    note: str
