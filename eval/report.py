"""A run as one self-contained page: what QA looks at instead of numbers. Nothing in it is fetched."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure
from pydantic import TypeAdapter, ValidationError

from eval import charts
from eval.ablation import ALL, Row
from eval.compare import WHOLE, Comparison, Difference, compare
from eval.errors import EvaluationError
from eval.failure import KINDS, kinds_of, losers, titles_of
from eval.leg_order import SHOWN, leg_rows
from eval.measures import LOWER_IS_BETTER, Sheet, sheet_of
from eval.record import Record, read_records
from eval.report_card import card_of, data_script, plain
from eval.report_words import KIND_WORDS, MEASURE_WORDS, PAGE_WORDS
from eval.run import read_summary
from eval.svg import SvgSheet

HEADLINE = ("answer@1", "success@1", "forbidden", "none_coverage", "none_false_suggest")
IN_SLICES = ("success@1", "answer@1", "none_coverage", "none_false_suggest", "forbidden")
_CHARTED = ("success@1", "answer@1", "none_coverage", "none_false_suggest")
_MOST_SLICES = 20
_MOST_LOSERS = 30


@dataclass(frozen=True)
class Run:
    """A run as read from its folder. summary: the content of summary.json."""

    summary: Mapping[str, Any]
    records: tuple[Record, ...]

    @property
    def name(self) -> str:
        """Its name, on one line."""
        return plain(str(self.summary["config"]["name"]))


def read_run(folder: Path) -> Run:
    """A run's summary and records. Raises EvaluationError where they cannot be read or do not belong together."""
    summary, records = read_summary(folder), read_records(folder)
    if summary["n"] != len(records):
        raise EvaluationError(
            f"{folder}: the summary counts {summary['n']} questions and the run has {len(records)}; run it again"
        )
    return Run(summary, records)


def read_ablation(file: Path) -> tuple[Row, ...]:
    """The rows that `kb eval ablate --json` wrote. Raises EvaluationError naming the file."""
    try:
        return TypeAdapter(tuple[Row, ...]).validate_json(file.read_bytes())
    except OSError as error:
        raise EvaluationError(f"{file} cannot be read ({error.strerror}); name a file of `kb eval ablate`") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise EvaluationError(f"{file}: {first['loc']}: {first['msg']}; name a file of `kb eval ablate`") from error


def render_report(run: Run, made: datetime, other: Run | None = None, ablation: Sequence[Row] | None = None) -> str:
    """The page as HTML.

    made: the moment written on it. other: an earlier run of the same set. ablation: rows measured by
    `kb eval ablate`; without them the legs' own order of this run's suggestions is shown, and said to be that.
    Raises EvaluationError where the two runs cannot be compared.
    """
    compared = compare(other.records, run.records) if other is not None else None
    figures = SvgSheet(PAGE_WORDS)
    cards = _cards(run.records, other)
    content = {
        "run": run,
        "other": other,
        "made": made.strftime("%Y-%m-%d %H:%M %z"),
        "config": _config(run.summary),
        **_measured(run, compared, figures),
        **_legs(run, ablation, figures),
        **_failed(run, cards),
    }
    return _page(content, cards, figures)


def _measured(run: Run, compared: Comparison | None, figures: SvgSheet) -> dict[str, Any]:
    sheet = sheet_of(run.records)
    return {
        "measures": [
            _measure(name, run.summary, sheet, compared) for name in MEASURE_WORDS if name in run.summary["measures"]
        ],
        "headline": HEADLINE,
        "compared": compared,
        "slice_charts": _slice_charts(run, sheet, compared, figures),
        "slices": _slices(run.summary, compared),
        "slice_measures": IN_SLICES,
        "confidence": _confidence(run.summary, sheet, figures),
        "stages": _stages(run.summary),
        "latency": _latency(run.summary, figures),
    }


def _legs(run: Run, ablation: Sequence[Row] | None, figures: SvgSheet) -> dict[str, Any]:
    rows = tuple(ablation) if ablation is not None else leg_rows(run.records)
    drawn = [(name, charts.leg_dots(rows, name)) for name in SHOWN if rows]
    return {
        "rows": rows,
        "row_measures": SHOWN,
        "all_legs": ALL,
        "from_file": ablation is not None,
        "leg_charts": [(name, Markup(figures.inline(figure))) for name, figure in drawn],  # noqa: S704
    }


def _failed(run: Run, cards: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    worst = losers(run.records)
    return {
        "losers": worst[:_MOST_LOSERS],
        "losers_in_all": len(worst),
        "kinds": [(kind, sum(kind in card["kinds"] for card in cards)) for kind in KINDS],
        "failures": len(cards),
    }


def _page(content: Mapping[str, Any], cards: Sequence[object], figures: SvgSheet) -> str:
    """The template filled in, its one style sheet and one script named by their hashes."""
    environment = Environment(loader=PackageLoader("eval"), autoescape=True, undefined=StrictUndefined)
    environment.filters.update(number=_number, share=_share, signed=_signed, p=_p, plain=plain)

    def source(name: str) -> str:
        loaded, _, _ = PackageLoader("eval").get_source(environment, name)
        return loaded

    style, script = source("report.css") + figures.css, source("report.js")
    texts = {**PAGE_WORDS, **{f"kind.{kind}": words for kind, words in KIND_WORDS.items()}}
    return environment.get_template("report.html.j2").render(
        **content,
        words=PAGE_WORDS,
        kind_words=KIND_WORDS,
        measure_words=MEASURE_WORDS,
        style=Markup(style),  # noqa: S704 (files of this package, and classes made from numbers)
        script=Markup(script),  # noqa: S704
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=Markup(data_script({"cards": cards, "words": texts})),  # noqa: S704 (escaped there)
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _cards(records: Sequence[Record], other: Run | None) -> list[dict[str, Any]]:
    titles = titles_of(records)
    before = {record.id: record for record in other.records} if other is not None else {}
    return [card_of(record, titles, before.get(record.id)) for record in records if kinds_of(record)]


def _measure(name: str, summary: Mapping[str, Any], sheet: Sheet, compared: Comparison | None) -> dict[str, Any]:
    column = sheet.values.get(name)
    return {
        "name": name,
        "words": MEASURE_WORDS[name],
        "value": summary["measures"][name],
        "ends": summary["intervals"].get(name),
        "lower": name in LOWER_IS_BETTER,
        "n": len(sheet) if column is None else int((~np.isnan(column)).sum()),
        "difference": _difference(compared, WHOLE, name),
    }


def _difference(compared: Comparison | None, tag: str, name: str) -> Difference | None:
    found = compared.differences if compared is not None else ()
    return next((d for d in found if d.slice == tag and d.measure == name), None)


def _slices(summary: Mapping[str, Any], compared: Comparison | None) -> list[dict[str, Any]]:
    return [
        {
            "name": plain(tag),
            "n": found["n"],
            "values": [(found["measures"].get(name), _difference(compared, tag, name)) for name in IN_SLICES],
        }
        for tag, found in summary["slices"].items()
    ]


def _slice_charts(run: Run, sheet: Sheet, compared: Comparison | None, figures: SvgSheet) -> list[tuple[str, Markup]]:
    """One chart a measure that any slice has, the weakest slices first."""
    drawn = []
    for name in _CHARTED:
        whole = run.summary["measures"].get(name)
        bars = [bar for tag in sheet.slices if (bar := _bar(name, tag, run, sheet, compared)) is not None]
        if not bars or whole is None:
            continue
        weak = sorted(bars, key=lambda bar: bar.value, reverse=name in LOWER_IS_BETTER)
        figure = charts.slice_bars(weak[:_MOST_SLICES], whole, name in LOWER_IS_BETTER)
        drawn.append((name, Markup(figures.inline(figure))))  # noqa: S704 (made by matplotlib, which escapes)
    return drawn


def _bar(name: str, tag: str, run: Run, sheet: Sheet, compared: Comparison | None) -> charts.Bar | None:
    value = run.summary["slices"].get(tag, {"measures": {}})["measures"].get(name)
    if value is None:
        return None
    column = sheet.tagged(tag).values[name]
    column = column[~np.isnan(column)]
    low, high = charts.wilson(float(column.sum()), len(column))
    difference = _difference(compared, tag, name)
    return charts.Bar(plain(tag), value, low, high, len(column), difference.before if difference else None)


def _confidence(summary: Mapping[str, Any], sheet: Sheet, figures: SvgSheet) -> dict[str, Markup | None]:
    """Three charts, None where the run has no questions for them."""
    measures = summary["measures"]
    served = measures.get("none_false_suggest"), measures.get("none_coverage")
    both = None not in served
    judged = len(sheet) > 0 and not np.isnan(sheet.right).all()
    threshold = summary["config"].get("threshold")

    def inline(figure: Figure) -> Markup:
        return Markup(figures.inline(figure))  # noqa: S704 (numbers alone)

    return {
        "calibration": inline(charts.reliability(sheet.confidence, sheet.right)) if judged else None,
        "tradeoff": inline(charts.trade_off(sheet, (float(served[0]), float(served[1])))) if both else None,
        "by_threshold": inline(charts.by_threshold(sheet, threshold)) if judged else None,
    }


def _stages(summary: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    took = summary["latency_ms"]
    stages = [(plain(name), ms) for name, ms in took["by_stage"].items() if charts.finite(ms)]
    whole = [("@whole_answer", took)] if charts.finite(took) else []
    return [(name, ms["p50"], ms["p95"]) for name, ms in (*stages, *whole)]


def _latency(summary: Mapping[str, Any], figures: SvgSheet) -> Markup | None:
    stages = _stages(summary)
    return Markup(figures.inline(charts.latency_bars(stages))) if stages else None  # noqa: S704


def _config(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the run was, as pairs of a key of PAGE_WORDS and a text."""
    config = summary["config"]
    weights = " · ".join(f"{leg} {weight:g}" for leg, weight in (config.get("weights") or {}).items())
    found = {
        "set": config.get("set"),
        "half": config.get("half"),
        "library": config.get("library"),
        "model": config.get("model"),
        "threshold": config.get("threshold"),
        "weights": weights,
        "config": config.get("assistant"),
        "generation": summary.get("generation"),
        "commit": summary.get("commit"),
    }
    return [(key, plain(str(value))) for key, value in found.items() if value not in (None, "")]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}%"


def _p(value: float) -> str:
    return "p<0.001" if value < 0.001 else f"p={value:.3f}"


def _signed(value: float) -> str:
    return "0" if abs(value) < 0.0005 else f"{value:+.3f}"
