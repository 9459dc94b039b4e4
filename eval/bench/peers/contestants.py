"""How each peer is set up over the same passages and started: as its own documentation says, nothing slowed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from eval.bench.environment import python_of
from eval.bench.service import PORT, Service
from eval.bench.traffic import Request
from eval.errors import EvaluationError
from kb.progress import Progress, silent

TXTAI: dict[str, dict[str, object]] = {
    "txtai": {"content": True},
    "txtai-hybrid": {"content": True, "hybrid": True},
    "txtai-bare": {"content": False},
}
"""txtai's configurations: with the texts of what it finds (as its API is documented), BM25 beside it, ids alone."""
PLAIN = "plain"
NAMES = (*TXTAI, PLAIN)

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[2]
_BEST = 10


def write_passages(texts: Sequence[str], model: Path, root: Path) -> Path:
    """The passages as the peers read them, a JSON string a line; beside them what each makes of them, once."""
    written = "".join(json.dumps(text, ensure_ascii=False) + "\n" for text in texts)
    folder = root / hashlib.sha256(f"{model.name}\n{written}".encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "passages.jsonl").write_text(written, encoding="utf-8")
    return folder / "passages.jsonl"


def service_of(name: str, model: Path, passages: Path, environments: Path, progress: Progress = silent) -> Service:
    """A peer over a file of passages, with its environment and its index made. Raises EvaluationError."""
    if name == PLAIN:
        return _plain(model, passages, environments, progress)
    if name in TXTAI:
        return _txtai(name, model, passages, environments, progress)
    raise EvaluationError(f"no peer is called {name!r}; there are {', '.join(NAMES)}")


def _plain(model: Path, passages: Path, environments: Path, progress: Progress) -> Service:
    python = python_of(PLAIN, environments, progress)
    app = ("-m", "uvicorn", "--factory", "eval.bench.peers.plain.app:create_app", "--log-level", "warning")
    return Service(
        PLAIN,
        lambda question: Request("/search", json.dumps({"question": question}, ensure_ascii=False)),
        (str(python), *app, "--port", PORT),
        {"MODEL": str(model), "PASSAGES": str(passages), "PYTHONPATH": str(_ROOT), "HF_HUB_OFFLINE": "1"},
    )


def _txtai(name: str, model: Path, passages: Path, environments: Path, progress: Progress) -> Service:
    work = passages.parent
    python = python_of("txtai", environments, progress)
    embeddings = {
        "path": str(model),
        "instructions": {"query": "query: ", "data": "passage: "},
        "backend": "faiss",
        **TXTAI[name],
    }
    offline = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    configuration, index, server = work / f"{name}.json", work / name, work / f"{name}.yml"
    configuration.write_text(json.dumps(embeddings), encoding="utf-8")
    if not index.exists():
        progress(f"{name}: index", 0, 1)
        done = subprocess.run(  # noqa: S603
            [str(python), str(_HERE / "txtai_index.py"), str(configuration), str(passages), str(index)],
            env={**os.environ, **offline},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise EvaluationError(f"{name} makes no index:\n{done.stderr.strip()[-2000:]}")
        progress(f"{name}: index", 1, 1)
    # JSON is YAML.
    server.write_text(json.dumps({"path": str(index), "writable": False, "embeddings": embeddings}), encoding="utf-8")
    app = ("-m", "uvicorn", "txtai.api:app", "--log-level", "warning", "--port", PORT)
    return Service(
        name,
        lambda question: Request("/search?" + urlencode({"query": question, "limit": _BEST})),
        (str(python), *app),
        {"CONFIG": str(server), **offline},
    )
