"""Runs, comparisons and ablations as tables on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eval.ablation import Row
from eval.compare import WHOLE, Change, Comparison
from eval.lint import Lint

_COLOURS = {"better": "green", "worse": "red", "not shown": "dim"}
_IN_ABLATION = ("success@1", "recall@5", "ndcg@10", "answer@1")
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


def show_lint(console: Console, errors: Console, found: Lint) -> None:
    """A set's problems and doubts, then what it is made of."""
    for problem in found.problems:
        console.print(str(problem), markup=False, highlight=False, soft_wrap=True)
    for doubt in found.doubts:
        errors.print(f"doubt: {doubt}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    table = Table("tag", title=f"{found.questions} questions", title_justify="left")
    table.add_column("n", justify="right")
    for tag, count in found.tags.items():
        table.add_row(escape(tag), str(count))
    errors.print(table)
    halves = ", ".join(f"{name} {count}" for name, count in found.halves.items())
    errors.print(
        f"{found.unanswerable} unanswerable · {found.with_strings} with answer_contains · {halves} · "
        f"mean overlap with the relevant article {number(found.overlap)}",
        highlight=False,
    )
    if found.highest:
        errors.print("nearest to their article's words:")
    for overlap in found.highest:
        errors.print(f"  {overlap.share:.2f}  {overlap.id}  {overlap.text}", markup=False, highlight=False)
    verdict = f"[red]{len(found.problems)} problem(s)[/]" if found.problems else "[green]no problems[/]"
    errors.print(f"{verdict}, {len(found.doubts)} doubt(s)", highlight=False)


def show_comparison(console: Console, found: Comparison, changes: int) -> None:
    """Differences by measure, those of the slices that are shown, and the questions won and lost."""
    table = Table("slice", "measure", title=f"B against A: {found.n} questions of both", title_justify="left")
    for name in ("n", "A", "B", "B - A", "p"):
        table.add_column(name, justify="right")
    table.add_column("B is")
    for d in found.differences:
        if d.slice == WHOLE or d.word != "not shown":
            word = f"[{_COLOURS[d.word]}]{d.word}[/]"
            values = str(d.n), number(d.before), number(d.after), f"{d.after - d.before:+.3f}", f"{d.p:.4f}"
            table.add_row(escape(d.slice), d.measure, *values, word)
    console.print(table)
    if found.only_before or found.only_after:
        console.print(f"left out: {found.only_before} questions of A alone, {found.only_after} of B alone")
    console.print(f"won {len(found.won)}, lost {len(found.lost)}; slices without a shown difference are left out")
    for title, some in (("won by B", found.won), ("lost by B", found.lost)):
        if some and changes:
            console.print(_changes(f"{title}: {len(some)}", some[:changes]))


def _changes(title: str, changes: Sequence[Change]) -> Table:
    table = Table("question", "wanted", "first in A", "first in B", title=title, title_justify="left", show_lines=True)
    for change in changes:
        sides = [
            f"[bold]{escape(article)}[/]\n{escape(reply[:120])}"
            for article, reply in ((change.before, change.before_reply), (change.after, change.after_reply))
        ]
        table.add_row(f"{escape(change.id)}\n{escape(change.question)}", escape("\n".join(change.wanted)), *sides)
    return table


def show_ablation(console: Console, title: str, rows: Sequence[Row]) -> None:
    """One row a variant, with intervals; measures that no question has are left out."""
    table = Table("ranked by", title=title, title_justify="left")
    shown = [name for name in _IN_ABLATION if any(row.measures[name] is not None for row in rows)]
    for name in shown:
        table.add_column(name, justify="right")
    for row in rows:
        cells = (f"{number(row.measures[name])}  {interval(row.intervals[name])}" for name in shown)
        table.add_row(row.name, *cells)
    console.print(table)
