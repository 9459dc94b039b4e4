"""Clients that ask without pause while publications and withdrawals run: counts failures and withdrawn answers.

`python -m tests.publishing.load --changes 200 --clients 16` prints the counts; the suite runs a short version.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from indexer.publishing.publisher import Publisher
from kb.store.key_store import KeyStore
from kb.store.library_store import LibraryStore
from kb.store.records import AccessRole, Change
from tests.support.articles import article_text
from tests.support.publishing import OWNER, opened, shop

_MARK = re.compile(r"第(\d+)版")
_QUESTIONS = ("运费多少钱？", "发什么快递？")


@dataclass
class Counts:
    """What happened. dead: the marks of texts whose withdrawal or replacement has its receipt; never the same again.

    stale: answers to requests begun after the receipt that still had such a text. late: to requests that ran while
    the receipt came, and were read by the client after it.
    """

    dead: frozenset[str] = frozenset()
    asked: int = 0
    failed: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    late: int = 0
    milliseconds: list[float] = field(default_factory=list)
    receipts: list[dict[str, Any]] = field(default_factory=list)
    publish_ms: list[float] = field(default_factory=list)
    generations: set[str] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def table(self) -> str:
        """The counts for people."""
        ask = sorted(self.milliseconds)
        publish = sorted(self.publish_ms)
        incomplete = sum(not receipt["is_complete"] for receipt in self.receipts)
        withdrawals = sum(c["revision"] is None for r in self.receipts for c in r["changes"])
        return "\n".join(
            (
                f"publications                               {len(self.receipts)} ({withdrawals} withdrawals)",
                f"receipts that were not complete            {incomplete}",
                f"requests                                   {self.asked}",
                f"failed requests                            {len(self.failed)}",
                f"withdrawn text in answers after receipt    {len(self.stale)}",
                f"  begun before the receipt, read after it  {self.late}",
                f"generations seen by clients                {len(self.generations)}",
                f"ms a request, p50 / p99 / most             {_quantile(ask, 0.5):.0f} / {_quantile(ask, 0.99):.0f}"
                f" / {ask[-1] if ask else 0:.0f}",
                f"ms a publication, p50 / p99 / most         {_quantile(publish, 0.5):.0f}"
                f" / {_quantile(publish, 0.99):.0f} / {publish[-1] if publish else 0:.0f}",
            )
        )


def run(var: Path, changes: int, clients: int, servers: int = 2) -> Counts:
    """Publish and withdraw so many times, by HTTP to each server and from this process in turn, under load."""
    counts = Counts()
    with ExitStack() as stack:
        publisher, store = stack.enter_context(opened(var, patience=60))
        publisher.publish_folder(shop(var / "folder"), OWNER, "first")
        keys = KeyStore(store.database)
        token = keys.add("load", AccessRole.ADMIN, (), OWNER)[1]
        ports = [stack.enter_context(server(var)) for _ in range(servers)]
        threads = [
            threading.Thread(target=_ask, args=(counts, ports[n % servers], token), daemon=True) for n in range(clients)
        ]
        for thread in threads:
            thread.start()
        try:
            _publish(counts, publisher, store, ports, token, changes)
        finally:
            counts.stop.set()
            for thread in threads:
                thread.join(timeout=60)
    return counts


def _publish(
    counts: Counts, publisher: Publisher, store: LibraryStore, ports: list[int], token: str, changes: int
) -> None:
    """By turns a new price, an article withdrawn or back with another text; each by another way."""
    freight = express = ""
    for number in range(1000, 1000 + changes):
        if number % 2:
            text = article_text("快递", f"## 发什么快递？\n\n快递是第{number}版火星快递。")
            change = _saved(store, "express.md", text) if not express else Change("express", None)
            old, express = express, "" if express else str(number)
        else:
            text = article_text("运费", f"## 运费多少钱？\n\n运费 10 元，第{number}版。")
            change = _saved(store, "policy/freight.md", text)
            old, freight = freight, str(number)
        begun = time.perf_counter()
        way = number % (len(ports) + 1)
        if way == len(ports):
            receipt = publisher.publish([change], OWNER, "load")
            written = receipt.to_json() | {"is_complete": receipt.is_complete}
        else:
            written = _publish_over_http(ports[way], token, change)
        counts.publish_ms.append((time.perf_counter() - begun) * 1000)
        counts.receipts.append(written)
        if old:
            counts.dead |= {old}


def _saved(store: LibraryStore, path: str, text: str) -> Change:
    entry = store.save(path, text.encode(), OWNER, "load", "*")
    assert entry.draft is not None
    return Change(entry.name, entry.draft)


def _publish_over_http(port: int, token: str, change: Change) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    body = {"changes": [{"article": change.name, "revision": change.revision}], "why": "load"}
    try:
        status, written = _post(connection, "/v1/publications", token, body)
    finally:
        connection.close()
    assert status == 200, written
    return written


def _ask(counts: Counts, port: int, token: str) -> None:
    number = 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while not counts.stop.is_set():
        number += 1
        dead = counts.dead
        begun = time.perf_counter()
        try:
            status, answer = _post(connection, "/v1/suggestions", token, {"question": _QUESTIONS[number % 2]})
            problem = "" if status == 200 else f"{status}: {answer}"
        except (OSError, http.client.HTTPException, ValueError) as error:
            status, answer, problem = 0, {}, f"{type(error).__name__}: {error}"
            connection.close()
        took = (time.perf_counter() - begun) * 1000
        said = set(_MARK.findall(json.dumps(answer.get("suggestions", []), ensure_ascii=False)))
        with counts.lock:
            counts.asked += 1
            counts.milliseconds.append(took)
            counts.generations.add(answer.get("generation", ""))
            if problem:
                counts.failed.append(problem)
            if said & dead:
                counts.stale.append(f"{sorted(said & dead)} in generation {answer['generation']}")
            elif said & counts.dead:
                counts.late += 1
    connection.close()


def _post(connection: http.client.HTTPConnection, path: str, token: str, body: object) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body).encode(), headers)
    response = connection.getresponse()
    answer: dict[str, Any] = json.loads(response.read())
    return response.status, answer


@contextmanager
def server(var: Path) -> Iterator[int]:
    """A serving process of its own over that var: its port."""
    command = [sys.executable, "-m", "tests.publishing.serving_process", str(var)]
    root = Path(__file__).parents[2]
    with (var / f"server-{time.monotonic_ns()}.log").open("w+") as log:
        process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            log.seek(0)
            assert line, log.read()
            yield int(line)
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
            finally:
                if process.stdout is not None:
                    process.stdout.close()


def _quantile(numbers: list[float], share: float) -> float:
    return statistics.quantiles(numbers, n=100, method="inclusive")[round(share * 100) - 1] if len(numbers) > 1 else 0.0


def main() -> None:
    """Run it at the length asked for."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--changes", type=int, default=200)
    reader.add_argument("--clients", type=int, default=16)
    reader.add_argument("--servers", type=int, default=2)
    given = reader.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counts = run(Path(folder), given.changes, given.clients, given.servers)
    sys.stdout.write(counts.table() + "\n" + "\n".join([*counts.failed[:5], *counts.stale[:5]]) + "\n")
    sys.exit(1 if counts.failed or counts.stale else 0)


if __name__ == "__main__":
    main()
