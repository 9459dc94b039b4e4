"""One size of a growing library, in a process of its own: built in one, asked in another, so that memory is its own.

`python -m eval.bench.library_step build|ask PASSAGES FOLDER` writes what it measured as JSON on standard output.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from eval.bench.distinct import distinct_questions, real_questions
from eval.bench.figures import Figures, percentile
from eval.bench.kb_service import articles_of, products_of, questions_of
from eval.bench.process_use import memory
from eval.stand_in import StandIn
from indexer.build import build
from indexer.generation import Generation
from indexer.segment import segments_root
from indexer.workspace import Workspace
from kb.assistant import Assistant
from kb.encoder import Encoder, Floats
from kb.garbage import set_aside
from kb.leg import Query
from kb.question import Question
from kb.settings import Settings, load_settings
from kb.splitter import split

_SAMPLE = 512
_ASKED = 200
_WARM = 30
_COMPARED = 100
_VARIED_BY = 1000
_NEAREST = 50
_CHUNK = 8192
_NAME = "generation.json"
_DEMO = Path("articles")
_MB = 1e6


def main() -> None:
    """Measure one step."""
    step, passages, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    settings = load_settings()
    found = built(passages, folder, settings) if step == "build" else asked(passages, folder, settings)
    json.dump(found, sys.stdout)


def built(passages: int, folder: Path, settings: Settings) -> Figures:
    """Build the library: seconds, passages a second (without the encoder), bytes on disk by kind, the most memory."""
    encoder = _stand_in(Workspace(settings).encoder)
    articles = articles_of(None, passages, settings)
    before = _most_memory()
    began = time.perf_counter()
    name = build(articles, encoder, folder)
    seconds = time.perf_counter() - began
    (folder / _NAME).write_text(json.dumps(name))
    files = [path for path in segments_root(folder).rglob("*") if path.is_file()]
    kinds = {path.name.partition(".")[0] for path in files}
    sizes = {kind: sum(p.stat().st_size for p in files if p.name.partition(".")[0] == kind) / _MB for kind in kinds}
    return {
        "build_s": seconds,
        "build_rate": passages / seconds,
        "build_peak_mb": _most_memory(),
        "before_build_mb": before,
        "disk_mb": sum(sizes.values()),
        **{f"disk_{kind}_mb": size for kind, size in sorted(sizes.items())},
    }


def asked(passages: int, folder: Path, settings: Settings) -> Figures:
    """Load and ask it: seconds to load, memory, latency by stage, recall@50 of the dense leg against exact search."""
    workspace = Workspace(settings)
    encoder = _stand_in(workspace.encoder)
    began = time.perf_counter()
    generation = Generation.load(folder / "generations" / json.loads((folder / _NAME).read_text()), encoder.fingerprint)
    assistant = Assistant(generation, encoder, workspace.assistant_settings)
    assistant.warm_up()
    # As a server does.
    set_aside(thoroughly=True)
    loaded = time.perf_counter() - began
    articles = articles_of(None, min(passages, _VARIED_BY), settings)
    questions = distinct_questions(real_questions() + questions_of(articles, 1000), products_of(articles))
    for text in islice(questions, _WARM):
        assistant.suggest(Question(text))
    took: dict[str, list[float]] = {}
    for text in islice(questions, _ASKED):
        for stage, ms in assistant.suggest(Question(text)).took_ms.items():
            took.setdefault(stage, []).append(ms)
    held = memory_now()
    found: Figures = {"passages": float(len(generation.passages)), "load_s": loaded, **held}
    for stage, times in took.items():
        found |= {f"{stage}_p50_ms": statistics.median(times), f"{stage}_p95_ms": percentile(times, 95)}
    return found | {"recall_50": recall(generation, encoder, list(islice(questions, _COMPARED)))}


def recall(generation: Generation, encoder: StandIn, questions: Sequence[str]) -> float:
    """The share of the 50 passages nearest to a question that the dense leg finds; ties at the edge count as found."""
    vectors = encoder.encode_queries(questions)
    exact = np.full((len(questions), _NEAREST), -2.0, dtype=np.float32)
    for some in _chunks(generation, encoder):
        both = np.concatenate([exact, vectors.vectors @ some.T], axis=1)
        exact = -np.partition(-both, _NEAREST - 1, axis=1)[:, :_NEAREST]
    dense = next(leg for leg in generation.legs if leg.name == "dense")
    every = np.ones(len(generation.passages), dtype=np.bool_)
    shares = []
    for number, text in enumerate(questions):
        query = Query(text, vectors.vectors[number], vectors.tokens[number])
        hits = dense.search(query, every, _NEAREST)
        cosines = encoder.drawn([generation.passages[place].encoded for place in hits.ordinals]) @ query.vector
        shares.append(float((cosines >= exact[number].min() - 1e-6).sum()) / min(_NEAREST, len(every)))
    return statistics.fmean(shares)


def _chunks(generation: Generation, encoder: StandIn) -> Iterator[Floats]:
    for start in range(0, len(generation.passages), _CHUNK):
        yield encoder.drawn([passage.encoded for passage in generation.passages[start : start + _CHUNK]])


def _stand_in(encoder: Encoder) -> StandIn:
    """Vectors drawn near those of real passages, the demo shop's where it is there."""
    articles = articles_of(_DEMO if _DEMO.is_dir() else None, _SAMPLE, load_settings())
    texts = [passage.encoded for article in articles for passage in split(article)]
    return StandIn(encoder, texts[:: max(1, len(texts) // _SAMPLE)][:_SAMPLE])


def memory_now() -> Figures:
    """`rss_mb` and `pss_mb` of this process."""
    held = memory(os.getpid())
    return {"rss_mb": held.rss / _MB, "pss_mb": held.pss / _MB}


def _most_memory() -> float:
    """The most resident memory that this process has had, in millions of bytes."""
    written = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", written)
    return int(found[1]) * 1024 / _MB if found else 0.0


if __name__ == "__main__":
    main()
