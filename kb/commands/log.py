"""The program's own log: lines on the error output, from `info` on."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_log() -> None:
    """Call once in each process that runs a command."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
