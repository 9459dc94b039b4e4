"""Groups of one passage, questions that it answers and near misses that it does not, as the adaptation learns them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.beir import read_beir
from eval.errors import EvaluationError
from eval.split import part

_MOST_QUESTIONS = 4


@dataclass(frozen=True)
class Group:
    """One passage as it is encoded, with its questions and near misses.

    source: the file or set it came from. near_misses: what this passage does not answer, `unanswered` included.
    title, heading: of the article and the section that it is, where it is one; groups of one title are neighbours.
    unanswered: the near misses that nothing in the whole file answers.
    """

    source: str
    passage: str
    questions: tuple[str, ...]
    near_misses: tuple[str, ...] = ()
    title: str = ""
    heading: str = ""
    unanswered: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The passage without its heading line."""
        return self.passage.partition("\n")[2] if self.title else self.passage

    @property
    def held_out(self) -> bool:
        """Whether the encoder does not learn from it, by a hash of its article: one in six.

        The weights of ranking and confidence are learned on these: of what the encoder has seen, its scores say
        more than they would in a library that it has not.
        """
        return bool(self.title) and hashlib.sha256(f"{self.source}/{self.title}".encode()).digest()[0] % 6 == 0


_Message = Annotated[str, Field(min_length=1)]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")

    domain: str
    title: str = Field(min_length=1)
    heading: str = ""
    passage: str = Field(min_length=1)
    questions: list[_Message] = Field(min_length=1)
    near_misses: list[_Message] = []
    unanswered: list[_Message] = []

    def group(self, source: str) -> Group:
        """The line as a group of its file."""
        heading = " > ".join(filter(None, (self.title, self.heading)))
        return Group(
            source,
            f"{heading}\n{self.passage}",
            tuple(self.questions),
            (*self.near_misses, *self.unanswered),
            self.title,
            self.heading,
            tuple(self.unanswered),
        )


def read_pairs(folder: Path) -> list[Group]:
    """Every group of the `*.jsonl` files of a folder. Raises EvaluationError naming file, line and what is wrong."""
    groups = []
    for path in sorted(folder.glob("*.jsonl")):
        # Split at line feeds alone: a text may hold other separators of lines, as U+2028.
        for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
            if not line.strip():
                continue
            try:
                said = _Line.model_validate_json(line)
            except ValidationError as error:
                first = error.errors()[0]
                field = ".".join(map(str, first["loc"])) or "line"
                raise EvaluationError(f"{path}:{number}: {field}: {first['msg']}") from error
            groups.append(said.group(path.stem))
    if not groups:
        raise EvaluationError(f"{folder}: no *.jsonl file with pairs; see eval/pairs/README.md")
    return groups


def read_set(folder: Path, most: int) -> list[Group]:
    """Up to `most` documents of a BEIR folder with the questions of its learn half; nothing of its test half."""
    questions = part(read_beir(folder).questions, "learn")
    corpus = {}
    with (folder / "corpus.jsonl").open(encoding="utf-8-sig") as file:
        for line in filter(str.strip, file):
            said = json.loads(line)
            corpus[said["_id"]] = "\n".join(filter(None, (said.get("title"), said.get("text"))))
    asked: dict[str, list[str]] = {}
    for question in questions:
        for article in list(question.grades)[:1]:
            # A document may be judged that the corpus lacks.
            if article in corpus:
                asked.setdefault(article, []).append(question.text)
    chosen = sorted(asked)[:: max(1, len(asked) // most)][:most]
    return [Group(folder.name, corpus[name], tuple(asked[name][:_MOST_QUESTIONS])) for name in chosen]
