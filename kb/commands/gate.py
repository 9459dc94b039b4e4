"""The gate that publications pass: the evaluation's, injected here so that `indexer` need not know it."""

from __future__ import annotations

from kb.gate import Gate
from kb.settings import Settings


def gate_of(settings: Settings) -> Gate:
    """The evaluation's gate, over `must_pass` and the question set that the settings name."""
    from eval.publish_gate import EvaluationGate

    return EvaluationGate.of(settings)
