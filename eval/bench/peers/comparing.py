"""`python -m eval.bench peers`: this program and its peers in turns, the same questions over the same passages."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from eval.bench.distinct import distinct_questions, real_questions
from eval.bench.driving import Driver, Plan, generator
from eval.bench.environment import python_of
from eval.bench.figures import Figures, medians, ratio
from eval.bench.kb_service import articles_of, products_of, published, questions_of, write_folder
from eval.bench.peers.contestants import service_of, write_passages
from eval.bench.serving import Wanted, environments
from indexer.model.prepare import prepare
from kb.progress import Progress, silent
from kb.settings import Settings
from kb.splitter import split

OWN = "kb"
_OF_THE_LIBRARY = 2000


def compare(
    wanted: Wanted, peers: Sequence[str], plan: Plan, rounds: int, settings: Settings, progress: Progress = silent
) -> dict[str, Figures]:
    """The medians of each contestant, this program first, by name. Raises EvaluationError where one does not run.

    All get the weights that the packaged model is prepared from, as sentence-transformers loads them.
    """
    python = python_of("generator", environments(settings), progress)
    model = Path(prepare(settings.model, settings.var, settings.precision, progress).source).resolve()
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        articles = articles_of(wanted.library, wanted.made, settings)
        texts = [passage.encoded for article in articles for passage in split(article)]
        passages = write_passages(texts, model, settings.var.resolve() / "bench" / "peers")
        services = [service_of(name, model, passages, environments(settings), progress) for name in peers]
        folder = wanted.library or write_folder(articles, work / "articles")
        services.insert(0, stack.enter_context(published(folder, work / "var", settings.var, progress)))
        real, products = real_questions() + questions_of(articles, _OF_THE_LIBRARY), products_of(articles)
        driver = Driver(generator(python, work), work, progress)
        found: dict[str, list[Figures]] = {service.name: [] for service in services}
        for number in range(rounds):
            for service in services:
                # Each contestant gets the same questions in a round.
                questions = distinct_questions(real, products, seed=number)
                found[service.name].append(driver.drive(service, plan, questions))
    return {name: medians(turns) for name, turns in found.items()}


def ratios(found: Mapping[str, Mapping[str, float | None]]) -> Figures:
    """The program's figures over each peer's: `rps_64_over_txtai`, `rss_over_txtai`, `p50_over_txtai` and so on."""
    own = found[OWN]
    pairs = (("rps_64", "rps_64"), ("rps_1", "rps_1"), ("rss", "rss_mb"), ("pss", "pss_mb"), ("p50", "p50_ms_1"))
    return {
        f"{short}_over_{peer.replace('-', '_')}": ratio(own.get(name), other.get(name))
        for peer, other in found.items()
        if peer != OWN
        for short, name in pairs
    }
