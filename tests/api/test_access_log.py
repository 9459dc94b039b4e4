from __future__ import annotations

import logging

import pytest

from api.access_log import hide_queries


def test_a_query_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("uvicorn.access")
    before, propagate = list(log.filters), log.propagate
    log.propagate = True
    try:
        hide_queries()
        with caplog.at_level(logging.INFO, "uvicorn.access"):
            address = "/v1/calendar.ics?token=kbfeed_secret&days=7"
            log.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:1", "GET", address, "1.1", 200)
            log.info("another line")
    finally:
        log.filters[:], log.propagate = before, propagate
    assert caplog.messages == ['127.0.0.1:1 - "GET /v1/calendar.ics HTTP/1.1" 200', "another line"]
