"""From what was seen to the figures that are printed and written: percentiles, rates, shares, ratios."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eval.bench.process_use import Memory
from eval.bench.traffic import OK, Traffic

Figures = dict[str, float | None]
"""Each figure by its name; None where it could not be had (memory of a server that was found running)."""

PERCENTILES = (50, 95, 99)
_MB = 1e6


def percentile(values: Sequence[float], at: float) -> float:
    """The smallest value that at least `at` percent are not above (nearest rank); NaN of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(at / 100 * len(ordered)) - 1)] if ordered else math.nan


@dataclass(frozen=True)
class Burst:
    """A load with what it cost. warm_up: its first seconds, which are not counted. seconds: how long it ran.

    server_cpu: processor seconds of the server over the whole of it; None where that is not known.
    """

    traffic: Traffic
    warm_up: float
    seconds: float
    server_cpu: float | None = None

    @property
    def ms(self) -> list[float]:
        """How long each asker waited for an answer that came; only of those due after the warm-up."""
        return [s.ms for s in self.traffic.samples if s.status == OK and s.intended >= self.warm_up]

    @property
    def rps(self) -> float:
        """Answers a second, of those that came between warm-up and end."""
        came = [s for s in self.traffic.samples if s.status == OK and self.warm_up <= s.ended <= self.seconds]
        return len(came) / (self.seconds - self.warm_up)


def of_burst(burst: Burst, ending: str) -> Figures:
    """`p50_ms_<ending>` and so on, and `rps_<ending>`."""
    found: Figures = {f"p{at}_ms_{ending}": percentile(burst.ms, at) for at in PERCENTILES}
    return found | {f"rps_{ending}": burst.rps}


def of_cost(bursts: Sequence[Burst]) -> Figures:
    """Processor time a request of server and generator over these loads, and the errors of all.

    `errors_503` and so on: how many were answered with that; `errors_0`: not at all.
    """
    asked = max(1, sum(len(burst.traffic.samples) for burst in bursts))
    bad = Counter(sample.status for burst in bursts for sample in burst.traffic.samples if sample.status != OK)
    server = [burst.server_cpu for burst in bursts]
    known = [seconds for seconds in server if seconds is not None]
    return {
        "cpu_ms_per_request": sum(known) * 1000 / asked if len(known) == len(server) else None,
        "generator_cpu_ms_per_request": sum(burst.traffic.cpu for burst in bursts) * 1000 / asked,
        "errors": float(bad.total()),
        **{f"errors_{status}": float(count) for status, count in sorted(bad.items())},
    }


def of_memory(held: Memory | None) -> Figures:
    """`rss_mb` and `pss_mb` in millions of bytes."""
    return {
        "rss_mb": None if held is None else held.rss / _MB,
        "pss_mb": None if held is None else held.pss / _MB,
    }


def owed(found: Mapping[str, float | None]) -> Figures:
    """The two ratios that the server owes to its encoder."""
    return {
        "p50_over_encoder": ratio(found.get("p50_ms_1"), found.get("encoder_ms")),
        "rps_64_over_encoder_best": ratio(found.get("rps_64"), found.get("encoder_best_rps")),
    }


def ratio(of: float | None, over: float | None) -> float | None:
    """One figure over another; None where either is missing or the divisor is zero."""
    return of / over if of is not None and over else None


def medians(rounds: Iterable[Mapping[str, float | None]]) -> Figures:
    """The median of each figure over the rounds that have it; errors are added up."""
    every: dict[str, list[float]] = {}
    for found in rounds:
        for name, value in found.items():
            every.setdefault(name, []).extend([] if value is None else [value])
    return {
        name: None if not values else sum(values) if name.startswith("errors") else statistics.median(values)
        for name, values in every.items()
    }


def shown(value: float | None, digits: int = 1) -> str:
    """A figure for people; a dash where there is none."""
    return "–" if value is None or math.isnan(value) else f"{value:,.{digits}f}"


def rounded(found: Mapping[str, float | None]) -> Figures:
    """Four significant digits, and null for what is not a number: what a file of figures holds."""
    return {n: None if v is None or math.isnan(v) else float(f"{v:.4g}") for n, v in found.items()}
