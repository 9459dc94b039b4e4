"""Publishing takes seconds; answers do not wait for it, however many publish at once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from indexer.publishing.receipt import Receipt
from kb.store.records import AccessRole, Actor, Change
from tests.support.http import Api
from tests.support.library_api import saved

MANY = 60


class SlowPublisher:
    """Publishes nothing until it may; counts how many are at it."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.busy = threading.Semaphore(0)
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def publish(self, changes: Sequence[Change], by: Actor, why: str, force: str | None = None) -> Receipt:  # noqa: ARG002
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self.busy.release()
        assert self.may.wait(60)
        with self._lock:
            self._now -= 1
        return Receipt(1, "0" * 16, (), None)

    def rollback(self, to: int | str, by: Actor, why: str) -> Receipt:
        raise NotImplementedError


def test_answers_go_on_while_many_publish(api: Api) -> None:
    slow = SlowPublisher()
    api.with_services(publisher=slow)
    with api.client(AccessRole.ADMIN) as client, ThreadPoolExecutor(MANY) as pool:
        saved(client, "return-7")
        url = "/v1/library/articles/return-7/publish"
        publishing = [pool.submit(client.post, url, json={"why": "x"}) for _ in range(MANY)]
        try:
            assert slow.busy.acquire(timeout=30)
            for _ in range(3):
                assert client.post("/v1/suggestions", json={"question": "退货的运费"}).status_code == 200
                assert client.get("/v1/library/articles/return-7").status_code == 200
            assert not any(one.done() for one in publishing)
        finally:
            slow.may.set()
        assert {one.result().status_code for one in publishing} == {200}
    assert slow.most <= api.services.publishing.total_tokens == 4
