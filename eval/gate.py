"""The gate: a run against the accepted baseline, the articles' own must-pass questions, and nothing forbidden."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.errors import EvaluationError
from eval.measures import LOWER_IS_BETTER
from eval.record import Record
from eval.whole_file import write_whole
from kb.article import Article
from kb.assistant import Assistant
from kb.errors import KbError
from kb.index import Index
from kb.progress import Progress, silent
from kb.question import MAX_LIMIT, Context, Question

FORMAT = 1
TOLERANCES: Mapping[str, float] = {
    "success@1": 0.02,
    "success@3": 0.02,
    "success@5": 0.02,
    "recall@5": 0.02,
    "mrr@10": 0.02,
    "ndcg@10": 0.02,
    "answer@1": 0.02,
    "forbidden": 0.0,
    "none_auroc": 0.03,
    "none_coverage": 0.03,
    "none_false_suggest": 0.03,
    "lost": 0.0,
}
"""How far each measure may fall when a run is accepted for the first time; the baseline keeps its own."""

_ROUNDING = 1e-6


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Accepted(_Kept):
    """One run as it was accepted. measures: those that it had. tolerances: how far each may fall, absolute."""

    n: int
    measures: dict[str, float]
    tolerances: dict[str, float]
    generation: str
    assistant: str
    commit: str | None


class Move(_Kept):
    """One move of the baseline: which run's, when, why, and what each measure was before."""

    run: str
    on: datetime
    reason: str
    before: dict[str, float]
    after: dict[str, float]


class Baseline(_Kept):
    """The accepted measures by run name, and how they came to be, oldest first."""

    format: int = FORMAT
    runs: dict[str, Accepted] = {}
    history: tuple[Move, ...] = ()


@dataclass(frozen=True)
class Failure:
    """One thing that the gate does not let through. name: the measure, question or article's question."""

    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name}: {self.why}"


@dataclass(frozen=True)
class MustPass:
    """The articles' own questions: how many were asked, which failed, how many rest since their article ended."""

    asked: int
    ended: int
    failures: tuple[Failure, ...]


def read_baseline(path: Path) -> Baseline:
    """The baseline of a file, an empty one where there is none. Raises EvaluationError for anything else."""
    try:
        raw = json.loads(path.read_bytes())
        version = raw.get("format") if isinstance(raw, dict) else None
        if version != FORMAT:
            raise EvaluationError(f"{path} has format {version!r}, this program reads {FORMAT}; accept the run anew")
        return Baseline.model_validate(raw)
    except FileNotFoundError:
        return Baseline()
    except (OSError, ValueError, ValidationError) as error:
        raise EvaluationError(f"{path} is no baseline ({error}); mend it or take it away") from error


def accept(baseline: Baseline, summary: Mapping[str, Any], reason: str, on: datetime) -> Baseline:
    """The baseline moved to a run, its tolerances kept. Raises EvaluationError without a reason."""
    if not reason.strip():
        raise EvaluationError("a baseline moves for a reason; give it with --reason")
    name = summary["config"]["name"]
    before = baseline.runs.get(name)
    measures = {m: value for m, value in summary["measures"].items() if value is not None}
    kept = dict(before.tolerances) if before else {}
    accepted = Accepted(
        n=summary["n"],
        measures=measures,
        tolerances={m: kept.get(m, TOLERANCES[m]) for m in measures if m in kept or m in TOLERANCES},
        generation=summary["generation"],
        assistant=summary["config"]["assistant"],
        commit=summary["commit"],
    )
    move = Move(run=name, on=on, reason=reason.strip(), before=before.measures if before else {}, after=measures)
    return Baseline(runs={**baseline.runs, name: accepted}, history=(*baseline.history, move))


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline whole or not at all."""
    write_whole(path, baseline.model_dump_json(indent=2) + "\n")


def run_failures(baseline: Baseline, summary: Mapping[str, Any], records: Sequence[Record]) -> list[Failure]:
    """What a run itself fails in: measures against the baseline, forbidden suggestions, another set than accepted."""
    name = summary["config"]["name"]
    accepted = baseline.runs.get(name)
    if accepted is None:
        known = ", ".join(baseline.runs) or "none"
        return [Failure(name, f"the baseline has no run of that name (it has: {known}); accept it first")]
    found = list(_fallen(accepted, summary["measures"]))
    if accepted.n != summary["n"]:
        found.append(Failure(name, f"{summary['n']} questions, {accepted.n} in the baseline; accept the new set first"))
    found += [
        Failure(record.id, f"suggests {', '.join(record.verdicts.forbidden)}, which is forbidden for it")
        for record in records
        if record.verdicts.forbidden
    ]
    return found


def must_pass(
    assistant: Assistant, articles: Sequence[Article], now: datetime, progress: Progress = silent
) -> MustPass:
    """Ask every article's `must_pass` questions; the article itself must come first.

    Asked at `now`, for an article that begins later at its beginning; one that has ended rests. An article's
    first channel and first product, where it has any, are the context. An article that overrides it may stand
    above it while in force, for that is what overriding means.
    """
    ends = {
        article.id: assistant.index.validity.end_of(number) for number, article in enumerate(assistant.index.articles)
    }
    asked = [(article, question) for article in articles for question in article.must_pass]
    failures: list[Failure] = []
    ended = 0
    for number, (article, text) in enumerate(asked, start=1):
        at = max(now, article.effective_from) if article.effective_from else now
        end = ends[article.id]
        if end is not None and at >= end:
            ended += 1
        else:
            first = _first(assistant, article, text, at)
            if first != article.id:
                why = f"must_pass of {article.id}, but {first or 'nothing'} comes first"
                failures.append(Failure(text, why))
        progress("asking must-pass questions", number, len(asked))
    return MustPass(len(asked) - ended, ended, tuple(failures))


def _first(assistant: Assistant, article: Article, text: str, at: datetime) -> str | None:
    """The article suggested first, those that override the given one aside; None where nothing is."""
    product = article.products[0] if article.products else None
    channel = article.channels[0] if article.channels else None
    context = Context(product=product, channel=channel, at=at)
    try:
        answer = assistant.suggest(Question(text, context=context, limit=MAX_LIMIT))
    except KbError:
        return None
    above = overriding(assistant.index, article.id)
    return next((s.source.article for s in answer.suggestions if s.source.article not in above), None)


def overriding(index: Index, article: str) -> set[str]:
    """The articles that override one, or override one that does."""
    found: set[str] = set()
    pending = [index.ordinal(article)]
    while pending:
        ordinal = pending.pop()
        for upper in index.overridden_by.get(ordinal, ()) if ordinal is not None else ():
            if index.articles[upper].id not in found | {article}:
                found.add(index.articles[upper].id)
                pending.append(upper)
    return found


def _fallen(accepted: Accepted, measures: Mapping[str, float | None]) -> Iterator[Failure]:
    for name, tolerance in accepted.tolerances.items():
        before, after = accepted.measures[name], measures.get(name)
        if after is None or math.isnan(after):
            yield Failure(name, f"{before:.3f} in the baseline, not measured by this run")
            continue
        fell = after - before if name in LOWER_IS_BETTER else before - after
        if fell > tolerance + _ROUNDING:
            way = "rose" if name in LOWER_IS_BETTER else "fell"
            yield Failure(name, f"{way} from {before:.3f} to {after:.3f}, {fell:.3f} with {tolerance:.3f} allowed")
