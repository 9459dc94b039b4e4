"""The port to a progress bar: long work says what it does, how far it is, and of how much."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called now and then during long work, the last time with done equal to total."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """`stage` is a few words for people; `done` of `total` units are finished."""
        ...


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
