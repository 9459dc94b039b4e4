"""Runs, comparisons and ablations as tables on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

_IN_SLICES = ("success@1", "ndcg@10", "answer@1", "forbidden", "none_coverage", "none_false_suggest")


def show_summary(console: Console, summary: Mapping[str, Any]) -> None:
    """A run's measures with their intervals, its slices and its latency."""
    config, took = summary["config"], summary["latency_ms"]
    table = Table(title=f"{config['name']}: {summary['n']} questions", title_justify="left")
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("95 %", justify="right")
    for name, value in summary["measures"].items():
        table.add_row(name, number(value), interval(summary["intervals"][name]))
    console.print(table)
    if summary["slices"]:
        console.print(_slices(summary["slices"]))
    stages = " · ".join(f"{stage} {ms['p50']}" for stage, ms in took["by_stage"].items())
    console.print(f"ms: p50 {took['p50']} · p95 {took['p95']} · {stages}", highlight=False)
    console.print(f"generation {summary['generation']} · config {config['assistant']}", style="dim", highlight=False)


def _slices(slices: Mapping[str, Any]) -> Table:
    table = Table("slice", title="slices", title_justify="left")
    for name in ("n", *_IN_SLICES):
        table.add_column(name, justify="right")
    for tag, found in slices.items():
        table.add_row(tag, str(found["n"]), *(number(found["measures"][name]) for name in _IN_SLICES))
    return table


def number(value: float | None) -> str:
    """A measure with three digits, a dash where there is none."""
    return "–" if value is None else f"{value:.3f}"


def interval(ends: Sequence[float] | None) -> str:
    """An interval with three digits, a dash where there is none."""
    return "–" if ends is None else f"{ends[0]:.3f}–{ends[1]:.3f}"
