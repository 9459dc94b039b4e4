"""The arithmetic of the comparison with peers, and how they are told what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.bench.peers.comparing import ratios
from eval.bench.peers.contestants import service_of, write_passages
from eval.errors import EvaluationError


def test_the_ratios_are_of_this_program_over_each_peer() -> None:
    found = ratios(
        {
            "kb": {"rps_64": 240.0, "rps_1": 100.0, "rss_mb": 400.0, "pss_mb": 300.0, "p50_ms_1": 10.0},
            "txtai": {"rps_64": 20.0, "rps_1": 25.0, "rss_mb": 1000.0, "pss_mb": 1000.0, "p50_ms_1": 40.0},
            "txtai-hybrid": {"rps_64": 10.0},
        }
    )
    assert found["rps_64_over_txtai"] == 12
    assert found["rps_1_over_txtai"] == 4
    assert found["rss_over_txtai"] == 0.4
    assert found["pss_over_txtai"] == 0.3
    assert found["p50_over_txtai"] == 0.25
    assert found["rps_64_over_txtai_hybrid"] == 24
    assert found["rss_over_txtai_hybrid"] is None


def test_an_unknown_peer_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no peer is called 'solr'; there are txtai, txtai-hybrid"):
        service_of("solr", tmp_path, tmp_path / "passages.jsonl", tmp_path)


def test_passages_keep_their_line_breaks_and_lie_by_what_they_are(tmp_path: Path) -> None:
    first = write_passages(["一\n二", "三"], Path("model-a"), tmp_path)
    assert [json.loads(line) for line in first.read_text(encoding="utf-8").splitlines()] == ["一\n二", "三"]
    assert write_passages(["一\n二", "三"], Path("model-a"), tmp_path) == first
    assert write_passages(["一\n二", "三"], Path("model-b"), tmp_path) != first
