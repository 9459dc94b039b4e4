"""The commands' arguments, and the tables and files of figures made by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from eval.bench import showing
from eval.bench.cli import app
from eval.bench.encoding import Encoding


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--clients", "1,x"], "write numbers like"),
        (["serve", "--clients", "0"], "write numbers like"),
        (["serve", "--seconds", "2", "--warm-up", "2"], "leave nothing to count"),
        (["serve", "--library", "articles", "--made", "100"], "not both"),
        (["serve", "--url", "http://127.0.0.1:1"], "needs both"),
        (["peers", "--against", "solr"], "'solr' is none of"),
        (["peers", "--library", "articles", "--made", "100"], "not both"),
        (["scale", "--sizes", ""], "write numbers like"),
        (["encoding", "--library", "articles", "--made", "100"], "not both"),
        (["publish", "--passages", "0"], "--passages"),
    ],
)
def test_arguments_that_cannot_work_are_refused_with_a_reason(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "200", "TERM": "dumb"})
    assert done.exit_code == 2
    assert said in done.output


FOUND: dict[str, float | None] = {
    **{
        f"{name}_{n}": value for n in (1, 64) for name, value in (("p50_ms", 9.876), ("p95_ms", 12.0), ("p99_ms", 20.0))
    },
    "rps_1": 99.0,
    "rps_64": 212.34,
    "repeat_rps_64": 300.0,
    "encoder_ms": 4.5,
    "encoder_best_rps": 400.0,
    "rss_mb": None,
    "errors": 0.0,
    "p50_over_encoder": 2.19,
}


def test_the_table_of_a_server_shows_its_loads_beside_the_encoder() -> None:
    console = Console(record=True, width=120)
    showing.show(console, FOUND, (1, 64))
    lines = console.export_text().splitlines()
    assert any("1 client " in line and "9.9" in line and "99.0" in line for line in lines)
    assert any("64 clients, 40 % repeats" in line and "300.0" in line for line in lines)
    assert any("the encoder alone" in line and "4.50" in line and "400.0" in line for line in lines)
    assert any("RSS" in line and "–" in line for line in lines)
    assert not any("open loop" in line for line in lines)


def test_the_file_of_a_server_has_the_names_of_the_issue(tmp_path: Path) -> None:
    showing.write(tmp_path / "serve.json", showing.as_written(FOUND, "articles"))
    found = json.loads((tmp_path / "serve.json").read_text())
    assert found["what"] == "articles"
    assert (found["p50_ms_1"], found["rps_64"], found["encoder_ms"], found["rss_mb"]) == (9.876, 212.3, 4.5, None)


def test_the_table_of_peers_has_a_column_each_and_says_what_they_do_not_do() -> None:
    console = Console(record=True, width=120)
    showing.show_peers(console, {"kb": FOUND, "txtai": {"rps_64": 20.0}}, {"rps_64_over_txtai": 10.617}, (64,))
    text = console.export_text()
    assert "no late interaction" in text
    assert any("answers/s, 64 clients" in line and "212.3" in line and "20.0" in line for line in text.splitlines())
    assert any("rps_64_over_txtai" in line and "10.62" in line for line in text.splitlines())


def test_the_encoders_share_is_of_the_bare_models_rate_by_the_medians() -> None:
    found = Encoding(100, 6000, bare=(1.0, 2.0, 9.0), encoder=(2.5, 2.5, 2.5), build=(4.0, 4.0, 1.0)).figures()
    assert (found["bare_rate"], found["encoder_rate"], found["build_rate"]) == (50, 40, 25)
    assert (found["encoding_share"], found["build_share"]) == (0.8, 0.5)
