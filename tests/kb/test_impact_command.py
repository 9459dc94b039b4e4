from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from eval.impact import impact
from eval.publish_gate import EvaluationGate
from kb.commands.impact import show_impact, with_article
from kb.errors import ArticlesError
from kb.library import Library
from tests.support.articles import ZONE, article_text, make_article
from tests.support.library import make_assistant

OLD = make_article("a", "退货", "退货的运费 12 元。", must_pass=["退货的运费"])


def test_a_draft_takes_the_place_of_its_article_and_keeps_its_path() -> None:
    text = article_text("退货", "退货的运费 25 元。", id="a")
    (found,) = with_article(Library((OLD,)), text.encode(), "draft.md", ZONE).articles
    assert (found.path, "25 元" in found.body) == ("a.md", True)


def test_a_draft_with_problems_is_refused_with_its_line() -> None:
    with pytest.raises(ArticlesError, match="supersedes"):
        with_article(Library((OLD,)), article_text("新", id="b", supersedes="nobody").encode(), "b.md", ZONE)


def test_an_owner_sees_old_beside_new(tmp_path: Path) -> None:
    new = make_article("a", "退货", "退货的运费 25 元。", must_pass=["退货的运费"])
    other = make_article("b", "退货流程", "退货的运费 12 元。")
    gate = EvaluationGate(tmp_path / "gate")
    report = impact(make_assistant([OLD, other], tmp_path), make_assistant([new, other], tmp_path), ["a"], gate)
    shown = io.StringIO()
    show_impact(Console(file=shown, width=160), report, ZONE)
    text = shown.getvalue()
    assert "1 article(s) differ" in text
    assert "退货的运费 12 元。" in text
    assert "退货的运费 25 元。" in text
    assert "another number for the same thing?" in text
