from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter
from typer.testing import CliRunner

from eval.ablation import Row
from eval.charts import share_over, short, wilson
from eval.cli import app
from eval.errors import EvaluationError
from eval.record import Record
from eval.report import Run, read_ablation, read_run, render_report
from eval.report_card import CUT, data_script, marked, plain
from eval.report_words import KIND_WORDS, MEASURE_WORDS, PAGE_WORDS
from eval.run import write_run
from tests.support.records import make_record
from tests.support.reports import HOSTILE, MADE, make_run, some_records


class Page(HTMLParser):
    """The elements of a page, and the text of each script."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self._in = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._in = tag
        if tag == "script":
            self.scripts.append("")
        if tag == "style":
            self.styles.append("")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "script":
            self.scripts[-1] += data
        if self._in == "style":
            self.styles[-1] += data

    @property
    def data(self) -> dict[str, Any]:
        return dict(json.loads(self.scripts[0]))


def page_of(
    records: Sequence[Record], other: Run | None = None, ablation: Sequence[Row] | None = None
) -> tuple[str, Page]:
    html = render_report(make_run(records), MADE, other, ablation)
    return html, Page(html)


def row_of(html: str, measure: str) -> str:
    found = re.search(rf'<tr data-measure="{re.escape(measure)}">(.*?)</tr>', html, re.DOTALL)
    assert found is not None
    return unescape(re.sub(r"<[^>]+>", " ", found[1]))


def test_numbers_shown_are_the_summarys() -> None:
    run = make_run(some_records())
    html = render_report(run, MADE)
    for name, value in run.summary["measures"].items():
        shown = row_of(html, name)
        assert ("–" if value is None else f"{value:.3f}") in shown
        ends = run.summary["intervals"][name]
        assert ends is None or f"{ends[0]:.3f}–{ends[1]:.3f}" in shown
    # Five questions name an article, q7 was lost and q2 has another first: 3 of 5.
    assert run.summary["measures"]["success@1"] == 0.6
    assert "0.600" in row_of(html, "success@1")
    assert "60.0%" in html


def test_every_failed_question_is_there_and_no_other() -> None:
    _, page = page_of(some_records())
    cards = {card["id"]: card for card in page.data["cards"]}
    assert {name: card["kinds"] for name, card in cards.items()} == {
        "q2": ["wrong_first"],
        "q3": ["missing"],
        "q4": ["offered"],
        "q6": ["silent"],
        "q7": ["lost"],
    }
    assert cards["q2"]["rank"] == 2
    assert (cards["q2"]["first"]["article"], cards["q2"]["best"]["article"]) == ("y", "x")
    assert cards["q3"]["strings"] == [["15 天", True]]
    assert cards["q7"]["first"] is None
    assert cards["q7"]["error"] == "ValueError: broken"


def test_hostile_text_is_never_markup() -> None:
    record = make_record(
        f"id{HOSTILE}", [f"a{HOSTILE}", "x"], {f"w{HOSTILE}": 3}, tags=(f"t{HOSTILE}",), text=HOSTILE, reply=HOSTILE
    )
    run = make_run([record], name=HOSTILE)
    html = render_report(run, MADE, make_run([record], name=HOSTILE))
    page = Page(html)
    assert [tag for tag, _ in page.elements].count("script") == 2
    assert not [attrs for _, attrs in page.elements if any(name.startswith("on") for name in attrs)]
    assert "img" not in {tag for tag, _ in page.elements}
    assert page.data["cards"][0]["q"] == HOSTILE
    # The page's source reads in its own order: no mark that turns text stands in it.
    assert "\u202e" not in html
    assert "\u2028" not in html
    # And the browser may run the page's own script alone.
    policy = next(a["content"] for t, a in page.elements if t == "meta" and "http-equiv" in a) or ""
    for text, kind in ((page.scripts[1], "script"), (page.styles[0], "style")):
        hashed = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{hashed}'" in policy
    assert "default-src 'none'" in policy


def test_nothing_is_fetched() -> None:
    html, page = page_of(some_records(), other=make_run(some_records()))
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", html.replace(page.scripts[1], ""))
    assert not re.search(r"https?:|fetch|XMLHttp|import\(", page.scripts[1])
    for _, attrs in page.elements:
        assert "src" not in attrs
        assert "style" not in attrs
        assert (attrs.get("href") or "#").startswith("#")
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {(a.get("href") or "#")[1:] for t, a in page.elements if t in ("a", "use")} <= set(ids)


def test_empty_run() -> None:
    html, page = page_of([])
    assert PAGE_WORDS["empty"][0] in html
    assert page.data["cards"] == []
    assert "–" in row_of(html, "success@1")


def test_unanswerable_alone_and_one_slice() -> None:
    html, _ = page_of([make_record("n", ["x"], answerable=False, tags=("none",))])
    assert PAGE_WORDS["no_ablation"][0] in html
    html, page = page_of([make_record("q", ["x"], {"x": 3}, tags=("only",))])
    assert html.count('data-slice="only"') == 1
    assert PAGE_WORDS["no_failures"][0] in html
    assert PAGE_WORDS["no_tradeoff"][0] in html
    assert page.data["cards"] == []


def test_against_says_the_word_and_marks_the_newly_failed() -> None:
    after = [make_record(f"q{n}", ["y"], {"x": 3}) for n in range(12)]
    before = [make_record(f"q{n}", ["x"], {"x": 3}) for n in range(12)]
    html, page = page_of(after, other=make_run(before, "earlier"))
    shown = row_of(html, "success@1")
    assert PAGE_WORDS["worse"][0] in shown
    assert "-1.000" in shown
    assert PAGE_WORDS["not shown"][0] in row_of(html, "lost")
    assert page.data["cards"][0]["before"] == {"right": True, "first": "x", "served": True}
    with pytest.raises(EvaluationError, match="share no question"):
        page_of(after, other=make_run([make_record("else", ["x"], {"x": 3})]))


def test_ablation_says_where_it_is_from(tmp_path: Path) -> None:
    html, _ = page_of(some_records())
    assert PAGE_WORDS["ablation_run"][0] in html
    row = Row("dense + late", ("dense",), {"dense": 1.0}, {"success@1": 0.123, "ndcg@10": 0.456}, {"success@1": None})
    file = tmp_path / "legs.json"
    file.write_bytes(TypeAdapter(tuple[Row, ...]).dump_json((row,)))
    html, _ = page_of(some_records(), ablation=read_ablation(file))
    assert PAGE_WORDS["ablation_file"][0] in html
    shown = re.search(r'<tr data-leg="dense \+ late">(.*?)</tr>', html, re.DOTALL)
    assert shown is not None
    assert "0.123" in shown[1]
    assert "0.456" in shown[1]
    file.write_text("[1]", encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"legs.json.*name a file of `kb eval ablate`"):
        read_ablation(file)
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_ablation(tmp_path / "none.json")


def test_command_writes_the_page_and_refuses_a_torn_run(tmp_path: Path) -> None:
    run, folder, page = make_run(some_records()), tmp_path / "run", tmp_path / "deep" / "report.html"
    folder.mkdir()
    write_run(folder, run.records, run.summary)
    done = CliRunner().invoke(app, ["report", str(folder), "--against", str(folder), "--html", str(page)])
    assert done.exit_code == 0, done.output
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    (folder / "run.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(EvaluationError, match="counts 7 questions and the run has 0"):
        read_run(folder)


def test_both_languages_say_everything() -> None:
    for words in (PAGE_WORDS, MEASURE_WORDS, KIND_WORDS):
        for key, (chinese, english) in words.items():
            assert chinese, key
            assert english, key
            assert not re.search(r"[\u4e00-\u9fff]", english), key


def test_marked_pieces() -> None:
    assert marked("退货七天", [(0, 2)]) == [["退货", 1], ["七天", 0]]
    # An emoji is one character here and two in a script's strings: that is why pieces are made here.
    assert marked("😀ab", [(1, 2)]) == [["😀", 0], ["a", 1], ["b", 0]]
    assert marked("abc", [(-5, 1), (0, 2), (2, 99)]) == [["abc", 1]]
    assert marked("abc", [(2, 1), (7, 9)]) == [["abc", 0]]
    assert marked("", [(0, 3)]) == []
    long = marked("a" * 1000 + "b" + "a" * 1000, [(1000, 1001)])
    assert [piece[0] for piece in long if piece[1]] == ["b"]
    joined = "".join(piece[0] for piece in long)
    assert (joined[0], joined[-1], len(joined)) == ("…", "…", CUT + 2)


def test_names_on_one_line() -> None:
    assert plain("a\n b\x00\u202ec") == "a b‹U+0000›‹U+202E›c"
    assert short("售后退换货的运费规则") == "售后退换货的运费…"
    assert short("$x_1$ é") == "$x_1$ é"
    assert json.loads(data_script({"a": HOSTILE})) == {"a": HOSTILE}


def test_wilson_and_shares() -> None:
    # 8 of 10: (0.490, 0.943), as tables of the score interval have it.
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 5)[0] == 0.0
    assert share_over(np.array([0.2, 0.5, 0.9]), 0.5) == pytest.approx(2 / 3)
    assert np.isnan(share_over(np.array([]), 0.5))


def test_a_tag_with_dollars_and_chinese_is_drawn_as_it_is() -> None:
    records = [make_record("q", ["y"], {"x": 3}, tags=("$a^2$", "@coverage", "方言"))]
    html, _ = page_of(records)
    assert "$a^2$</text>" in html
    assert "方言</text>" in html
    assert "\u200b@coverage</text>" in html
