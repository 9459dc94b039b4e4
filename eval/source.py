"""What is evaluated: a library and a question set, from a folder of articles and a file, or from a BEIR folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from eval.beir import read_beir
from eval.errors import EvaluationError
from eval.question_set import LabelledQuestion, read_question_set
from kb.article import Article
from kb.folder import read_library
from kb.library import Library, ShopWords


@dataclass(frozen=True)
class Source:
    """Articles and the questions asked of them. name: for people. library, questions_from: where they came from."""

    name: str
    library: Path
    questions_from: Path
    articles: tuple[Article, ...]
    questions: tuple[LabelledQuestion, ...]
    words: ShopWords = field(default_factory=ShopWords)

    @property
    def contents(self) -> Library:
        """What is indexed."""
        return Library(self.articles, self.words)


def read_source(library: Path | None, questions: Path | None, beir: Path | None, zone: ZoneInfo) -> Source:
    """Read either form. zone: where a bare date begins.

    Raises EvaluationError where neither or both are named, QuestionSetError and ArticlesError for what they hold.
    """
    if beir is not None and questions is None:
        read = read_beir(beir)
        return Source(beir.resolve().name, beir, beir, read.articles, read.questions)
    if beir is None and questions is not None and library is not None:
        read_from = read_library(library, zone)
        asked = read_question_set(questions, zone)
        return Source(questions.stem, library, questions, read_from.articles, asked, read_from.words)
    raise EvaluationError("name a library and its set (--library FOLDER --set FILE.jsonl), or --beir FOLDER alone")
