"""What the talk so far adds to its last message, so that a follow-up without its subject finds it."""

from __future__ import annotations

from kb.message import asked
from kb.question import Question, Role

# A message this short seldom names its subject ("那大的那款呢", "这个能退吗").
_SHORT = 16
# Of a long turn the end is kept: before all of it the message would fall off the encoder's length.
_KEPT = 200


def searched(question: Question) -> str:
    """The text to search for: the message, behind the customer's last turn where the message is short."""
    text = asked(question.text)
    if len(text) > _SHORT:
        return text
    said = (asked(turn.text) for turn in reversed(question.history) if turn.role is Role.CUSTOMER)
    before = next(filter(None, said), "")
    return f"{before[-_KEPT:]}\n{text}" if before else text
