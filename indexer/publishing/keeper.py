"""Completes what a publisher that died has left, while others serve: nobody need restart anything."""

from __future__ import annotations

from indexer.publishing.publisher import Publisher
from kb.periodic import Periodic

_EVERY = 2.0


class Keeper(Periodic):
    """Looks now and then whether the store holds an accepted publication that does not serve."""

    def __init__(self, publisher: Publisher, every: float = _EVERY) -> None:
        self._publisher = publisher
        super().__init__("keeper", every, self._complete, "publications cannot be completed")

    def _complete(self) -> None:
        if self._publisher.is_behind():
            self._publisher.recover_if_free()
