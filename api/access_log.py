"""The server's log of requests, without what a query carries: a calendar's address has its token there."""

from __future__ import annotations

import logging

_PATH = 2


class _WithoutQueries(logging.Filter):
    """Cuts the query off each logged address."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record is changed."""
        arguments = record.args
        if isinstance(arguments, tuple) and len(arguments) > _PATH:
            path = str(arguments[_PATH]).partition("?")[0]
            record.args = (*arguments[:_PATH], path, *arguments[_PATH + 1 :])
        return True


def hide_queries() -> None:
    """Call once uvicorn has set its logs up."""
    logging.getLogger("uvicorn.access").addFilter(_WithoutQueries())
