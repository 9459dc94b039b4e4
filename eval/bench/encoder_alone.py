"""What the encoder takes by itself, in a process of its own: `python -m eval.bench.encoder_alone < QUESTIONS`.

Every figure of a server stands beside this one, taken in the same run, since machines and their load differ.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from eval.bench.figures import Figures
from eval.errors import EvaluationError

_SINGLE = 300
_IN_BATCHES = 1024
_SIZES = (8, 16, 32, 64)
_WARM = 20


def measured(questions: Sequence[str], environment: Mapping[str, str]) -> Figures:
    """`encoder_ms`: the median of one question alone. `encoder_best_rps`: questions a second, at the best batch size.

    Raises EvaluationError where the process fails.
    """
    # On all cores, however the server's processes share them.
    alone = {**os.environ, **environment, "KB_WORKERS": "1", "KB_THREADS": ""}
    done = subprocess.run(
        [sys.executable, "-m", "eval.bench.encoder_alone"],
        input=json.dumps(list(questions[:_IN_BATCHES])),
        env=alone,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EvaluationError(f"the encoder cannot be measured:\n{done.stderr.strip()[-2000:]}")
    found: Figures = json.loads(done.stdout)
    return found


def main() -> None:
    """Read questions as a JSON list, write the figures as JSON."""
    from indexer.workspace import Workspace
    from kb.settings import load_settings

    questions: list[str] = json.load(sys.stdin)
    encoder = Workspace(load_settings()).encoder
    for question in questions[-_WARM:]:
        encoder.encode_queries([question])
    single = []
    for question in questions[:_SINGLE]:
        began = time.perf_counter()
        encoder.encode_queries([question])
        single.append((time.perf_counter() - began) * 1000)
    # Questions of like length beside each other: nothing is padded, which is the best a server could have.
    questions.sort(key=len)
    best = 0.0
    for size in _SIZES:
        encoder.encode_queries(questions[:size])
        began = time.perf_counter()
        for start in range(0, len(questions), size):
            encoder.encode_queries(questions[start : start + size])
        best = max(best, len(questions) / (time.perf_counter() - began))
    json.dump({"encoder_ms": statistics.median(single), "encoder_best_rps": best}, sys.stdout)


if __name__ == "__main__":
    main()
