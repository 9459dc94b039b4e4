"""Measures grouping by meaning, as precision and recall of pairs of questions that are put together.

The sets under `eval/meanings` hold customers' phrasings of one meaning a line.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kb.encoder import Encoder
from kb.grouping import SAME, Likeness, grouped

MEANINGS = Path(__file__).parent / "meanings"
_ORDERS = 8


@dataclass(frozen=True)
class Grouping:
    """precision: of the pairs in one group, those of one meaning. recall: of the pairs of one meaning, those together.

    Means over orders in which the questions come in.
    """

    threshold: float
    precision: float
    recall: float
    groups: float


def read_meanings(folder: Path = MEANINGS) -> list[list[str]]:
    """The questions of each meaning, over every `*.jsonl` file of a folder."""
    rows = [row for path in sorted(folder.glob("*.jsonl")) for row in path.read_text("utf-8").splitlines() if row]
    return [list(json.loads(row)["questions"]) for row in rows]


def measure(
    encoder: Encoder, meanings: Sequence[Sequence[str]], thresholds: Sequence[float] = (SAME,)
) -> list[Grouping]:
    """Precision and recall of pairs at each threshold."""
    texts = [text for questions in meanings for text in questions]
    truth = np.array([number for number, questions in enumerate(meanings) for _ in questions])
    vectors = np.concatenate([encoder.encode_queries(texts[n : n + 64]).vectors for n in range(0, len(texts), 64)])
    likeness = Likeness(encoder)
    found = []
    for threshold in thresholds:
        counts = np.zeros(3)
        groups = 0
        for seed in range(_ORDERS):
            order = np.random.default_rng(seed).permutation(len(texts))
            labels = np.array(grouped(vectors[order], likeness, threshold))
            counts += _pairs(labels, truth[order])
            groups += len(set(labels))
        both, together, same = counts
        found.append(Grouping(threshold, both / max(1, together), both / max(1, same), groups / _ORDERS))
    return found


def _pairs(labels: npt.NDArray[np.int64], truth: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Pairs that are together and mean the same, that are together, that mean the same."""
    above = np.triu_indices(len(labels), 1)
    together = (labels[:, None] == labels[None, :])[above]
    same = (truth[:, None] == truth[None, :])[above]
    return np.array([(together & same).sum(), together.sum(), same.sum()], dtype=np.float64)
