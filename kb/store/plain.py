"""Text from people made fit to keep: what no database takes becomes a sign that something stood there."""

from __future__ import annotations


def plain(text: str) -> str:
    """The text with each NUL and each lone surrogate as U+FFFD; all else as it is."""
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
