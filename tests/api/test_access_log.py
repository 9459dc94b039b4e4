from __future__ import annotations

import logging

import pytest

from api.access_log import hide_queries


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> logging.Logger:
    """uvicorn's log of requests, into `caplog` alone: whatever servers of this process have made of it."""
    log = logging.getLogger("uvicorn.access")
    monkeypatch.setattr(log, "handlers", [caplog.handler])
    monkeypatch.setattr(log, "filters", [])
    monkeypatch.setattr(log, "propagate", False)
    caplog.set_level(logging.INFO, log.name)
    return log


def test_a_query_is_never_logged(log: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    hide_queries()
    address = "/v1/calendar.ics?token=kbfeed_secret&days=7"
    log.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:1", "GET", address, "1.1", 200)
    log.info("another line")
    assert caplog.messages == ['127.0.0.1:1 - "GET /v1/calendar.ics HTTP/1.1" 200', "another line"]
