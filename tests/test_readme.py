from __future__ import annotations

from pathlib import Path

import typer.main

from kb.cli import app
from kb.settings import Settings

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_readme() -> None:
    missing = [name for name in Settings.model_fields if f"`KB_{name.upper()}`" not in README]
    assert missing == []


def test_every_command_is_in_the_readme() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    names = [n for n in commands if n != "eval"] + [f"eval {n}" for n in commands["eval"].commands]
    assert [name for name in names if f"`kb {name}" not in README] == []
