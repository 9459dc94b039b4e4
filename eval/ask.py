"""A question for a set, asked for at the terminal field by field."""

from __future__ import annotations

import json
from typing import Any

import typer


def ask_for_question() -> str:
    """The answers as one JSON object in the form of FORMATS; what is left empty is left out."""
    asked: dict[str, Any] = {
        "id": _text("id (empty: the next free one)"),
        "question": typer.prompt("what the customer wrote"),
        "history": _history(),
        "context": _context(),
        "answerable": typer.confirm("does the library answer it?", default=True),
    }
    if asked["answerable"]:
        asked["relevant"] = _relevant()
        asked["answer_contains"] = _several("a decisive string of the answer")
    asked["forbidden"] = _several("an article that must not be suggested")
    asked["tags"] = _several("a tag")
    return json.dumps({name: value for name, value in asked.items() if value not in ("", [], {})}, ensure_ascii=False)


def _history() -> list[dict[str, str]]:
    turns = []
    while text := _text("an earlier message, oldest first"):
        turns.append({"role": "customer" if typer.confirm("by the customer?", default=True) else "agent", "text": text})
    return turns


def _context() -> dict[str, str]:
    prompts = {
        "product": "product talked about",
        "channel": "channel",
        "stage": "stage (pre-sale, in-sale, after-sale)",
        "at": "when it is asked",
        "as_of": "the order's date",
    }
    return {name: said for name, prompt in prompts.items() if (said := _text(prompt))}


def _relevant() -> list[dict[str, str | int]]:
    found: list[dict[str, str | int]] = []
    while article := _text("an article that answers (its id)"):
        heading = _text("the heading above the answer")
        grade = typer.prompt("grade: 3 in full, 2 in part, 1 on the topic", default=3, type=int)
        found.append({"article": article, **({"heading": heading} if heading else {}), "grade": grade})
    return found


def _several(prompt: str) -> list[str]:
    found = []
    while said := _text(prompt):
        found.append(said)
    return found


def _text(prompt: str) -> str:
    """What was typed; an empty line ends or skips."""
    return str(typer.prompt(f"{prompt} (empty: none)", default="", show_default=False)).strip()
