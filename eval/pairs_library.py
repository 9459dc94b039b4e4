"""Training pairs as libraries with their questions, so that ranking and confidence learn from them as well.

Each file that says what nothing in it answers is the library of its shops. Only articles that the encoder did not learn
from ask questions; the others stand beside them, as the rest of a shop's articles do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from eval.pairs_file import Group
from eval.question_set import LabelledQuestion, Relevant
from eval.source import Source
from kb.article import Article, Kind

_CELL = re.compile(r"(?<!\S)\|(?!\S)")


def pair_libraries(folder: Path, groups: Sequence[Group]) -> list[Source]:
    """A library of every file of `groups` that has unanswered questions, with those of its held-out articles.

    folder: where the files are. The questions' ids name file, article and number.
    """
    by_file: dict[str, list[Group]] = {}
    for group in groups:
        by_file.setdefault(group.source, []).append(group)
    return [
        _library(folder / f"{name}.jsonl", some) for name, some in by_file.items() if any(g.unanswered for g in some)
    ]


def _library(path: Path, groups: Sequence[Group]) -> Source:
    sections: dict[str, list[Group]] = {}
    for group in groups:
        sections.setdefault(group.title, []).append(group)
    articles = []
    questions: list[LabelledQuestion] = []
    for number, (title, some) in enumerate(sections.items(), start=1):
        name = f"{path.stem.lower()}-{number}"
        articles.append(_article(name, title, some))
        if some[0].held_out:
            questions += _questions(name, some)
    return Source(path.stem, path, path, tuple(articles), tuple(questions))


def _article(name: str, title: str, sections: Sequence[Group]) -> Article:
    head = f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\nkind: policy\n---\n"
    body = "\n\n".join(
        "\n\n".join(filter(None, (f"## {section.heading}" if section.heading else "", *_blocks(section.text))))
        for section in sections
    )
    return Article(name, title, Kind.POLICY, f"{name}.md", f"{head}{body}\n", head.count("\n") + 1)


def _blocks(text: str) -> Iterator[str]:
    """A passage's lines as Markdown: neighbours with as many cells make a table, the others paragraphs and lists."""
    for cells, lines in groupby(text.split("\n"), key=lambda line: len(_CELL.findall(line))):
        rows = list(lines)
        if cells and len(rows) > 1:
            yield "\n".join([rows[0], "|".join(["---"] * (cells + 1)), *rows[1:]])
        else:
            yield "\n".join(rows)


def _questions(name: str, sections: Sequence[Group]) -> Iterator[LabelledQuestion]:
    for place, section in enumerate(sections, start=1):
        relevant = (Relevant(name, section.heading or None),)
        for number, text in enumerate(section.questions, start=1):
            yield LabelledQuestion(f"{name}-{place}-{number}", text, relevant=relevant)
        for number, text in enumerate(section.unanswered, start=1):
            yield LabelledQuestion(f"{name}-{place}-none-{number}", text, answerable=False)
