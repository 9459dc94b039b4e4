"""A failed question as the report's script draws it: plain data, long texts cut, nothing of it markup."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from eval.decisive import stands_in
from eval.failure import best_expected, kinds_of
from eval.record import Ranked, Record, Wanted
from kb.visible import shown, turns

CUT = 400
"""Characters kept of a long text."""

_BEFORE = 80


def card_of(record: Record, titles: Mapping[str, str], before: Record | None = None) -> dict[str, Any]:
    """Everything that the page says of one failed question. before: the same question in the other run."""
    first = record.ranking[0] if record.ranking else None
    missing = set(record.verdicts.missing)
    card: dict[str, Any] = {
        "id": plain(record.id),
        "q": record.question,
        "history": [[turn.get("role", ""), cut(turn.get("text", ""))] for turn in record.history],
        "context": [[name, plain(value)] for name, value in record.context.items()],
        "tags": [plain(tag) for tag in record.tags],
        "kinds": kinds_of(record),
        "answerable": record.answerable,
        "served": record.served,
        "right": record.verdicts.right,
        "confidence": round(record.confidence, 4),
        "strings": [[plain(string), string in missing] for string in record.answer_contains],
        "forbidden": [plain(article) for article in record.verdicts.forbidden],
        "error": cut(record.error or ""),
        "expected": [_expected(wanted, titles) for wanted in record.relevant],
        "rank": min((wanted.rank for wanted in record.relevant if wanted.rank is not None), default=None),
        "order": [[plain(item.article), round(item.confidence, 4)] for item in record.ranking],
        "first": first and _shown(first, record),
        "best": None,
    }
    place = _place_of_expected(record)
    if place:
        card["best"] = _shown(record.ranking[place], record)
    if before is not None:
        leading = before.ranking[0].article if before.ranking else ""
        card["before"] = {"right": before.verdicts.right, "first": plain(leading), "served": before.served}
    return card


def data_script(found: object) -> str:
    """JSON that may stand inside a script element: no character of it can end the element or be seen as markup.

    Marks that turn the direction of text are escaped too, so that the page's source reads as it is.
    """
    written = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    return "".join(
        f"\\u{ord(letter):04x}" if letter in "<>&'\u2028\u2029" or turns(letter) else letter for letter in written
    )


def plain(name: str) -> str:
    """A name on one line; control characters and marks that turn text are shown by their number."""
    return shown(" ".join(name.split()))


def cut(text: str) -> str:
    """At most CUT characters of a text, an ellipsis where some are gone."""
    return text if len(text) <= CUT else f"{text[:CUT]}…"


def marked(text: str, ranges: Sequence[tuple[int, int]]) -> list[list[Any]]:
    """A text in pieces `[text, 0 or 1 for highlighted]`; ranges may overlap or lie outside.

    A longer text is cut to CUT characters that hold the first highlight.
    """
    inside = [0] * len(text)
    for start, end in ranges:
        for place in range(max(0, start), min(end, len(text))):
            inside[place] = 1
    begin = 0
    if len(text) > CUT and 1 in inside:
        begin = min(max(0, inside.index(1) - _BEFORE), len(text) - CUT)
    end = min(len(text), begin + CUT)
    pieces: list[list[Any]] = [["…", 0]] if begin else []
    for place in range(begin, end):
        if pieces and pieces[-1][1] == inside[place]:
            pieces[-1][0] += text[place]
        else:
            pieces.append([text[place], inside[place]])
    if end < len(text):
        pieces.append(["…", 0])
    return pieces


def _expected(wanted: Wanted, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "article": plain(wanted.article),
        "title": plain(titles.get(wanted.article, "")),
        "heading": plain(wanted.heading or ""),
        "grade": wanted.grade,
        "rank": wanted.rank,
        "under": wanted.under_heading,
    }


def _shown(item: Ranked, record: Record) -> dict[str, Any]:
    return {
        "article": plain(item.article),
        "title": plain(item.title),
        "headings": [plain(heading) for heading in item.headings],
        "kind": plain(item.kind),
        "lines": item.lines,
        "reply": cut(item.reply) if item.reply != item.snippet else "",
        "reply_kind": plain(item.reply_kind),
        "snippet": marked(item.snippet, item.highlights),
        "confidence": round(item.confidence, 4),
        "scores": [[plain(leg), round(score, 3)] for leg, score in item.scores.items()],
        "words": [plain(word) for word in item.words],
        "notes": [plain(note) for note in item.notes],
        "says": [stands_in(s, item.reply) or stands_in(s, item.snippet) for s in record.answer_contains],
    }


def _place_of_expected(record: Record) -> int:
    """The place from 0 of the expected article that is to be shown beside the first; 0 where there is none."""
    if not record.relevant or not record.answerable:
        return 0
    wanted = best_expected(record)
    return next((place for place, item in enumerate(record.ranking) if item.article == wanted), 0)
