"""A passage as a reply is made of it: whole sentences and table rows, and what is known of each beforehand."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise

from kb.normalise import normalise
from kb.quantity import Amount, amounts
from kb.sentence import sentences
from kb.table import Row, Span, Table

# A sentence that limits or goes on with the one before it.
_LIMITS = re.compile(
    r"[\s　]*(?:但|不过|然而|除|其中|例外|仅|只限|只有|限于|如果|如|若|否则|注意|前提|须|需|以上|上述|同时|另|此外|"
    r"特殊|超过|逾期|这时|此时|however|but|except|only|unless|if\b)",
    re.IGNORECASE,
)
# A sentence that says nothing without the one before it.
_POINTS_BACK = re.compile(
    r"[\s　]*(?:但|不过|然而|其中|否则|以上|上述|这时|此时|这样|这种|这类|此|该|它|他们|她|其|例外|因此|所以|"
    r"however|but|this|that|it\b|these|those|otherwise)",
    re.IGNORECASE,
)
_REFUSES = re.compile(r"[不没无非勿未别禁]|除外|例外|以外|之外")
_OPENERS, _CLOSERS = "（(【[《〈「『“‘{", "）)】]》〉」』”’}"
_CLAUSE_ENDS = ("；", ";")
_GOES_ON = ("，", ",", "、", "；", ";", "：", ":", "）", ")")


@dataclass(frozen=True)
class Unit:
    """A sentence or a table's row: characters `[start, stop)` of what is shown, white space around it left out.

    pairs: of neighbouring characters in it. letters: single ones. row: its cells, where it is one, and amounts:
    those of its first cell. limits: whether it limits what stands before it. points_back: whether it needs what
    stands before it. heads: whether it introduces what stands below it; headed: the unit that introduces it
    ("以下情况不能退：").
    """

    start: int
    stop: int
    pairs: frozenset[str]
    letters: frozenset[str]
    row: Row | None = None
    limits: bool = False
    points_back: bool = False
    heads: bool = False
    headed: int | None = None
    amounts: tuple[Amount, ...] = ()


def units(text: str, tables: Sequence[Table], listed: Set[int] = frozenset()) -> tuple[Unit, ...]:
    """The sentences and rows of a text in their order; a table's header is none of them.

    listed: where the lines of lists begin. A sentence is never cut at a semicolon, nor inside brackets or
    quotation marks that close on its line.
    """
    rows = {row.start: row for table in tables for row in table.rows}
    headers = {table.header[0] for table in tables if table.header}
    found: list[Unit] = []
    heads: list[_Head] = []
    for start, stop in _lines(text):
        if start in headers:
            continue
        indent = len(text[start:stop]) - len(text[start:stop].lstrip()) if start in listed else -1
        if start in rows:
            # "下列不支持：" must stand before a row; "运费如下：" need not, unless rows are refused above it.
            some_refused = any(unit.row and unit.headed is not None for unit in found)
            needed = [head for head in heads if some_refused or _refuses(text, found[head.unit])]
            found.append(replace(_unit(text, start, stop, rows[start]), headed=needed[-1].unit if needed else None))
            continue
        while heads and heads[-1].indent >= indent:
            heads.pop()
        head = heads[-1].unit if heads and start in listed else None
        found.extend(replace(_unit(text, a, b), headed=head) for a, b in _sentences(text, start, stop))
        if text[start:stop].endswith(("：", ":")):
            heads.append(_Head(indent, len(found) - 1))
    return tuple(found)


@dataclass(frozen=True)
class _Head:
    """A unit that introduces the lines below it which stand deeper than `indent`; -1 for a paragraph."""

    indent: int
    unit: int


def _refuses(text: str, unit: Unit) -> bool:
    return _REFUSES.search(text, unit.start, unit.stop) is not None


def _unit(text: str, start: int, stop: int, row: Row | None = None) -> Unit:
    said = text[start:stop]
    plain = normalise(said)
    return Unit(
        start,
        stop,
        frozenset(a + b for a, b in pairwise(plain) if a.isalnum() and b.isalnum()),
        frozenset(char for char in plain if char.isalnum()),
        row,
        limits=row is None and bool(_LIMITS.match(said)),
        points_back=row is None and bool(_POINTS_BACK.match(said)),
        heads=row is None and said.endswith(("：", ":")),
        amounts=amounts(row.cells[0]) if row else (),
    )


def _lines(text: str) -> list[Span]:
    """The lines that are not blank."""
    spans: list[Span] = []
    start = 0
    for line in text.split("\n"):
        stop = start + len(line.rstrip())
        if stop > start:
            spans.append((start, stop))
        start += len(line) + 1
    return spans


def _sentences(text: str, start: int, stop: int) -> list[Span]:
    """Character ranges of the sentences of one line, white space between them left out."""
    found: list[Span] = []
    begin = at = start
    pieces = sentences(text[start:stop])
    for number, piece in enumerate(pieces):
        at += len(piece)
        said = text[begin:at].strip()
        if number + 1 < len(pieces) and (
            said.endswith(_CLAUSE_ENDS) or _is_open(said) or pieces[number + 1].lstrip().startswith(_GOES_ON)
        ):
            continue
        left = len(text[begin:at]) - len(text[begin:at].lstrip())
        if said:
            found.append((begin + left, begin + left + len(said)))
        begin = at
    return found


def _is_open(said: str) -> bool:
    """Whether a bracket or quotation mark opened in it is still to close."""
    pairs = zip(_OPENERS, _CLOSERS, strict=True)
    return said.count('"') % 2 == 1 or any(said.count(a) > said.count(b) for a, b in pairs)
