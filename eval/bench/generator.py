"""The load generator: Locust's HTTP client and users, in a process and an environment of their own.

`python -m eval.bench.generator LOAD TRAFFIC` reads the one file and writes the other.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import gevent  # type: ignore[import-not-found, import-untyped, unused-ignore]
from gevent.pool import Pool  # type: ignore[import-not-found, import-untyped, unused-ignore]
from locust import FastHttpUser, task  # type: ignore[import-not-found, unused-ignore]
from locust.contrib.fasthttp import FastHttpSession  # type: ignore[import-not-found, unused-ignore]
from locust.env import Environment  # type: ignore[import-not-found, unused-ignore]

from eval.bench.traffic import Load, Request, Sample, Traffic, arrivals

_GRACE = 30.0
"""Seconds for the last answers once the time is up."""
_CONNECTIONS = 512


class _Sender:
    """Sends the requests of a load and keeps what came of each."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._left: Iterator[Request] = iter(load.requests)
        self._headers = {"Content-Type": "application/json"}
        if load.key:
            self._headers["Authorization"] = f"Bearer {load.key}"
        self.samples: list[Sample] = []
        self.ran_out = False
        self.under_way = 0
        self.began = time.perf_counter()

    @property
    def now(self) -> float:
        """Seconds since the load began."""
        return time.perf_counter() - self.began

    def send(self, client: FastHttpSession, due: float | None = None) -> None:
        """Send the next request; without a moment at which it was due it is due now."""
        request = next(self._left, None)
        if request is None:
            self.ran_out = True
            return
        self.under_way += 1
        intended = self.now if due is None else due
        try:
            method = "POST" if request.body else "GET"
            body = request.body.encode() if request.body else None
            response = client.request(method, request.path, data=body, headers=self._headers, name="ask")
            status = int(response.status_code or 0)
        except Exception:  # whatever went wrong, the asker has no answer
            status = 0
        finally:
            self.under_way -= 1
        self.samples.append(Sample(intended, self.now, status))


def run(load: Load) -> Traffic:
    """Send a load and wait for its last answers."""
    sender = _Sender(load)

    class Asker(FastHttpUser):  # type: ignore[misc, unused-ignore]
        host = load.url
        concurrency = _CONNECTIONS
        network_timeout = connection_timeout = _GRACE
        max_retries = 0

        @task  # type: ignore[untyped-decorator, unused-ignore]
        def ask(self) -> None:
            if load.rate:
                pool = Pool(_CONNECTIONS)
                for due in arrivals(load.rate, load.seconds, time.perf_counter, gevent.sleep):
                    pool.spawn(sender.send, self.client, due)
                gevent.sleep(_GRACE + load.seconds)
            elif sender.now < load.seconds and not sender.ran_out:
                sender.send(self.client)
            else:
                gevent.sleep(_GRACE)

    environment = Environment(user_classes=[Asker])
    runner = environment.create_local_runner()
    users = 1 if load.rate else load.clients
    cpu, sender.began = time.process_time(), time.perf_counter()
    runner.start(users, spawn_rate=users)
    while sender.now < load.seconds and not sender.ran_out:
        gevent.sleep(0.05)
    while sender.under_way and sender.now < load.seconds + _GRACE:
        gevent.sleep(0.02)
    cpu = time.process_time() - cpu
    return Traffic(sender.samples, cpu, sender.ran_out)


def main() -> None:
    """Read the load, send it, write what came of it."""
    load, to = map(Path, sys.argv[1:])
    run(Load.read(load)).write(to)
    # Users that sleep are not waited for.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
