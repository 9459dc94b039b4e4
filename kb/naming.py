"""A product's name put before a customer's message, so that the two read as one question."""

from __future__ import annotations

from kb.content import content

# So many letters may stand before a kind of thing in the message ("电动牙刷") that a product's name leaves out.
_BEFORE_KIND = 2
_FIGURES = "0123456789. -"


def named_first(name: str, message: str, title: str) -> str:
    """The name before the message; the kind of thing that both name stands once (W10洗衣机 + 洗衣机能洗…).

    What stands before the kind in the message is left out only where it says nothing ("这个牙刷") or the product's
    title has it too ("电动牙刷").
    """
    for length in range(min(len(name), len(message)), 1, -1):
        kind = name[-length:]
        if not kind.strip(_FIGURES) or _is_within_word(name, length):
            continue
        at = message.find(kind)
        if at == 0 or (0 < at <= _BEFORE_KIND and (message[: at + length] in title or not content(message[:at]))):
            return name + message[at + length :]
    return f"{name} {message}"


def _is_within_word(name: str, length: int) -> bool:
    """Whether the end of a name begins within a run of Latin letters and digits (the 10 of W10)."""
    joint = name[-length - 1 :][:2]
    return length < len(name) and joint.isascii() and joint.isalnum()
