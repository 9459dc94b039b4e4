"""What is evaluated: a library and a question set, from a folder of articles and a file, or from a BEIR folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from eval.beir import read_beir
from eval.errors import EvaluationError
from eval.published import PUBLISHED, contents_of
from eval.question_set import LabelledQuestion, read_question_set
from kb.article import Article
from kb.library import Library, ShopWords
from kb.settings import Settings


@dataclass(frozen=True)
class Source:
    """Articles and the questions asked of them. name: for people. library, questions_from: where they came from."""

    name: str
    library: Path
    questions_from: Path
    articles: tuple[Article, ...]
    questions: tuple[LabelledQuestion, ...]
    words: ShopWords = field(default_factory=ShopWords)
    revisions: Mapping[str, int] = field(default_factory=dict)

    @property
    def contents(self) -> Library:
        """What is indexed."""
        return Library(self.articles, self.words, self.revisions)


def read_source(settings: Settings, questions: Path | None, beir: Path | None) -> Source:
    """Read either form: a set and the library that the settings name, or a BEIR folder.

    Raises EvaluationError where neither or both are named, QuestionSetError, ArticlesError and StoreError for what
    they hold.
    """
    if beir is not None and questions is None:
        read = read_beir(beir)
        return Source(beir.resolve().name, beir, beir, read.articles, read.questions)
    if beir is None and questions is not None:
        library = contents_of(settings)
        asked = read_question_set(questions, settings.zone)
        named = settings.library or PUBLISHED
        return Source(questions.stem, named, questions, library.articles, asked, library.words, library.revisions)
    raise EvaluationError("name a library and its set (--library FOLDER --set FILE.jsonl), or --beir FOLDER alone")
