"""Measures grouping by meaning, and whom a unified reply reaches; `python -m eval.grouping` prints both.

The sets under `eval/meanings` hold customers' phrasings of one meaning a line. Thresholds are chosen on the meanings
of even number (`chosen`) and measured on the others (`held out`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kb.encoder import Encoder, Floats
from kb.grouping import SAME, SAME_AS_REPLY, Likeness, grouped, reply_for

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


@dataclass(frozen=True)
class Reach:
    """Whom unified replies reach, each of a group of `members` questions of one meaning, over all other questions.

    precision: of those reached, how many mean the same. recall: of those that mean the same, how many are reached.
    strangers: of the questions of other meanings, the share that one reply reaches.
    """

    threshold: float
    members: int
    precision: float
    recall: float
    strangers: float


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


def reach(
    encoder: Encoder, meanings: Sequence[Sequence[str]], thresholds: Sequence[float], members: int = 3
) -> list[Reach]:
    """Whom unified replies reach at each threshold, while a group of every other meaning is known.

    Every meaning has a group of `members` of its questions; its others are asked. Over several choices of both.
    """
    texts = [text for questions in meanings for text in questions]
    truth = np.array([number for number, questions in enumerate(meanings) for _ in questions])
    vectors = np.concatenate([encoder.encode_queries(texts[n : n + 64]).vectors for n in range(0, len(texts), 64)])
    likeness = Likeness(encoder)
    counts = np.zeros((len(thresholds), 3))
    for seed in range(_ORDERS):
        random = np.random.default_rng(seed)
        inside = [random.permutation(np.flatnonzero(truth == n))[:members] for n in range(len(meanings))]
        means = np.array([vectors[some].mean(axis=0) for some in inside])
        for asked in np.setdiff1d(np.arange(len(texts)), np.concatenate(inside)):
            for row, least in enumerate(thresholds):
                counts[row] += _reached(vectors[asked], means, int(truth[asked]), likeness, least)
    return [
        Reach(least, members, right / max(1, right + wrong), right / asked, wrong / (asked * (len(meanings) - 1)))
        for least, (right, wrong, asked) in zip(thresholds, counts, strict=True)
    ]


def _reached(vector: Floats, means: Floats, own: int, likeness: Likeness, least: float) -> tuple[float, float, float]:
    """Whether its own meaning's reply reaches a question, how many others do, and 1."""
    near = np.flatnonzero(likeness.scaled(means @ vector) >= least)
    reached = [
        int(n)
        for n in near
        if reply_for(vector, means[n : n + 1], np.delete(means, n, axis=0), likeness, least) is not None
    ]
    return float(own in reached), float(len(reached) - (own in reached)), 1.0


def table(encoder: Encoder, meanings: Sequence[Sequence[str]]) -> str:
    """Both measures on both parts, as Markdown."""
    grid = sorted({SAME, *(round(0.40 + 0.02 * n, 2) for n in range(9))})
    rows = ["| part | threshold | pair precision | pair recall | groups |", "|---|---|---|---|---|"]
    parts = {"chosen": meanings[::2], "held out": meanings[1::2]}
    for part, some in parts.items():
        for one in measure(encoder, some, grid):
            used = " (used)" if one.threshold == SAME else ""
            share = f"{one.precision:.3f} | {one.recall:.3f}"
            rows.append(f"| {part} | {one.threshold:.2f}{used} | {share} | {one.groups:.0f} of {len(some)} |")
    rows += ["", "| part | threshold | members | precision | recall | strangers reached |", "|---|---|---|---|---|---|"]
    for part, some in parts.items():
        for members in (2, 3):
            for of in reach(encoder, some, sorted({0.40, SAME, SAME_AS_REPLY, 0.52, 0.56}), members):
                shown = f"{of.threshold:.2f}" + (" (used)" if of.threshold == SAME_AS_REPLY else "")
                rows.append(
                    f"| {part} | {shown} | {members} | {of.precision:.3f} | {of.recall:.3f} | {of.strangers:.5f} |"
                )
    return "\n".join(rows)


def _pairs(labels: npt.NDArray[np.int64], truth: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Pairs that are together and mean the same, that are together, that mean the same."""
    above = np.triu_indices(len(labels), 1)
    together = (labels[:, None] == labels[None, :])[above]
    same = (truth[:, None] == truth[None, :])[above]
    return np.array([(together & same).sum(), together.sum(), same.sum()], dtype=np.float64)


def main() -> None:
    """Print the tables of the packaged encoder."""
    from indexer.workspace import Workspace
    from kb.settings import load_settings

    sys.stdout.write(table(Workspace(load_settings()).encoder, read_meanings()) + "\n")


if __name__ == "__main__":
    main()
