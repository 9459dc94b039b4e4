"""A server that is started, asked and stopped; and which loads it is sent, by a generator that only takes note."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from pathlib import Path

import pytest

from eval.bench.driving import Driver, Plan
from eval.bench.process_use import family
from eval.bench.service import PORT, Service, running
from eval.bench.traffic import Load, Request, Sample, Traffic
from eval.errors import EvaluationError

_ANSWERS = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        known = self.headers.get("Authorization") == "Bearer kb_1" and self.path == "/ask"
        self.send_response(200 if known else 401)
        self.end_headers()
    def log_message(self, *said):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""
_DIES = "import sys; sys.exit('no model here')"


def service(program: str) -> Service:
    return Service("toy", lambda text: Request("/ask", text), (sys.executable, "-c", program, PORT), key="kb_1")


def test_a_server_is_ready_with_its_first_answer_and_gone_afterwards(tmp_path: Path) -> None:
    with running(service(_ANSWERS), "退货", tmp_path) as server:
        assert server.process is not None
        assert server.ready_s is not None
        assert 0 < server.ready_s < 60
        found = Service("toy", lambda text: Request("/ask", text), key="kb_1", url=server.url)
        with running(found, "退货", tmp_path) as same:
            assert (same.url, same.process, same.ready_s) == (server.url, None, None)
        wrong = Service("toy", lambda text: Request("/ask", text), key="kb_2", url=server.url)
        with (
            pytest.raises(EvaluationError, match="answers 401; is it the server, is --key right"),
            running(wrong, "退货", tmp_path),
        ):
            pass
    assert family(server.process) == [server.process]
    with pytest.raises(EvaluationError, match="answers nothing"), running(found, "退货", tmp_path):
        pass


def test_a_server_that_dies_is_told_with_its_last_words(tmp_path: Path) -> None:
    with (
        pytest.raises(EvaluationError, match="toy does not answer; its last words:\nno model here"),
        running(service(_DIES), "退货", tmp_path),
    ):
        pass


class Noted:
    """A generator that answers each request of a load after 10 ms, so many a second for each client."""

    def __init__(self) -> None:
        self.loads: list[Load] = []

    def __call__(self, load: Load) -> Traffic:
        self.loads.append(load)
        rate = load.rate or 5 * load.clients
        count = int(rate * load.seconds)
        return Traffic([Sample(n / rate, n / rate + 0.01, 200) for n in range(count)], cpu=0.001 * count)


def test_the_loads_of_a_plan(tmp_path: Path) -> None:
    noted = Noted()
    with running(service(_ANSWERS), "退货", tmp_path) as server:
        found = Driver(noted, tmp_path).drive(
            Service("toy", lambda text: Request("/ask", text), key="kb_1", url=server.url),
            Plan(clients=(1, 4), seconds=5, warm_up=1),
            (f"问题{number}" for number in itertools.count()),
        )
    assert [(load.clients, load.rate) for load in noted.loads] == [(1, 0), (4, 0), (4, 0), (4, 10), (4, 16)]
    assert found["rps_1"] == pytest.approx(5, abs=0.5)
    assert found["rps_4"] == pytest.approx(20, abs=0.5)
    assert found["repeat_rps_4"] == pytest.approx(20, abs=0.5)
    assert (found["open_rate_50"], found["open_rate_80"]) == (10, 16)
    assert found["generator_cpu_ms_per_request"] == pytest.approx(1)
    assert (found["errors"], found["rss_mb"], found["ready_s"]) == (0, None, None)
    asked = [[request.body for request in load.requests] for load in noted.loads]
    once = [body for number in (0, 1, 3, 4) for body in asked[number]]
    assert len(set(once)) == len(once)
    assert not set(asked[2]) & set(once)
    repeats = sum(Counter(asked[2]).values()) - len(set(asked[2]))
    assert repeats / len(asked[2]) == pytest.approx(0.4, abs=0.05)


def test_more_answers_than_questions_end_the_run(tmp_path: Path) -> None:
    driver = Driver(lambda _: Traffic([], 0.0, ran_out=True), tmp_path)
    questions = (str(number) for number in itertools.count())
    with pytest.raises(EvaluationError, match="use fewer --seconds"):
        driver.drive(service(_ANSWERS), Plan(clients=(1,), seconds=5, starts=1), questions)
