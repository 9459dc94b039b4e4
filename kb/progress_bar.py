"""Progress as a bar on the terminal, or as a line now and then where the output is a file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from kb.progress import Progress as ProgressPort

_QUIET_SECONDS = 10.0


@contextmanager
def progress_bar(console: Console) -> Iterator[ProgressPort]:
    """A bar for each stage, drawn while the block runs."""
    if not console.is_terminal:
        yield _lines(console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


class _Rate(ProgressColumn):
    """How much is done in a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "")


def _lines(console: Console) -> ProgressPort:
    """A line when a stage begins and ends, and every ten seconds between: a log shows that work goes on."""
    said: dict[str, float] = {}
    ended: dict[str, tuple[int, int]] = {}

    def report(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage in said and done < total and now - said[stage] < _QUIET_SECONDS:
            return
        if ended.get(stage) == (done, total):
            return  # told again and again by whoever works on
        if done >= total:
            ended[stage] = (done, total)
        said[stage] = now
        console.print(f"{stage} {done}/{total}", highlight=False, markup=False, soft_wrap=True)

    return report
