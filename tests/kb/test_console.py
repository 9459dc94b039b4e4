from __future__ import annotations

import io

import pytest
import structlog
from rich.panel import Panel
from rich.progress import Progress
from rich.text import Text

from kb.commands.log import configure_log
from kb.console import SafeConsole
from kb.visible import shown

HOSTILE = "退货\x1b]0;owned\x07\x1b[2J\r运费\u202e元 8\x9b31m\x00"


@pytest.mark.parametrize("wrapped", [str, Text, lambda text: Panel(Text(text), title=Text(text))])
def test_no_text_commands_the_terminal(wrapped: type[str]) -> None:
    written = io.StringIO()
    SafeConsole(file=written, width=200).print(wrapped(HOSTILE), markup=False)
    found = written.getvalue()
    assert not {"\x1b", "\x07", "\r", "\x9b", "\x00", "\u202e"} & set(found)
    assert "‹U+001B›[2J" in found


def test_the_log_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    try:
        configure_log()
        structlog.get_logger().info("read", file="a\x1b[2Jb.md", number=3)
    finally:
        structlog.configure(**before)
    assert "a‹U+001B›[2Jb.md" in capsys.readouterr().err


def test_colours_and_progress_of_its_own_stay() -> None:
    written = io.StringIO()
    console = SafeConsole(file=written, width=80)
    console._force_terminal = True
    with Progress(console=console) as progress:
        progress.update(progress.add_task("一\x1b[2J", total=1), completed=1)
    found = written.getvalue()
    assert "\x1b[" in found
    assert "\x1b[2J" not in found


@pytest.mark.parametrize("text", ["", "退货 8 元，refund", "一\n二\t三", "😀"])
def test_what_commands_nothing_stays(text: str) -> None:
    assert shown(text) == text


def test_a_lone_surrogate_can_be_written() -> None:
    assert shown("a\udcffb") == "a‹U+DCFF›b"
