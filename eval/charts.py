"""The report's figures, drawn by matplotlib in units of a phone's width so that they stay legible there.

Words are keys of the report's dictionary (`@key`); colours are roles of its style sheet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eval.ablation import ALL, Row
from eval.confidence import BINS, Doubles
from eval.measures import Sheet
from eval.svg import ACCENT, BAD, GOOD, INK, LINE, MUTED, PAPER, SOFT

WIDTH = 400.0
_POINTS = 72.0
_SMALL, _TEXT = 10.0, 11.0
_Z = 1.959964
_FEW = 5
"""Fewer suggestions than this show no share right."""


@dataclass(frozen=True)
class Bar:
    """A slice's share. n: the questions that count. before: the other run's value, where there is one."""

    name: str
    value: float
    low: float
    high: float
    n: int
    before: float | None = None


def wilson(hits: float, n: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927); the whole of 0..1 without questions."""
    if n == 0:
        return 0.0, 1.0
    share, square = hits / n, _Z * _Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    reach = _Z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    # Exactly at the ends, where rounding would leave a trace.
    return (middle - reach if hits else 0.0), (middle + reach if hits < n else 1.0)


def slice_bars(bars: Sequence[Bar], whole: float, lower_is_better: bool = False) -> Figure:
    """A horizontal bar a slice, with interval, n and the value of the whole set as a line."""
    figure, axes = _figure(len(bars) * 24 + 30, left=120, right=74, bottom=22, top=8)
    colour = BAD if lower_is_better else ACCENT
    for row, bar in enumerate(bars):
        axes.barh(row, bar.value, height=0.62, color=colour, alpha=0.82)
        axes.plot([bar.low, bar.high], [row, row], color=INK, linewidth=1.1, solid_capstyle="butt")
        if bar.before is not None:
            axes.plot(bar.before, row, marker="D", markersize=5, color=PAPER, markeredgecolor=INK, clip_on=False)
        _say(axes, -0.03, row, short(bar.name), ha="right", colour=INK)
        _say(axes, 1.03, row, f"{100 * bar.value:.0f}%", colour=INK)
        _say(axes, 1.19, row, f"n={bar.n}", colour=MUTED, size=_SMALL)
    axes.axvline(whole, color=INK, linewidth=0.9, linestyle=(0, (3, 2)))
    axes.set_xlim(0, 1)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_yticks([])
    _percent(axes, "x")
    return figure


def reliability(confidence: Doubles, right: Doubles) -> Figure:
    """Share right by ten bins of confidence with intervals, and the questions of each bin below it.

    confidence: `[n]` in 0..1. right: `[n]`, NaN where it is not judged.
    """
    figure = Figure(figsize=(WIDTH / _POINTS, 330 / _POINTS))
    upper = figure.add_axes((46 / WIDTH, 112 / 330, 338 / WIDTH, 208 / 330))
    lower = figure.add_axes((46 / WIDTH, 38 / 330, 338 / WIDTH, 54 / 330))
    for axes in (upper, lower):
        _plain(axes)
    upper.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    judged = ~np.isnan(right)
    confidence, right = confidence[judged], right[judged]
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    for number in range(BINS):
        chosen = bins == number
        count = int(chosen.sum())
        lower.bar((number + 0.5) / BINS, count, width=0.9 / BINS, color=SOFT)
        if not count:
            continue
        said, share = float(confidence[chosen].mean()), float(right[chosen].mean())
        low, high = wilson(float(right[chosen].sum()), count)
        upper.plot([said, said], [low, high], color=ACCENT, linewidth=1.2)
        upper.plot(said, share, marker="o", markersize=5.5, color=ACCENT, linestyle="none")
        _say(lower, (number + 0.5) / BINS, count, str(count), ha="center", va="bottom", colour=MUTED, size=_SMALL)
    upper.set_xlim(0, 1)
    upper.set_ylim(0, 1)
    _percent(upper, "x")
    _percent(upper, "y")
    lower.set_xlim(0, 1)
    lower.set_ylim(0, max(1, int(np.bincount(bins, minlength=BINS).max())) * 1.45)
    lower.set_xticks([])
    lower.set_yticks([])
    lower.grid(visible=False)
    _axis_words(figure, 330, "@confidence_axis", "@right_axis", below=20)
    return figure


def trade_off(sheet: Sheet, served: tuple[float, float]) -> Figure:
    """Coverage against false suggestions over every threshold. served: (false share, coverage) as measured."""
    figure, axes = _figure(280, left=46, right=16, bottom=44, top=10)
    yes, no = sheet.confidence[sheet.answerable], sheet.confidence[~sheet.answerable]
    marks = np.concatenate([[np.inf], np.unique(sheet.confidence)[::-1]])
    axes.plot(
        [share_over(no, mark) for mark in marks],
        [share_over(yes, mark) for mark in marks],
        color=ACCENT,
        linewidth=1.8,
        drawstyle="steps-post",
    )
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.plot(*served, marker="o", markersize=8, color=BAD, markeredgecolor=PAPER, linestyle="none", clip_on=False)
    left = served[0] < 0.7
    _say(axes, served[0] + (0.03 if left else -0.03), served[1] - 0.05, "@served_at", ha="left" if left else "right")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    _percent(axes, "x")
    _percent(axes, "y")
    _axis_words(figure, 280, "@false_axis", "@coverage_axis", below=6)
    return figure


def by_threshold(sheet: Sheet, threshold: float | None) -> Figure:
    """Coverage, false suggestions and the share right of what is suggested, by threshold."""
    figure, axes = _figure(280, left=46, right=16, bottom=44, top=10)
    marks = np.linspace(0, 1, 101)
    judged = ~np.isnan(sheet.right)
    offered = [sheet.right[judged & (sheet.confidence >= mark)] for mark in marks]
    right = [float(some.mean()) if len(some) >= _FEW else np.nan for some in offered]
    lines = (
        ([share_over(sheet.confidence[sheet.answerable], mark) for mark in marks], ACCENT, "solid"),
        ([share_over(sheet.confidence[~sheet.answerable], mark) for mark in marks], BAD, (0, (5, 2))),
        (right, GOOD, (0, (1.5, 1.5))),
    )
    for values, colour, dashes in lines:
        axes.plot(marks, values, color=colour, linewidth=1.8, linestyle=dashes)
    if threshold is not None:
        axes.axvline(threshold, color=INK, linewidth=1)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    _percent(axes, "x")
    _percent(axes, "y")
    _axis_words(figure, 280, "@threshold_axis", "", below=6)
    return figure


def latency_bars(stages: Sequence[tuple[str, float, float]]) -> Figure:
    """p50 and p95 of each stage (name or `@key`, p50, p95 in milliseconds)."""
    figure, axes = _figure(len(stages) * 30 + 46, left=92, right=86, bottom=38, top=8)
    most = max(p95 for _, _, p95 in stages) or 1.0
    for row, (name, p50, p95) in enumerate(stages):
        axes.barh(row, p95, height=0.56, color=SOFT)
        axes.barh(row, p50, height=0.56, color=ACCENT)
        _say(axes, -0.03 * most, row, name if name.startswith("@") else short(name), ha="right")
        _say(axes, 1.03 * most, row, f"{_ms(p50)} / {_ms(p95)}", colour=MUTED, size=_SMALL)
    axes.set_xlim(0, most)
    axes.set_ylim(len(stages) - 0.4, -0.6)
    axes.set_yticks([])
    _axis_words(figure, len(stages) * 30 + 46, "@ms_axis", "", below=6)
    return figure


def leg_dots(rows: Sequence[Row], measure: str) -> Figure:
    """One measure of every way of ranking, with its interval; the served one stands out."""
    rows = [row for row in rows if row.measures.get(measure) is not None]
    figure, axes = _figure(len(rows) * 24 + 30, left=120, right=50, bottom=22, top=8)
    for number, row in enumerate(rows):
        value, colour = float(row.measures[measure] or 0.0), GOOD if row.name == ALL else ACCENT
        ends = row.intervals.get(measure)
        if ends is not None:
            axes.plot(ends, [number, number], color=colour, linewidth=1.6)
        axes.plot(value, number, marker="o", markersize=6.5, color=colour, linestyle="none", clip_on=False)
        _say(axes, -0.03, number, "@as_served" if row.name == ALL else short(row.name), ha="right")
        _say(axes, 1.03, number, f"{value:.3f}", colour=INK)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks([])
    _percent(axes, "x")
    return figure


def share_over(confidence: Doubles, threshold: float) -> float:
    """The share of confidences of at least the threshold, NaN without any."""
    return float((confidence >= threshold).mean()) if len(confidence) else float("nan")


def short(name: str, room: int = 16) -> str:
    """A name cut to its room, a Chinese character counting two; a leading @ is no key."""
    kept, used = "", 0
    for letter in name:
        used += 2 if ord(letter) > 0x2E7F else 1
        if used > room:
            return f"{kept}…"
        kept += letter
    return f"​{kept}" if kept.startswith("@") else kept


def _figure(height: float, **margins: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH / _POINTS, height / _POINTS))
    box = (
        margins["left"] / WIDTH,
        margins["bottom"] / height,
        (WIDTH - margins["left"] - margins["right"]) / WIDTH,
        (height - margins["bottom"] - margins["top"]) / height,
    )
    axes = figure.add_axes(box)
    _plain(axes)
    return figure, axes


def _plain(axes: Axes) -> None:
    axes.grid(visible=True, axis="x", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=_SMALL, labelcolor=MUTED)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(LINE)


def _percent(axes: Axes, which: str) -> None:
    ticks = [0, 0.25, 0.5, 0.75, 1]
    words = [f"{100 * tick:.0f}%" for tick in ticks]
    if which == "x":
        axes.set_xticks(ticks, words)
    else:
        axes.set_yticks(ticks, ["", *words[1:]])
        axes.grid(visible=True, axis="y", color=LINE, linewidth=0.8)


def _axis_words(figure: Figure, height: float, x: str, y: str, below: float) -> None:
    """Words at the axes, the upright one turned."""
    figure.text(0.55, below / height, x, ha="center", va="bottom", fontsize=_TEXT, color=MUTED)
    if y:
        figure.text(9 / WIDTH, 0.6, y, ha="center", va="center", rotation=90, fontsize=_TEXT, color=MUTED)


def _say(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    ha: str = "left",
    va: str = "center",
    colour: str = INK,
    size: float = _TEXT,
) -> None:
    axes.text(x, y, text, ha=ha, va=va, fontsize=size, color=colour, parse_math=False)


def _ms(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def finite(ends: Mapping[str, float | None]) -> bool:
    """Whether a stage has both of its percentiles."""
    return all(ends.get(name) is not None for name in ("p50", "p95"))
