from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from eval.cli import app
from eval.record import read_records
from eval.run import read_summary
from indexer.workspace import Workspace
from kb.errors import KbError
from tests.support.articles import article_text, write_library
from tests.support.toy_encoder import ToyEncoder

SET = [
    {"id": "washer", "question": "洗衣机多重", "relevant": [{"article": "washer"}], "tags": ["plain"]},
    {"id": "freight", "question": "退货 运费", "relevant": [{"article": "freight"}], "answer_contains": ["12元"]},
    {"id": "none", "question": "电饭煲", "answerable": False},
]


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy encoder in the packaged model's place."""
    monkeypatch.setattr(Workspace, "model", SimpleNamespace(card=SimpleNamespace(agreement=None)))
    monkeypatch.setattr(Workspace, "encoder", ToyEncoder())
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_library(
        tmp_path / "articles",
        washer=article_text("洗衣机", "洗衣机重 70 公斤。", must_pass=["洗衣机"]),
        freight=article_text("运费", "退货的运费 12 元。", must_pass=["运费"]),
    )
    (tmp_path / "shop.jsonl").write_text("".join(json.dumps(line) + "\n" for line in SET), encoding="utf-8")
    return tmp_path


def kb(*arguments: object, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=typed)


def run(place: Path, name: str = "run", *more: object) -> Result:
    subject = "--library", place / "articles", "--set", place / "shop.jsonl", "--var", place / "var"
    return kb("run", *subject, "--out", place / name, *more)


def test_a_run_end_to_end(place: Path) -> None:
    result = run(place)
    assert result.exit_code == 0, result.output
    assert "shop: 3 questions" in result.output
    summary = read_summary(place / "run")
    assert (summary["n"], summary["measures"]["success@1"], summary["measures"]["answer@1"]) == (3, 1.0, 1.0)
    assert summary["config"]["name"] == "shop"
    assert [r.id for r in read_records(place / "run")] == ["washer", "freight", "none"]
    # The generation stands beside others; none was made current.
    assert (place / "var" / "generations" / summary["generation"]).is_dir()
    assert not (place / "var" / "generations" / "current.json").exists()


def test_the_same_run_twice_differs_in_times_alone(place: Path) -> None:
    run(place, "one")
    run(place, "two")
    one, two = ([r.model_copy(update={"took_ms": {}}) for r in read_records(place / name)] for name in ("one", "two"))
    assert one == two
    for name in ("run.trec", "qrels.trec"):
        assert (place / "one" / name).read_bytes() == (place / "two" / name).read_bytes()


def test_name_limit_half_and_clock(place: Path) -> None:
    result = run(place, "run", "--name", "sample", "--limit", 2, "--at", "2026-01-01")
    assert result.exit_code == 0, result.output
    summary = read_summary(place / "run")
    assert (summary["n"], summary["config"]["name"], summary["config"]["limit"]) == (2, "sample", 2)
    assert summary["config"]["at"] == "2026-01-01T00:00:00+08:00"
    halves = {}
    for half in ("learn", "test"):
        assert run(place, half, "--half", half).exit_code == 0
        halves[half] = [r.id for r in read_records(place / half)]
        assert read_summary(place / half)["config"]["name"] == f"shop-{half}"
    assert sorted(halves["learn"] + halves["test"]) == ["freight", "none", "washer"]


def test_a_beir_folder(place: Path) -> None:
    folder = place / "faq"
    folder.mkdir()
    (folder / "corpus.jsonl").write_text('{"_id": "D 1", "text": "退货"}\n{"_id": "D 2", "text": "发票"}\n', "utf-8")
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "发票"}\n', "utf-8")
    (folder / "qrels.tsv").write_text("q\tD 2\t1\n", "utf-8")
    result = kb("run", "--beir", folder, "--out", place / "run", "--var", place / "var")
    assert result.exit_code == 0, result.output
    assert (place / "run" / "run.trec").read_text("utf-8").splitlines()[0] == "q Q0 D%202 1 999 faq"
    assert read_summary(place / "run")["measures"]["ndcg@10"] == 1.0
    # Its articles have no must_pass questions.
    kb("accept", place / "run", "--reason", "first", "--baseline", place / "b.json")
    gate = kb("gate", place / "run", "--baseline", place / "b.json", "--var", place / "var")
    assert (gate.exit_code, "the gate is open" in gate.output) == (0, True)


@pytest.mark.parametrize("named", [[], ["--set", "x.jsonl", "--beir", "y"]])
def test_neither_or_both_sources_are_refused(place: Path, named: list[str]) -> None:
    result = kb("run", "--library", place / "articles", *named, "--out", place / "run", "--var", place / "var")
    assert isinstance(result.exception, KbError)
    assert "name a library and its set" in str(result.exception)
    assert not (place / "run").exists()


def test_an_interrupted_run_leaves_no_files(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kb.assistant import Assistant

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Assistant, "suggest", stop)
    assert run(place).exit_code != 0
    assert not (place / "run").exists() or list((place / "run").iterdir()) == []


def test_lint(place: Path) -> None:
    good = kb("lint", place / "shop.jsonl", "--library", place / "articles")
    assert (good.exit_code, "1 unanswerable · 1 with answer_contains" in good.output) == (0, True), good.output
    assert "mean overlap with the relevant article 0." in good.output
    bad = {"id": "bad", "question": "运费", "relevant": [{"article": "gone"}]}
    with (place / "shop.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(bad) + "\n")
    result = kb("lint", place / "shop.jsonl", "--library", place / "articles")
    assert result.exit_code == 1
    assert f"{place}/shop.jsonl:4: bad: `relevant`: no article is called gone" in result.output
    assert "bad: `question`: stands among the questions of freight already" in result.output


def test_compare(place: Path) -> None:
    run(place, "one")
    run(place, "two")
    result = kb("compare", place / "one", place / "two", "--json", place / "difference.json")
    assert result.exit_code == 0, result.output
    assert "won 0, lost 0" in result.output
    assert re.search(r"all\s+│ success@1\s+│ 2 │ 1\.000 │ 1\.000 │ \+0\.000 │ 1\.0000 │ not shown", result.output)
    found = json.loads((place / "difference.json").read_text("utf-8"))
    assert (found["n"], found["won"], found["differences"][0]["measure"]) == (3, [], "success@1")


def test_gate_fails_by_name_and_opens(place: Path) -> None:
    run(place)
    baseline = place / "baseline.json"
    gate = "gate", place / "run", "--baseline", baseline, "--var", place / "var"
    shut = kb(*gate)
    assert (shut.exit_code, "the baseline has no run of that name" in shut.output) == (1, True)
    assert kb("accept", place / "run", "--baseline", baseline, "--reason", "first").exit_code == 0
    opened = kb(*gate)
    assert opened.exit_code == 0, opened.output
    assert "2 must_pass questions asked, 0 rest" in opened.output
    write_library(place / "articles", rival=article_text("运费", "运费，运费，运费。", questions=["运费"]))
    shut = kb(*gate)
    assert shut.exit_code == 1
    assert "运费: must_pass of freight, but rival comes first" in shut.output
    assert "the gate stays shut: 1 failure" in shut.output


def test_ablate(place: Path) -> None:
    subject = "--library", place / "articles", "--set", place / "shop.jsonl", "--var", place / "var"
    result = kb("ablate", *subject, "--json", place / "table.json")
    assert result.exit_code == 0, result.output
    assert re.search(r"│ chars \+ late\s+│ 1\.000  1\.000–1\.000", result.output)
    rows = json.loads((place / "table.json").read_text("utf-8"))
    assert [row["name"] for row in rows][-1] == "all"


def test_add_from_argument_standard_input_and_by_asking(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to = "add", place / "shop.jsonl", "--library", place / "articles"
    one = {"question": "贵吗", "relevant": [{"article": "freight"}]}
    result = kb(*to, json.dumps(one))
    assert (result.exit_code, f"{place}/shop.jsonl:4: q-4 added" in result.output) == (0, True), result.output
    result = kb(*to, "-", typed=json.dumps({**one, "question": "谁付"}))
    assert "shop.jsonl:5: q-5 added" in result.output
    typed = [
        "mine",
        "重吗",
        "在吗",
        "y",
        "",
        "",
        "jd",
        "",
        "",
        "",
        "y",
        "washer",
        "",
        "2",
        "",
        "70公斤",
        "",
        "",
        "typo",
        "",
    ]
    answers = iter(typed)
    monkeypatch.setattr("typer.prompt", lambda *_, **more: more.get("type", str)(next(answers)))
    monkeypatch.setattr("typer.confirm", lambda *_, **__: next(answers) == "y")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    from eval.ask import ask_for_question

    assert json.loads(ask_for_question()) == {
        "id": "mine",
        "question": "重吗",
        "history": [{"role": "customer", "text": "在吗"}],
        "context": {"channel": "jd"},
        "answerable": True,
        "relevant": [{"article": "washer", "grade": 2}],
        "answer_contains": ["70公斤"],
        "tags": ["typo"],
    }
    assert next(answers, None) is None


def test_add_refuses_what_lint_refuses(place: Path) -> None:
    before = (place / "shop.jsonl").read_bytes()
    result = kb("add", place / "shop.jsonl", '{"question": "x"}', "--library", place / "articles")
    assert "`relevant`: is empty" in str(result.exception)
    assert (place / "shop.jsonl").read_bytes() == before


def test_the_command_line_starts_without_heavy_packages() -> None:
    heavy = ("torch", "transformers", "ir_measures", "numpy", "faiss", "openvino")
    code = f"import sys; import kb.cli; sys.exit([m for m in {heavy!r} if m in sys.modules] or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
