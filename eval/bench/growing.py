"""`python -m eval.bench scale`: what becomes of build, disk, memory, latency and recall as the library grows."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from eval.bench.figures import Figures, ratio, shown
from eval.errors import EvaluationError
from kb.progress import Progress, silent

STAGES = ("understand", "encode", "retrieve", "features", "rank", "reply", "total")
_INCH = 4.2


def grow(
    sizes: Sequence[int],
    work: Path | None,
    measured: Callable[[Mapping[int, Figures]], None],
    progress: Progress = silent,
) -> dict[int, Figures]:
    """The figures of each size, built and asked in processes of their own; what was built is removed after each.

    work: where to build; None: where temporary files are. measured: is told after each size of all so far, for the
    largest take hours. Raises EvaluationError where a step fails.
    """
    found: dict[int, Figures] = {}
    for number, size in enumerate(sizes):
        folder = Path(tempfile.mkdtemp(prefix="bench-scale-", dir=work))
        try:
            for part, step in enumerate(("build", "ask")):
                progress(f"{size:,} passages", part, 2)
                found.setdefault(size, {}).update(_step(step, size, folder))
            progress(f"{size:,} passages", 2, 2)
        finally:
            shutil.rmtree(folder)
        measured(found)
        progress("sizes", number + 1, len(sizes))
    return found


def _step(step: str, size: int, folder: Path) -> Figures:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "eval.bench.library_step", step, str(size), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        why = done.stderr.strip()[-2000:] or f"it was ended by signal {-done.returncode}; is there memory enough?"
        raise EvaluationError(f"{size} passages, {step}:\n{why}")
    figures: Figures = json.loads(done.stdout)
    return figures


def cliff(found: Mapping[int, Mapping[str, float | None]]) -> float | None:
    """p95 of the largest library over that of 10,000 passages (of the smallest where there is none)."""
    base = found.get(10_000) or found[min(found)]
    return ratio(found[max(found)].get("total_p95_ms"), base.get("total_p95_ms"))


def show(console: Console, found: Mapping[int, Mapping[str, float | None]]) -> None:
    """A column for each size."""
    table = Table("passages", *(f"{size:,}" for size in found))
    for column in table.columns[1:]:
        column.justify = "right"
    stages = [stage for stage in _stages(found) if stage != "total"]
    disk = sorted({name for figures in found.values() for name in figures if name.startswith("disk_")})
    rows = [(label, name, digits) for label, name, digits in _ROWS]
    rows += [(f"disk, {name[5:-3]}, MB", name, 1) for name in disk if name != "disk_mb"]
    for label, name, digits in rows:
        table.add_row(label, *(shown(figures.get(name), digits) for figures in found.values()))
    table.add_section()
    for stage in (*stages, "total"):
        cells = [_both(figures, stage) for figures in found.values()]
        table.add_row(f"{stage}, p50 / p95 ms", *cells)
    console.print(table)
    largest, least = max(found), 10_000 if 10_000 in found else min(found)
    console.print(
        f"p95 at {largest:,} over {least:,} passages: {shown(cliff(found), 2)} (owed: at most 3)", highlight=False
    )


def plot(found: Mapping[int, Mapping[str, float | None]]) -> Figure:
    """Latency by stage, and disk, memory and build time, over the number of passages; all axes logarithmic."""
    figure = Figure(figsize=(2 * _INCH, _INCH), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes = sorted(found)
    for stage in _stages(found):
        _line(left, sizes, [found[size].get(f"{stage}_p95_ms") for size in sizes], stage, bold=stage == "total")
    left.set_title("p95 of an answer by stage, ms")
    for name, label in (("disk_mb", "disk, MB"), ("pss_mb", "memory (PSS), MB"), ("build_s", "build, s")):
        _line(right, sizes, [found[size].get(name) for size in sizes], label)
    right.set_title("disk, memory, build")
    for axes in (left, right):
        axes.set_xlabel("passages")
        axes.grid(visible=True, alpha=0.25)
        axes.legend(fontsize=7, frameon=False)
    return figure


def write_plot(found: Mapping[int, Mapping[str, float | None]], to: Path) -> None:
    """The plot as an SVG file of its own."""
    to.parent.mkdir(parents=True, exist_ok=True)
    plot(found).savefig(to, format="svg", metadata={"Date": None})


def _line(axes: Axes, sizes: Sequence[int], values: Sequence[float | None], label: str, bold: bool = False) -> None:
    points = [(size, value) for size, value in zip(sizes, values, strict=True) if value]
    if points:
        axes.loglog(*zip(*points, strict=True), marker="o", markersize=3, label=label, linewidth=2.2 if bold else 1.1)


def _stages(found: Mapping[int, Mapping[str, float | None]]) -> list[str]:
    """The stages that answers told, in the order in which they happen."""
    told = {name.removesuffix("_p95_ms") for figures in found.values() for name in figures if name.endswith("_p95_ms")}
    return [stage for stage in STAGES if stage in told] + sorted(told - set(STAGES))


def _both(figures: Mapping[str, float | None], stage: str) -> str:
    return f"{shown(figures.get(f'{stage}_p50_ms'))} / {shown(figures.get(f'{stage}_p95_ms'))}"


_ROWS = (
    ("build, s (vectors drawn, not encoded)", "build_s", 1),
    ("build, passages/s", "build_rate", 0),
    ("build, most memory, MB", "build_peak_mb", 0),
    ("  before it: encoder and articles, MB", "before_build_mb", 0),
    ("load and warm up, s", "load_s", 2),
    ("memory asked (RSS), MB", "rss_mb", 0),
    ("memory asked (PSS), MB", "pss_mb", 0),
    ("recall@50 of the dense leg", "recall_50", 4),
    ("disk, MB", "disk_mb", 1),
)
