"""How long it takes from the call that publishes an article to the first answer that has it.

`python -m eval.bench publish`; the library is made by rule, so anyone measures the same.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from eval.made_library import changed, made_article, made_articles
from eval.stand_in import StandIn
from indexer.build import build
from indexer.generation import Generation
from indexer.segment import segments_root
from indexer.workspace import Workspace
from kb.article import Article
from kb.assistant import Assistant, AssistantSettings
from kb.encoder import Encoder
from kb.question import Question
from kb.settings import Settings
from kb.splitter import split

_SAMPLE = 256
_ANSWERS = 40


@dataclass(frozen=True)
class Publish:
    """One article published. Times in seconds; total: from the call to the answer that has it.

    bytes: written for it. found: whether the first answer had the new text.
    """

    build: float
    load: float
    ready: float
    answer: float
    total: float
    segments: int
    bytes: int
    found: bool


@dataclass(frozen=True)
class Speed:
    """What was measured. encoder_rate, build_rate: passages a second, of the encoder alone and of a build from nothing.

    drawn: whether the library's vectors were drawn instead of encoded; then build_rate is without the encoder.
    answer_ms: the median of an answer before the first publish.
    """

    articles: int
    passages: int
    drawn: bool
    encoder_rate: float
    build_rate: float
    answer_ms: float
    bytes: int
    publishes: tuple[Publish, ...]


def run(passages: int, publishes: int, is_drawn: bool, work: Path | None, settings: Settings) -> Speed:
    """Measure in a folder: one given, or a new one that is removed afterwards."""
    workspace = Workspace(settings)
    folder = work or Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        return measure(workspace.encoder, workspace.assistant_settings, folder, passages, publishes, is_drawn)
    finally:
        if work is None:
            shutil.rmtree(folder)


def measure(
    encoder: Encoder, settings: AssistantSettings, work: Path, passages: int, publishes: int, is_drawn: bool
) -> Speed:
    """Build a library of so many passages and publish single articles into it, one after another."""
    articles, texts = _library(passages)
    sample = texts[:: max(1, len(texts) // _SAMPLE)][:_SAMPLE]
    by_length = sorted(sample, key=len)
    encoder.encode_passages(by_length[:32])
    start = time.perf_counter()
    encoder.encode_passages(by_length)
    encoder_rate = len(by_length) / (time.perf_counter() - start)
    by = StandIn(encoder, sample) if is_drawn else encoder
    start = time.perf_counter()
    name = build(articles, by, work, revisions={article.id: 1 for article in articles})
    build_rate = len(texts) / (time.perf_counter() - start)
    if isinstance(by, StandIn):
        by.is_real = True
    generation = Generation.load(work / "generations" / name, by.fingerprint)
    assistant = Assistant(generation, by, settings)
    assistant.warm_up()
    answer_ms = statistics.median(_answering(assistant, articles))
    found = tuple(_publishes(assistant, by, settings, work, articles, publishes))
    size = _size(segments_root(work))
    return Speed(len(articles), len(texts), is_drawn, encoder_rate, build_rate, answer_ms, size, found)


def _library(passages: int) -> tuple[list[Article], list[str]]:
    articles: list[Article] = []
    texts: list[str] = []
    for article in made_articles():
        articles.append(article)
        texts += [passage.encoded for passage in split(article)]
        if len(texts) >= passages:
            return articles, texts
    return articles, texts


def _answering(assistant: Assistant, articles: Sequence[Article]) -> Iterator[float]:
    asked = [question for article in articles for question in article.questions]
    for text in islice(asked, 0, None, max(1, len(asked) // _ANSWERS)):
        yield assistant.suggest(Question(text)).took_ms["total"]


def _publishes(
    assistant: Assistant, encoder: Encoder, settings: AssistantSettings, work: Path, articles: list[Article], count: int
) -> Iterator[Publish]:
    """Every second one changes an article, every other adds one."""
    for number in range(1, count + 1):
        at = number * len(articles) // (count + 1) if number % 2 else len(articles)
        article = made_article(at, edit=number)
        articles = [*articles[:at], article, *articles[at + 1 :]]
        revisions: Mapping[str, int] = {one.id: number if one is article else 1 for one in articles}
        before, old = _size(work), assistant.index
        times = [time.perf_counter()]
        name = build(articles, encoder, work, revisions=revisions, previous=_generation(old))
        times.append(time.perf_counter())
        generation = Generation.load(work / "generations" / name, encoder.fingerprint, _generation(old))
        times.append(time.perf_counter())
        assistant = Assistant(generation, encoder, settings)
        assistant.warm_up()
        times.append(time.perf_counter())
        answer = assistant.suggest(Question(changed(at, number)))
        times.append(time.perf_counter())
        has_it = any(one.source.article == article.id for one in answer.suggestions)
        built, loaded, ready, answered = (later - earlier for earlier, later in pairwise(times))
        written = _size(work) - before
        total, segments = times[-1] - times[0], len(generation.portions)
        yield Publish(built, loaded, ready, answered, total, segments, written, has_it)


def _generation(index: object) -> Generation | None:
    return index if isinstance(index, Generation) else None


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def table(found: Speed) -> str:
    """The figures for people."""
    how = "vectors drawn, those of changed passages encoded" if found.drawn else "all vectors encoded"
    lines = [
        f"{found.passages} passages in {found.articles} articles, {found.bytes / 1e6:.0f} MB of segments; {how}",
        f"the encoder alone       {found.encoder_rate:8.0f} passages a second",
        f"a build from nothing    {found.build_rate:8.0f} passages a second"
        + (" (without the encoder)" if found.drawn else f", {found.build_rate / found.encoder_rate:.0%} of it"),
        f"an answer, median       {found.answer_ms:8.1f} ms",
        "one article published   " + "  ".join(f"{name:>8}" for name in ("build", "load", "ready", "answer", "total")),
    ]
    for name, chosen in (("median", statistics.median), ("worst", max)):
        times = [chosen([getattr(p, stage) for p in found.publishes]) for stage in _STAGES]
        lines.append(f"  {name:<22}" + "  ".join(f"{seconds:7.3f}s" for seconds in times))
    missed = sum(not p.found for p in found.publishes)
    most = max(p.bytes for p in found.publishes)
    lines.append(
        f"{len(found.publishes)} published, {missed} not in their first answer; "
        f"at most {max(p.segments for p in found.publishes)} segments, {most / 1e6:.1f} MB written for one"
    )
    return "\n".join(lines) + "\n"


_STAGES = ("build", "load", "ready", "answer", "total")
