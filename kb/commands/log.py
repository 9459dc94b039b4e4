"""The program's own log: lines on the error output, from `info` on."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

from kb.visible import shown


def configure_log() -> None:
    """Call once in each process that runs a command."""
    given = [one for one in structlog.get_config()["processors"] if one is not _visible]
    structlog.configure(
        processors=[_visible, *given],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _visible(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:  # noqa: ARG001 (structlog's call)
    """What articles and customers wrote commands no terminal on which the log is read."""
    return {key: shown(value) if isinstance(value, str) else value for key, value in event.items()}
