"""What can be wrong with an article's body, where Markdown itself would keep silent.

A table that drops a cell, a fence that swallows the rest, wording with a blank that is never closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token

from kb.article import Article
from kb.errors import Problem
from kb.markdown import MAX_NESTING, is_reply, sections_of, tokens

_QUOTED = " \t>"


def body_problems(article: Article) -> list[Problem]:
    """Every problem of an article's body, with its line in the file; none for a sound one."""
    found = tokens(article.body)
    lines = article.body.split("\n")
    at = article.body_line
    problems = [
        *_tables(found, lines),
        *_lost_tables(found, lines),
        *_fences(found),
        *_replies(found),
        *_depth(found),
    ]
    placed = [Problem(article.path, at + line, what, mend) for line, what, mend in problems]
    return placed or _empty(article, found)


_Found = tuple[int, str, str]
"""Line of the body from 0, what is wrong, how to mend it."""


def _empty(article: Article, found: Sequence[Token]) -> list[Problem]:
    read = sections_of(found, article.body_line, article.title)
    if any(section.blocks or (section.heading and not section.is_title) for section in read):
        return []
    line = min(article.body_line, article.source.removesuffix("\n").count("\n") + 1)
    return [Problem(article.path, line, "the body is empty", "write the article's text below its fields")]


def cells(line: str) -> int:
    """How many cells a table's line holds, as the parser counts them.

    A pipe parts cells unless it is escaped, in code too; pipes at either end are frames.
    """
    # A table inside a quote has its marks before it; no cell of a first column is lost by dropping them.
    parts = escapedSplit(line.lstrip(_QUOTED).rstrip())
    if parts and parts[0] == "":
        parts.pop(0)
    if parts and parts[-1] == "":
        parts.pop()
    return len(parts)


def _tables(found: Sequence[Token], lines: Sequence[str]) -> Iterator[_Found]:
    """Rows with fewer or more cells than their header: the parser pads the one and cuts the other."""
    width = 0
    in_head = False
    for token in found:
        if token.type == "thead_open":
            width, in_head = 0, True
        elif token.type == "th_open":
            width += 1
        elif token.type == "thead_close":
            in_head = False
        elif token.type == "tr_open" and not in_head and token.map:
            line = token.map[0]
            count = cells(lines[line])
            if count != width:
                what = f"a table row with {count} cell(s) under a header of {width}"
                yield line, what, _mend_row(count, width)


def _mend_row(count: int, width: int) -> str:
    if count > width:
        return "write a pipe that belongs to the text as \\|, in code too, or give the header more cells"
    return "add the missing cells (empty ones too), or leave a line empty between table and text"


def _lost_tables(found: Sequence[Token], lines: Sequence[str]) -> Iterator[_Found]:
    """A header whose line of dashes has another number of cells: to the parser that is no table at all."""
    for token, inner in pairwise(found):
        if token.type != "paragraph_open" or not token.map or inner.type != "inline":
            continue
        for line in range(token.map[0] + 1, token.map[1]):
            dashes = lines[line].lstrip(_QUOTED).rstrip()
            header = lines[line - 1]
            if "|" in dashes and "-" in dashes and not dashes.strip("|-: \t") and "|" in header:
                what = f"a table header with {cells(header)} cell(s) over a line of {cells(dashes)}"
                yield line - 1, what, "give the line of dashes as many cells as the header"


def _fences(found: Sequence[Token]) -> Iterator[_Found]:
    """A fence that runs to the end of what holds it, without a closing line."""
    for token in found:
        if token.type != "fence" or not token.map:
            continue
        held = token.content.count("\n") + (not token.content.endswith("\n") and bool(token.content))
        if token.map[1] - token.map[0] < held + 2:
            yield token.map[0], "a fence that is not closed", f"add a line {token.markup} where its text ends"


def _replies(found: Sequence[Token]) -> Iterator[_Found]:
    for token in found:
        if token.type != "fence" or not token.map or not is_reply(token.info):
            continue
        if not token.content.strip():
            yield token.map[0], "an empty reply block", "write the approved wording in it or take it out"
        for index, text in enumerate(token.content.split("\n")):
            if _open_blank(text):
                what = "a blank in a reply block that is not closed or has no name"
                yield token.map[0] + 1 + index, what, "write it as {name}, on one line"


def _open_blank(text: str) -> bool:
    """Whether a `{` has no name and `}` after it, on its line and before the next `{`."""
    for piece in text.split("{")[1:]:
        name, brace, _ = piece.partition("}")
        if not brace or not name.strip():
            return True
    return False


def _depth(found: Sequence[Token]) -> Iterator[_Found]:
    """Lists and quotes in one another so deep that the parser drops what is inside."""
    for token in found:
        if token.level >= MAX_NESTING - 1 and token.map and token.nesting == 1:
            yield token.map[0], "lists or quotes nested too deep", "lay them out with headings"
            return
