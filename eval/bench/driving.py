"""Drives a running server with the load generator, in turn with the encoder alone, and gathers the figures."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from eval.bench.distinct import with_repeats
from eval.bench.figures import Burst, Figures, of_burst, of_cost, of_memory
from eval.bench.process_use import cpu_seconds, memory
from eval.bench.service import Running, Service, running
from eval.bench.traffic import Load, Traffic
from eval.errors import EvaluationError
from kb.progress import Progress, silent

_ROOT = Path(__file__).parents[2]
_REPEATED = 0.4
_MOST_RPS = 3000
"""More requests a second than any load is given: distinct questions cost memory and time to make."""
OPEN_SHARES = (50, 80)
"""Open loops, in percent of the rate that the busiest closed loop reached."""


Generate = Callable[[Load], Traffic]


@dataclass(frozen=True)
class Plan:
    """What a server is asked. clients: the closed loops, in this order. seconds: of each load, with its warm-up."""

    clients: Sequence[int] = (1, 16, 64)
    seconds: float = 10.0
    warm_up: float = 2.0
    starts: int = 3
    with_repeats: bool = True
    with_open: bool = True


class Driver:
    """Sends loads to servers. generate: sends one and tells what came of it. folder: for what the servers say."""

    def __init__(self, generate: Generate, folder: Path, progress: Progress = silent) -> None:
        self._generate = generate
        self._folder = folder
        self._progress = progress

    def drive(self, service: Service, plan: Plan, questions: Iterator[str]) -> Figures:
        """Start the server (some times, for how long that takes), send it every load of the plan, and stop it.

        questions: distinct; each load takes the next ones. Raises EvaluationError where the server does not answer.
        """
        starts: list[float] = []
        for number in range(plan.starts - 1 if service.command else 0):
            self._progress(f"{service.name}: starts", number, plan.starts)
            with running(service, next(questions), self._folder) as server:
                starts += [] if server.ready_s is None else [server.ready_s]
        with running(service, next(questions), self._folder) as server:
            starts += [] if server.ready_s is None else [server.ready_s]
            self._progress(f"{service.name}: starts", plan.starts, plan.starts)
            found = self._loads(service, server, plan, questions)
            found |= of_memory(None if server.process is None else memory(server.process))
        return found | {"ready_s": sorted(starts)[len(starts) // 2] if starts else None}

    def _loads(self, service: Service, server: Running, plan: Plan, questions: Iterator[str]) -> Figures:
        found: Figures = {}
        bursts = []
        stages = len(plan.clients) + plan.with_repeats + plan.with_open * len(OPEN_SHARES)
        most = max(plan.clients)
        expected = 200.0
        for clients in plan.clients:
            burst = self._burst(service, server, plan, questions, clients, room=6 * expected + 200)
            bursts.append(burst)
            found |= of_burst(burst, str(clients))
            expected = max(expected, burst.rps)
            self._progress(f"{service.name}: loads", len(bursts), stages)
        if plan.with_repeats:
            mixed = with_repeats(questions, _REPEATED)
            burst = self._burst(service, server, plan, mixed, most, room=6 * expected + 200)
            bursts.append(burst)
            found |= {f"repeat_{name}": value for name, value in of_burst(burst, str(most)).items()}
            self._progress(f"{service.name}: loads", len(bursts), stages)
        reached = found[f"rps_{most}"] or 0.0
        for share in OPEN_SHARES if plan.with_open else ():
            rate = max(1.0, reached * share / 100)
            burst = self._burst(service, server, plan, questions, most, rate)
            bursts.append(burst)
            found |= {f"open_{name}": value for name, value in of_burst(burst, str(share)).items()}
            found[f"open_rate_{share}"] = rate
            self._progress(f"{service.name}: loads", len(bursts), stages)
        return found | of_cost(bursts)

    def _burst(
        self,
        service: Service,
        server: Running,
        plan: Plan,
        questions: Iterator[str],
        clients: int,
        rate: float = 0.0,
        room: float = 0.0,
    ) -> Burst:
        """One load. room: for a closed loop, so many requests a second are made ready at most."""
        count = int(min(_MOST_RPS, rate + 1 if rate else room) * plan.seconds)
        requests = [service.request(question) for question in islice(questions, count)]
        load = Load(server.url, service.key, requests, clients, plan.seconds, rate)
        before, began = _cpu(server), time.perf_counter()
        traffic = self._generate(load)
        after = _cpu(server)
        if traffic.ran_out and not rate:
            took = time.perf_counter() - began
            raise EvaluationError(f"{count} questions were answered in {took:.1f} s; use fewer --seconds")
        spent = None if before is None or after is None else after - before
        return Burst(traffic, plan.warm_up, plan.seconds, spent)


def generator(python: Path, folder: Path) -> Generate:
    """The load generator as a process of that interpreter; what is handed over lies in `folder`.

    It raises EvaluationError where the process fails.
    """
    told, saw = folder / "load.json", folder / "traffic.json"

    def generate(load: Load) -> Traffic:
        load.write(told)
        saw.unlink(missing_ok=True)
        done = subprocess.run(  # noqa: S603
            [str(python), "-m", "eval.bench.generator", str(told), str(saw)],
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not saw.exists():
            raise EvaluationError(f"the load generator failed:\n{done.stderr.strip()[-2000:]}")
        return Traffic.read(saw)

    return generate


def _cpu(server: Running) -> float | None:
    return None if server.process is None else cpu_seconds(server.process)
