"""One run: every question through `Assistant.suggest`, judged, and written as files or not at all."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog

from eval.bootstrap import intervals
from eval.errors import EvaluationError
from eval.latency import latency
from eval.measures import measure, qrels_of, run_of, sheet_of
from eval.question_set import LabelledQuestion
from eval.record import RUN, Record, record_of
from kb.assistant import Assistant, AssistantSettings
from kb.progress import Progress, silent

SUMMARY = "summary.json"
RUN_TREC = "run.trec"
QRELS_TREC = "qrels.trec"
_DIGITS = 6

log = structlog.get_logger()


@dataclass(frozen=True)
class Setup:
    """What a run was asked of, kept in its summary.

    at: the clock, where it was fixed. desk: whether every question was sent as a chat tool sends it (`eval/desk.py`).
    """

    name: str
    library: str
    questions_from: str
    half: str = "all"
    limit: int | None = None
    at: datetime | None = None
    model: str = ""
    desk: bool = False


def answer_all(
    assistant: Assistant, questions: Sequence[LabelledQuestion], progress: Progress = silent
) -> tuple[Record, ...]:
    """A record of every question, in their order. A question that raises is lost: logged, and counted as zero."""
    records = []
    for number, question in enumerate(questions, start=1):
        try:
            records.append(record_of(question, assistant.suggest(question.asked())))
        except Exception as error:
            log.exception("question lost", question=question.id)
            records.append(record_of(question, None, f"{type(error).__name__}: {error}"))
        progress("answering", number, len(questions))
    return tuple(records)


def summarise(records: Sequence[Record], settings: AssistantSettings, generation: str, setup: Setup) -> dict[str, Any]:
    """The content of summary.json; a measure that no question has is null."""
    sheet = sheet_of(records)
    slices = {tag: sheet.tagged(tag) for tag in sheet.slices}
    return {
        "n": len(records),
        "measures": _rounded(measure(sheet)),
        "intervals": {
            name: found and [round(end, _DIGITS) for end in found] for name, found in intervals(sheet).items()
        },
        "slices": {tag: {"n": len(part), "measures": _rounded(measure(part))} for tag, part in slices.items()},
        "latency_ms": latency(records),
        "config": _config(settings, generation, setup),
        "generation": generation,
        "commit": commit(),
    }


def write_run(out: Path, records: Sequence[Record], summary: Mapping[str, Any]) -> None:
    """Write the four files of a run into a folder, the summary last; an earlier run there is replaced.

    Whatever interrupts it, a summary in the folder belongs to the files beside it.
    """
    with tempfile.TemporaryDirectory(prefix=".run-", dir=out) as made:
        fresh = Path(made)
        lines = "".join(record.model_dump_json(by_alias=True) + "\n" for record in records)
        (fresh / RUN).write_text(lines, encoding="utf-8")
        (fresh / RUN_TREC).write_text(run_trec(records, str(summary["config"]["name"])), encoding="utf-8")
        (fresh / QRELS_TREC).write_text(qrels_trec(records), encoding="utf-8")
        text = json.dumps(summary, ensure_ascii=False, indent=2)
        (fresh / SUMMARY).write_text(f"{text}\n", encoding="utf-8")
        (out / SUMMARY).unlink(missing_ok=True)
        for name in (RUN, RUN_TREC, QRELS_TREC, SUMMARY):
            (fresh / name).replace(out / name)


def prepare_out(out: Path) -> None:
    """Make the folder of a run. Raises EvaluationError, before any question is asked, where it cannot be."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvaluationError(f"--out {out}: {error.strerror}; name a folder that can be written") from error


def run_trec(records: Sequence[Record], name: str) -> str:
    """The rankings in TREC's format: question, Q0, article, rank, score falling strictly with the rank, run."""
    scores = run_of(records)
    tag = re.sub(r"\s+", "-", name.strip()) or "kb"
    return "".join(
        f"{trec_name(question)} Q0 {trec_name(article)} {rank} {score:g} {tag}\n"
        for question, found in scores.items()
        for rank, (article, score) in enumerate(found.items(), start=1)
    )


def qrels_trec(records: Sequence[Record]) -> str:
    """The judgements in TREC's format: question, 0, article, grade."""
    return "".join(
        f"{trec_name(question)} 0 {trec_name(article)} {grade}\n"
        for question, grades in qrels_of(records).items()
        for article, grade in grades.items()
    )


def trec_name(name: str) -> str:
    """A name without white space, which would part a TREC line; such characters and % are percent-encoded."""
    return re.sub(r"[\s%]", lambda found: quote(found.group()), name)


def read_summary(folder: Path) -> dict[str, Any]:
    """A run's summary. Raises EvaluationError where there is none or it is no summary."""
    path = folder / SUMMARY
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        _ = found["measures"], found["config"]["name"], found["n"]
    except FileNotFoundError as error:
        raise EvaluationError(f"{folder} holds no {SUMMARY}; name a folder of `kb eval run`") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvaluationError(f"{path} cannot be read ({error}); run it again") from error
    return dict(found)


def commit() -> str | None:
    """The commit of this program, `-dirty` where files differ from it; None outside a repository."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(  # noqa: S603 (a constant command)
            command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _config(settings: AssistantSettings, generation: str, setup: Setup) -> dict[str, Any]:
    return {
        "name": setup.name,
        "library": setup.library,
        "set": setup.questions_from,
        "half": setup.half,
        "limit": setup.limit,
        "desk": setup.desk,
        "at": setup.at and setup.at.isoformat(),
        "model": setup.model,
        "generation": generation,
        "assistant": settings.config,
        "pool": settings.pool,
        "threshold": settings.threshold,
        "weights": dict(settings.weights.of),
    }


def _rounded(measures: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: None if number is None else round(number, _DIGITS) for name, number in measures.items()}
