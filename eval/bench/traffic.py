"""What a load generator is told to send, and what it saw.

The generator runs in an environment of its own, so nothing here needs more than the standard library.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

OK = 200


@dataclass(frozen=True)
class Request:
    """One question over HTTP: a POST of `body` (JSON), or a GET where there is none."""

    path: str
    body: str = ""


@dataclass(frozen=True)
class Load:
    """Requests to send to `url` for so many seconds, each once and in order.

    clients: closed loop, so many clients that ask again as soon as they are answered; open loop, connections at most.
    rate: open loop, so many requests a second whether or not the last ones are answered; 0: closed loop.
    """

    url: str
    key: str
    requests: Sequence[Request]
    clients: int
    seconds: float
    rate: float = 0.0

    def write(self, path: Path) -> None:
        """Write it for the generator."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Load:
        """Read what `write` wrote."""
        found = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**found, "requests": [Request(**request) for request in found["requests"]]})


@dataclass(frozen=True)
class Sample:
    """One request, in seconds since the load began. status: of the response; 0 where none came.

    intended: when it was due. An open loop that falls behind asks later than that, and the waiting counts: leaving it
    out ("coordinated omission") would show a server that stalls as a quick one.
    """

    intended: float
    ended: float
    status: int

    @property
    def ms(self) -> float:
        """How long the asker waited, in milliseconds."""
        return (self.ended - self.intended) * 1000


@dataclass(frozen=True)
class Traffic:
    """What a generator saw. cpu: its own processor seconds. ran_out: whether the requests ended before the time did."""

    samples: Sequence[Sample]
    cpu: float
    ran_out: bool = False

    def write(self, path: Path) -> None:
        """Write it for the one who asked for it."""
        rows = [(s.intended, s.ended, s.status) for s in self.samples]
        path.write_text(json.dumps({"samples": rows, "cpu": self.cpu, "ran_out": self.ran_out}), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Traffic:
        """Read what `write` wrote."""
        found = json.loads(path.read_text(encoding="utf-8"))
        return cls([Sample(*row) for row in found["samples"]], found["cpu"], found["ran_out"])


def arrivals(
    rate: float, seconds: float, clock: Callable[[], float], sleep: Callable[[float], None]
) -> Iterator[float]:
    """When each request of an open loop is due, in seconds since the first call, each given out once it is.

    One that is late is given out at once with the moment at which it was due; none is left out.
    """
    began = clock()
    for number in range(int(rate * seconds)):
        due = number / rate
        wait = began + due - clock()
        if wait > 0:
            sleep(wait)
        yield due
