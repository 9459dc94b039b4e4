from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from kb.progress_bar import progress_bar
from kb.question import Context, Question
from kb.terminal import show_answer
from tests.support.articles import make_article
from tests.support.library import make_assistant, small_library


def console() -> tuple[Console, io.StringIO]:
    written = io.StringIO()
    return Console(file=written, width=100, force_terminal=False), written


def test_an_answer_with_its_source(tmp_path: Path) -> None:
    out, written = console()
    show_answer(out, make_assistant(small_library(), tmp_path).suggest(Question("快递丢件", limit=1, explain=True)))
    text = written.getvalue()
    for said in ("1 · 100%", "2. 补发", "[advice]", "refund:7–8", "internal, not to be sent", "late 1.000"):
        assert said in text
    assert "No reliable answer" not in text


def test_an_honest_none(tmp_path: Path) -> None:
    assistant = make_assistant([make_article("jd", "运费", channels=["jd"])], tmp_path)
    out, written = console()
    show_answer(out, assistant.suggest(Question("手环")))
    assert "No reliable answer, the nearest are:" in written.getvalue()
    out, written = console()
    show_answer(out, assistant.suggest(Question("运费", context=Context(channel="taobao"))))
    assert written.getvalue().startswith("No reliable answer.\n")


def test_an_article_cannot_write_markup(tmp_path: Path) -> None:
    out, written = console()
    hostile = make_article("x", "运费[/]", "运费 [red]八元[/red] [bold] [/nothing]。")
    show_answer(out, make_assistant([hostile], tmp_path).suggest(Question("运费", explain=True)))
    assert "运费 [red]八元[/red] [bold] [/nothing]。" in written.getvalue()


def test_a_bar_for_each_stage() -> None:
    out, written = console()
    with progress_bar(out) as report:
        report("encoding passages", 1, 2)
        report("encoding passages", 2, 2)
        report("writing the index", 5, 5)
    lines = [line for line in written.getvalue().splitlines() if line.strip()]
    assert any("encoding passages" in line and "2/2" in line for line in lines)
    assert any("writing the index" in line and "5/5" in line for line in lines)


def test_a_log_is_told_of_long_work_and_not_of_every_step() -> None:
    out, written = console()
    with progress_bar(out) as report:
        for done in range(1, 1001):
            report("encoding passages", done, 1000)
    assert written.getvalue().splitlines() == ["encoding passages 1/1000", "encoding passages 1000/1000"]
