"""The program itself as a service to measure: a library published into a `var` of its own, and a key."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from eval.bench.service import PORT, Service
from eval.bench.traffic import Request
from eval.errors import EvaluationError
from eval.made_library import made_articles
from kb.article import Article
from kb.folder import read_library
from kb.progress import Progress, silent
from kb.settings import Settings, load_settings
from kb.splitter import split
from kb.store.key_store import KeyStore
from kb.store.records import AccessRole, Actor

_KB = (sys.executable, "-c", "from kb.cli import main; main()")
_SHARED = ("models", "cache")
"""What a bench's own `var` takes from the real one by a link: the prepared model, and passages encoded before."""


def articles_of(library: Path | None, made: int, settings: Settings) -> list[Article]:
    """The articles of a folder, or made ones of at least so many passages."""
    if library is not None:
        return list(read_library(library, settings.zone).articles)
    articles, passages = [], 0
    for article in made_articles():
        if passages >= made:
            break
        articles.append(article)
        passages += len(split(article))
    return articles


def write_folder(articles: Sequence[Article], folder: Path) -> Path:
    """The articles as files again, where they can be published from."""
    for article in articles:
        path = folder / article.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(article.source, encoding="utf-8")
    return folder


def asking(question: str) -> Request:
    """A question as an agent's desk sends it."""
    return Request("/v1/suggestions", json.dumps({"question": question}, ensure_ascii=False))


@contextmanager
def published(folder: Path, var: Path, real: Path, progress: Progress = silent) -> Iterator[Service]:
    """The service over a folder of articles, published into `var`, with models and cache of the `real` var.

    Raises EvaluationError where the folder is not published.
    """
    var.mkdir(parents=True, exist_ok=True)
    for name in _SHARED:
        (real / name).mkdir(parents=True, exist_ok=True)
        (var / name).symlink_to((real / name).resolve(), target_is_directory=True)
    environment = {"KB_VAR": str(var), "KB_LIBRARY": "", "KB_DATABASE_URL": ""}
    progress("publishing", 0, 1)
    done = subprocess.run(  # noqa: S603
        [*_KB, "publish", str(folder), "--var", str(var)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise EvaluationError(f"{folder} is not published:\n{done.stderr.strip()[-2000:]}")
    progress("publishing", 1, 1)
    keys = KeyStore.open(load_settings(var=var))
    try:
        _, key = keys.add("bench", AccessRole.AGENT, (), Actor("bench"))
    finally:
        keys.close()
    yield Service("kb", asking, (*_KB, "serve", "--port", PORT), environment, key)


def products_of(articles: Sequence[Article]) -> list[str]:
    """Names and codes of what the articles sell."""
    return sorted({product for article in articles for product in article.products})


def questions_of(articles: Sequence[Article], most: int | None = None) -> list[str]:
    """The questions that the articles themselves say they answer."""
    return list(islice((question for article in articles for question in article.questions), most))
