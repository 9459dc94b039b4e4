"""`python -m eval.bench serve`: this program's server beside its encoder, in one run."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from eval.bench import encoder_alone
from eval.bench.distinct import distinct_questions, real_questions
from eval.bench.driving import Driver, Plan, generator
from eval.bench.environment import python_of
from eval.bench.figures import Figures, medians, owed
from eval.bench.kb_service import articles_of, asking, products_of, published, questions_of, write_folder
from eval.bench.service import Service
from kb.progress import Progress, silent
from kb.settings import Settings

_ENCODED = 1024
_OF_THE_LIBRARY = 2000


@dataclass(frozen=True)
class Wanted:
    """What to serve: a folder, made articles of so many passages, or a server that runs at `url` already."""

    library: Path | None = None
    made: int = 0
    url: str = ""
    key: str = ""


def measure(wanted: Wanted, plan: Plan, rounds: int, settings: Settings, progress: Progress = silent) -> Figures:
    """Each round's encoder and server by turns, the encoder once more at the end; medians, and what is owed.

    Raises EvaluationError where something does not start, is not published or does not answer.
    """
    python = python_of("generator", environments(settings), progress)
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        articles = articles_of(wanted.library, wanted.made, settings)
        if wanted.url:
            service = Service("kb", asking, key=wanted.key, url=wanted.url.rstrip("/"))
        else:
            folder = wanted.library or write_folder(articles, work / "articles")
            service = stack.enter_context(published(folder, work / "var", settings.var, progress))
        real = real_questions() + questions_of(articles, _OF_THE_LIBRARY)
        products = products_of(articles)
        driver = Driver(generator(python, work), work, progress)
        alone, served = [], []
        for number in range(rounds + 1):
            progress("the encoder alone", number, rounds + 1)
            some = distinct_questions(real, products, seed=number)
            alone.append(encoder_alone.measured([next(some) for _ in range(_ENCODED)], {"KB_VAR": str(settings.var)}))
            progress("the encoder alone", number + 1, rounds + 1)
            if number < rounds:
                served.append(driver.drive(service, plan, distinct_questions(real, products, seed=100 + number)))
    found = medians(served) | medians(alone)
    return found | owed(found)


def environments(settings: Settings) -> Path:
    """Where the environments of generator and peers are kept."""
    return settings.var.resolve() / "bench" / "environments"
