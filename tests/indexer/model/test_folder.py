from __future__ import annotations

import threading
from pathlib import Path

import pytest

from indexer.model.folder import make_once


def visible(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.suffix != ".lock")


def test_a_folder_is_built_once(tmp_path: Path) -> None:
    calls: list[Path] = []

    def build(target: Path) -> None:
        calls.append(target)
        (target / "inner").mkdir()
        (target / "inner" / "file").write_text("whole")

    first = make_once(tmp_path / "models" / "m", build)
    second = make_once(tmp_path / "models" / "m", build)

    assert first == second == tmp_path / "models" / "m"
    assert (first / "inner" / "file").read_text() == "whole"
    assert len(calls) == 1
    assert calls[0] != first
    assert visible(tmp_path / "models") == ["m"]


def test_a_failure_leaves_nothing_half(tmp_path: Path) -> None:
    def build(target: Path) -> None:
        (target / "file").write_text("half")
        raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        make_once(tmp_path / "m", build)

    assert visible(tmp_path) == []


def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    left = tmp_path / ".m.part-0123"
    left.mkdir()
    (left / "file").write_text("half")

    make_once(tmp_path / "m", lambda _: None)

    assert visible(tmp_path) == ["m"]


def test_the_second_of_two_waits_and_builds_nothing(tmp_path: Path) -> None:
    building, finish = threading.Event(), threading.Event()
    waiting: list[str] = []
    built: list[str] = []

    def slowly(_: Path) -> None:
        building.set()
        assert finish.wait(30)
        built.append("first")

    def told(what: str, *_: int) -> None:
        waiting.append(what)
        finish.set()

    first = threading.Thread(target=make_once, args=(tmp_path / "m", slowly))
    first.start()
    assert building.wait(30)
    make_once(tmp_path / "m", lambda _: built.append("second"), told)
    first.join(30)

    assert built == ["first"]
    assert waiting == ["waiting for another process that prepares m"]
