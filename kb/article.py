"""An article: one Markdown file's content, as FORMATS describes it, already validated."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Kind(StrEnum):
    """What an article is."""

    PRODUCT = "product"
    POLICY = "policy"
    RETURN_RULE = "return-rule"
    PROMOTION = "promotion"
    PLAYBOOK = "playbook"
    PHRASE = "phrase"


class Audience(StrEnum):
    """Who may read an article's text: a customer, or agents alone."""

    PUBLIC = "public"
    INTERNAL = "internal"


@dataclass(frozen=True)
class Article:
    """One article. Times are timezone-aware; an open end is None; an absent list is empty.

    path: the file below the library's root, with `/`.
    source: the file's whole text, front matter included, its lines ended by line feeds alone.
    body_line: the 1-based line of the file on which the body begins.
    field_lines: the line of each field that was given, and of each entry of a list as `questions[0]`.
    """

    id: str
    title: str
    kind: Kind
    path: str
    source: str
    body_line: int
    owner: str = ""
    products: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    audience: Audience = Audience.PUBLIC
    effective_from: datetime | None = None
    effective_until: datetime | None = None
    supersedes: str | None = None
    overrides: tuple[str, ...] = ()
    review_by: date | None = None
    questions: tuple[str, ...] = ()
    not_questions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    must_pass: tuple[str, ...] = ()
    field_lines: dict[str, int] = field(default_factory=dict, compare=False)

    @property
    def body(self) -> str:
        """The Markdown below the front matter."""
        return "\n".join(self.source.split("\n")[self.body_line - 1 :])
