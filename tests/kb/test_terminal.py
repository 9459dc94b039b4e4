from __future__ import annotations

import io
from datetime import datetime
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
    assert "没有可靠的答案" not in text


def test_an_honest_none(tmp_path: Path) -> None:
    assistant = make_assistant([make_article("jd", "运费", channels=["jd"])], tmp_path)
    out, written = console()
    show_answer(out, assistant.suggest(Question("手环")))
    assert "没有可靠的答案，最接近的是：" in written.getvalue()
    out, written = console()
    show_answer(out, assistant.suggest(Question("运费", context=Context(channel="taobao"))))
    assert written.getvalue().startswith("没有可靠的答案。\n")


def test_what_begins_soon_comes_last_and_says_from_when(tmp_path: Path) -> None:
    at = datetime.fromisoformat("2026-11-19T10:00:00+08:00")
    out, written = console()
    assistant = make_assistant([make_article("soon", "手环上新", effective_from="2026-11-20")], tmp_path)
    show_answer(out, assistant.suggest(Question("手环", context=Context(at=at))))
    text = written.getvalue()
    assert text.index("没有可靠的答案") < text.index("soon · 1 · ") < text.index("2026-11-20 00:00 起生效")


def test_the_rule_of_another_time_is_told(tmp_path: Path) -> None:
    out, written = console()
    at = datetime.fromisoformat("2026-11-22T10:00:00+08:00")
    asked = Question("8月20号买的，退货的运费", context=Context(at=at), limit=1)
    show_answer(out, make_assistant(small_library(), tmp_path).suggest(asked))
    assert "按 2026-08-20 下单时的规则；09-01 起改为《退货规则》" in written.getvalue()


def test_calm_comes_first(tmp_path: Path) -> None:
    phrase = make_article("p", "安抚开场", "```reply\n抱歉[/]让您碰到了。\n```", "phrase")
    steps = make_article("s", "安抚生气的顾客", "1. 听完\n2. 认下", "playbook", audience="internal")
    out, written = console()
    show_answer(out, make_assistant([phrase, steps], tmp_path).suggest(Question("气死我了，还要投诉")))
    text = written.getvalue()
    assert text.index("calm first · threat") < text.index("抱歉[/]让您碰到了。") < text.index("2. 认下")
    for said in ("气死 投诉", "open with", "not to be sent"):
        assert said in text


def test_an_article_cannot_write_markup(tmp_path: Path) -> None:
    out, written = console()
    hostile = make_article("x", "运费[/]", "运费 [red]八元[/red] [bold] [/nothing]。")
    show_answer(out, make_assistant([hostile], tmp_path).suggest(Question("运费", explain=True)))
    assert "运费 [red]八元[/red] [bold] [/nothing]。" in written.getvalue()


def test_a_message_is_neither_markup_nor_a_picture(tmp_path: Path) -> None:
    out, written = console()
    asked = Question("退货的运费 :100: 补多少？优惠券[bold]能叠加吗[/]", explain=True)
    show_answer(out, make_assistant(small_library(), tmp_path).suggest(asked))
    text = written.getvalue()
    for said in ("退货的运费 :100: 补多少？ → suggestion 1", "优惠券[bold]能叠加吗[/] → ", "searched 退货的运费 :100:"):
        assert said in text


def test_open_blanks_are_named_and_words_marked(tmp_path: Path) -> None:
    article = make_article("a", "规则", "```reply\n运费 {金额} 元。\n```")
    written = io.StringIO()
    out = Console(file=written, width=100, force_terminal=True, color_system="standard")
    show_answer(out, make_assistant([article], tmp_path).suggest(Question("运费")))
    assert "to fill in: 金额" in written.getvalue()
    assert "\x1b[1;4m运费\x1b[0m" in written.getvalue()


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
