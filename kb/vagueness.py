"""How little a message says: whether anything is left to decide by when its empty words are gone."""

from __future__ import annotations

from dataclasses import dataclass

from kb.message import greets_only
from kb.question import Context
from kb.subject import size, subject
from kb.understanding import Understanding

SHORT = 3
"""A message that names things in so many characters or fewer says little."""


@dataclass(frozen=True)
class Vagueness:
    """How little a message says, its talk included.

    words: what names something in it. known: whether a product is, by it, the talk or the context. silent: whether
    it greets only or holds no letter, and so asks nothing.
    """

    words: tuple[str, ...]
    known: bool
    silent: bool

    @property
    def bare(self) -> bool:
        """Whether it says nothing of what it is about, a product aside."""
        return not self.words and not self.silent

    @property
    def is_vague(self) -> bool:
        """Whether it is worth a look at more candidates."""
        return not self.silent and size(self.words) <= SHORT


def vagueness(understood: Understanding, context: Context) -> Vagueness:
    """Read once for a question; `Clarifier.clarify` decides by it."""
    mentions = (*understood.named, *understood.talked_about)
    known, message = bool(context.product or mentions), understood.message
    if greets_only(message) or not any(map(str.isalnum, message)):
        return Vagueness((), known, silent=True)
    return Vagueness(subject(understood.searched, [m.alias for m in mentions]), known, silent=False)
