"""A folder in BEIR's layout as a library and its question set at once: each corpus document is one article.

A document's text is plain text and must reach the index letter for letter, while the splitter reads Markdown.
So each paragraph becomes a fenced block, fenced by more backticks than any of its lines holds: what stands in
a fence is not interpreted. Paragraphs stay apart, so that a long document is cut where its author broke it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from eval.errors import QuestionSetError
from eval.question_set import LabelledQuestion, Relevant
from kb.article import Article, Kind
from kb.errors import Problem
from kb.question import MAX_QUESTION

CORPUS = "corpus.jsonl"
QUERIES = "queries.jsonl"
UNANSWERABLE = "queries_unanswerable.jsonl"
QRELS = ("qrels.tsv", "qrels/test.tsv")

_PARAGRAPHS = re.compile(r"\n(?:[^\S\n]*\n)+")
_COLUMNS = 3

log = structlog.get_logger()


@dataclass(frozen=True)
class Beir:
    """A BEIR folder as articles and questions."""

    articles: tuple[Article, ...]
    questions: tuple[LabelledQuestion, ...]


def read_beir(folder: Path) -> Beir:
    """Read a folder: `corpus.jsonl`, `queries.jsonl`, `qrels.tsv` or `qrels/test.tsv`, with or without header.

    Asked are the queries with a positive judgement, and those of `queries_unanswerable.jsonl` if it is there,
    tagged `unanswerable` and with their `kind`. Queries are cut at the length that the Assistant takes.
    Raises QuestionSetError with every bad line.
    """
    reader = _Reader(folder)
    corpus = reader.corpus()
    queries = reader.queries(QUERIES)
    qrels = reader.qrels(queries)
    unanswerable = reader.queries(UNANSWERABLE) if (folder / UNANSWERABLE).exists() else {}
    for name in queries.keys() & unanswerable.keys():
        reader.problem(UNANSWERABLE, unanswerable[name].line, f"{name} stands in {QUERIES} too", "name it otherwise")
    if reader.problems:
        raise QuestionSetError(reader.problems)
    lost = {document for judged in qrels.values() for document in judged} - corpus.keys()
    if lost:
        log.warning("judged documents are not in the corpus", count=len(lost), first=min(lost))
    asked = tuple(query.labelled(qrels[name]) for name, query in queries.items() if qrels.get(name))
    return Beir(tuple(corpus.values()), asked + tuple(query.labelled(None) for query in unanswerable.values()))


def plain_article(name: str, title: str, text: str) -> Article:
    """An article of kind policy whose passages hold `text` letter for letter, empty lines between paragraphs aside.

    A document without text says its title, so that it can be found at all.
    """
    clean = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    title = " ".join(title.split())
    paragraphs = [p for p in _PARAGRAPHS.split(clean.strip("\n")) if p.strip()] or [title or name]
    head = f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\nkind: policy\n---\n"
    body = "\n\n".join(map(_fenced, paragraphs))
    return Article(
        id=name, title=title, kind=Kind.POLICY, path=CORPUS, source=f"{head}{body}\n", body_line=head.count("\n") + 1
    )


def _fenced(paragraph: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", paragraph)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{paragraph}\n{fence}"


@dataclass(frozen=True)
class _Query:
    name: str
    text: str
    kind: str
    line: int

    def labelled(self, judged: Mapping[str, int] | None) -> LabelledQuestion:
        """judged: the grade of each relevant document; None for one that the corpus does not answer."""
        tags = ("unanswerable", *((self.kind,) if self.kind else ())) if judged is None else ()
        relevant = tuple(Relevant(document, None, grade) for document, grade in (judged or {}).items())
        return LabelledQuestion(
            self.name, self.text, relevant=relevant, answerable=judged is not None, tags=tags, line=self.line
        )


class _Reader:
    """Reads a folder's files and gathers their problems."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.problems: list[Problem] = []

    def problem(self, name: str, line: int, what: str, mend: str) -> None:
        self.problems.append(Problem(str(self._folder / name), line, what, mend))

    def corpus(self) -> dict[str, Article]:
        """The documents by id."""
        found: dict[str, Article] = {}
        for line, name, fields in self._objects(CORPUS):
            if name in found:
                self.problem(CORPUS, line, f"`_id`: {name} stands there already", "give each document its own id")
            title, text = fields.get("title") or "", fields.get("text") or ""
            if not isinstance(title, str) or not isinstance(text, str):
                self.problem(CORPUS, line, "`title` or `text` is not text", "write both as text")
            elif not (title + text).strip():
                self.problem(CORPUS, line, f"{name} has neither title nor text", "write its text or take it out")
            else:
                found[name] = plain_article(name, title, text)
        if not found and not self.problems:
            self.problem(CORPUS, 1, "holds no documents", "write one JSON object a line")
        return found

    def queries(self, file: str) -> dict[str, _Query]:
        """The queries of a file by id."""
        found: dict[str, _Query] = {}
        for line, name, fields in self._objects(file):
            text, kind = fields.get("text"), fields.get("kind")
            if name in found:
                self.problem(file, line, f"`_id`: {name} stands there already", "give each query its own id")
            elif not isinstance(text, str) or not text.strip():
                self.problem(file, line, "`text` is missing or empty", "write what is asked")
            else:
                found[name] = _Query(name, text.strip()[:MAX_QUESTION], kind if isinstance(kind, str) else "", line)
        return found

    def qrels(self, queries: Mapping[str, _Query]) -> dict[str, dict[str, int]]:
        """Positive grades by query and document."""
        file = next((name for name in QRELS if (self._folder / name).exists()), QRELS[0])
        found: dict[str, dict[str, int]] = {}
        for number, raw in self._lines(file):
            cells = [cell.strip() for cell in raw.split("\t")]
            grade = _grade(cells[-1])
            if number == 1 and grade is None:
                continue
            if len(cells) != _COLUMNS or grade is None:
                self.problem(file, number, "is not query, document and whole grade", "separate the three by tabs")
            elif cells[0] not in queries:
                self.problem(file, number, f"judges {cells[0]}, which {QUERIES} lacks", "add the query")
            elif grade > 0:
                judged = found.setdefault(cells[0], {})
                judged[cells[1]] = max(grade, judged.get(cells[1], 0))
        if not found and not self.problems:
            self.problem(file, 1, "holds no positive judgement", "write query, document and grade, tabs between")
        return found

    def _objects(self, file: str) -> Iterator[tuple[int, str, dict[str, object]]]:
        """Line, `_id` and fields of every object of a file."""
        for number, raw in self._lines(file):
            try:
                fields = json.loads(raw)
            except (ValueError, RecursionError) as error:
                self.problem(file, number, f"not JSON: {error}", "write one JSON object a line")
                continue
            name = fields.get("_id") if isinstance(fields, dict) else None
            if not isinstance(name, str) or not name.strip():
                self.problem(file, number, "`_id` is missing or no text", "give it an id")
                continue
            yield number, name, fields

    def _lines(self, file: str) -> Iterator[tuple[int, str]]:
        """Number and text of every line that is not empty."""
        try:
            raw = (self._folder / file).read_bytes().removeprefix(b"\xef\xbb\xbf")
        except OSError as error:
            self.problem(file, 1, f"cannot be read: {error.strerror}", "name a folder in BEIR's layout")
            return
        for number, line in enumerate(raw.split(b"\n"), start=1):
            try:
                text = line.decode("utf-8").rstrip("\r")
            except UnicodeDecodeError as error:
                self.problem(file, number, f"not UTF-8 at byte {error.start + 1}", "save the file in UTF-8")
                continue
            if text.strip():
                yield number, text


def _grade(written: str) -> int | None:
    """A whole grade, also as 1.0; None for anything else."""
    try:
        value = float(written)
    except ValueError:
        return None
    return int(value) if value.is_integer() else None
