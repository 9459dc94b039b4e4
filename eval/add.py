"""One more question for a set, from the day's work: read, linted against the library, appended whole or not at all."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from eval.errors import QuestionSetError
from eval.lint import lint
from eval.question_set import LabelledQuestion, parse_question_set
from eval.whole_file import write_whole
from kb.article import Article
from kb.errors import Problem


def add(
    path: Path, written: str, articles: Sequence[Article], now: datetime, zone: ZoneInfo
) -> tuple[LabelledQuestion, tuple[Problem, ...]]:
    """Append one question, a JSON object as in FORMATS, to a set; return it and the doubts about it.

    Without an `id` it gets the next free one, `q-17`. A set that does not exist yet is begun. Several may add at
    once. Raises QuestionSetError, and changes nothing, where the set or the question has problems.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.parent):
        before = path.read_bytes() if path.exists() else b""
        known, problems = parse_question_set(before, str(path), zone)
        if problems:
            raise QuestionSetError(problems)
        line = _one_line(written, {question.id for question in known})
        text = before.decode("utf-8")
        text += f"{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n"
        questions, problems = parse_question_set(text.encode(), str(path), zone)
        if problems:
            raise QuestionSetError(problems)
        added = questions[-1]
        checked = lint(questions, articles, now, str(path))
        wrong = [problem for problem in checked.problems if problem.line == added.line]
        if wrong:
            raise QuestionSetError(wrong)
        write_whole(path, text)
    return added, tuple(doubt for doubt in checked.doubts if doubt.line == added.line)


def _one_line(written: str, taken: set[str]) -> str:
    """A JSON object on one line, with an id."""
    try:
        value = json.loads(written)
    except (ValueError, RecursionError):
        # The reader says what is wrong with it, as long as it stays on one line.
        return " ".join(written.split()) or "empty"
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    number = len(taken) + 1
    while f"q-{number}" in taken:
        number += 1
    if value.get("id") is None:
        value = {"id": f"q-{number}", **{k: v for k, v in value.items() if k != "id"}}
    return json.dumps(value, ensure_ascii=False)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the right to write sets of a folder; a second writer waits."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
