"""The port to a desk that answers in the publisher's own process, so that nothing is loaded twice."""

from __future__ import annotations

from typing import Protocol

from kb.assistant import Assistant


class Desk(Protocol):
    """Where questions are answered."""

    def current(self) -> Assistant | None:
        """What answers now."""
        ...

    def offer(self, assistant: Assistant) -> None:
        """Hand over an Assistant, warm, for when the pointer names its generation; and look at the pointer soon."""
        ...


class NoDesk:
    """For processes that answer nobody."""

    def current(self) -> Assistant | None:
        """Nothing."""
        return None

    def offer(self, assistant: Assistant) -> None:
        """Not needed."""
