"""A passage: the unit that is indexed, a stretch of one section of one article."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class PassageKind(StrEnum):
    """What the larger part of a passage is.

    TABLE and PROCEDURE may begin with the words that introduce them; ANSWER is the text of a section whose
    heading is a question, unless that is a procedure; QUESTION is an entry of the article's `questions`.
    """

    TEXT = "text"
    TABLE = "table"
    PROCEDURE = "procedure"
    ANSWER = "answer"
    REPLY = "reply"
    QUESTION = "question"


@dataclass(frozen=True)
class Passage:
    """One passage.

    article: the article's id. ordinal: its place in the article, from 0.
    headings: the section's heading path, outermost first; the article's title is not part of it.
    lead: text that belongs with this passage and stands elsewhere already (a split table's header row);
        encoded and searched with it, shown before it, never counted as its own text.
    text: the passage's own plain text, without Markdown marks.
    lines: first and last line in the file, 1-based, both inclusive.
    """

    article: str
    ordinal: int
    kind: PassageKind
    title: str
    headings: tuple[str, ...]
    text: str
    lines: tuple[int, int]
    lead: str = ""

    @property
    def shown(self) -> str:
        """What a person sees of it: the lead, if any, and the text."""
        return f"{self.lead}\n{self.text}" if self.lead else self.text

    @property
    def heading(self) -> str:
        """Title and heading path on one line, as it is encoded before the text."""
        return " > ".join((self.title, *self.headings))

    @property
    def encoded(self) -> str:
        """What the encoder sees: the heading line, a newline, and what is shown."""
        return f"{self.heading}\n{self.shown}"

    @cached_property
    def hash(self) -> str:
        """SHA-256 of what is encoded, hex: the key of its vectors in the cache."""
        return hashlib.sha256(self.encoded.encode()).hexdigest()
