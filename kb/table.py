"""The tables and lists of a passage: which of its lines are rows, what their cells and columns are called.

A passage is plain text; what is a cell there is only known from the article, so that a pipe inside a cell is no
border and two tables of one section keep their own headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from kb.article import Article
from kb.markdown import CELL_JOINT, Block, BlockKind, sections
from kb.passage import Passage

Span = tuple[int, int]

_INTRODUCES = re.compile(r"[：:][^\S\n]*\n")

# What a column is called that holds the names of the rows, or the only thing there is to say of each.
_ROW_NAMES = frozenset(["项目", "参数", "指标", "规格", "属性", "名称", "内容", "条目", "事项", "类别", "item", "name"])
_ONLY_VALUES = frozenset(["规定", "说明", "内容", "数值", "值", "参数", "规格", "详情", "要求", "规则", "value"])


@dataclass(frozen=True)
class Row:
    """One row of a table. start, stop: its characters in what is shown of the passage; names: of the columns."""

    start: int
    stop: int
    names: tuple[str, ...]
    cells: tuple[str, ...]

    @property
    def is_of_values(self) -> bool:
        """Whether the first column holds names of properties, so that the others are things to compare."""
        return self.names[0].lower() in _ROW_NAMES or not self.names[0]

    def text(self, columns: Iterable[int] | None = None) -> str:
        """The row with its columns named, its first cell always; the other columns all, or those asked for.

        Nothing is written but what the table holds and ： ； （ ） between. An empty cell is left out.
        """
        wanted = range(1, len(self.cells)) if columns is None else columns
        values = [(self.names[c], self.cells[c]) for c in wanted if c and self.cells[c]]
        key, head = self.cells[0], self.names[0]
        if key and not self.is_of_values:
            return "；".join(f"{name}：{cell}" if name else cell for name, cell in ((head, key), *values))
        if not key or len(values) != 1:
            return "；".join(filter(None, (key, *(f"{name}：{cell}" if name else cell for name, cell in values))))
        name, cell = values[0]
        if not name or name.lower() in _ONLY_VALUES or name in key:
            return f"{key}：{cell}"
        return f"{key}；{name}：{cell}" if "（" in key + name else f"{key}（{name}）：{cell}"


@dataclass(frozen=True)
class Table:
    """A table's header in what is shown, if it has one, and its rows, those too long for a passage left out."""

    header: Span | None
    rows: tuple[Row, ...]


class ArticleBlocks:
    """The tables and lists of one article, read when first asked for."""

    def __init__(self, article: Article) -> None:
        self._article = article

    @cached_property
    def _blocks(self) -> tuple[Block, ...]:
        article = self._article
        found = sections(article.body, article.body_line, article.title)
        kinds = (BlockKind.TABLE, BlockKind.LIST, BlockKind.STEPS)
        return tuple(block for section in found for block in section.blocks if block.kind in kinds)

    def tables(self, passage: Passage) -> tuple[Table, ...]:
        """The tables of which a passage shows rows, in their order."""
        if CELL_JOINT.strip() not in passage.shown:
            return ()
        lines = _lines(passage.shown)
        tables, at = [], 0
        for block in self._of(passage, BlockKind.TABLE):
            table, at = _table(block, lines, at)
            if table.rows:
                tables.append(table)
        return tuple(tables)

    def listed(self, passage: Passage) -> frozenset[int]:
        """Where the lines of lists begin in what is shown of a passage; none where nothing introduces a list."""
        if not _INTRODUCES.search(passage.shown):
            return frozenset()
        blocks = self._of(passage, BlockKind.LIST, BlockKind.STEPS)
        texts = {line.text.rstrip() for block in blocks for part in block.parts for line in part}
        return frozenset(start for text, start in _lines(passage.shown) if text in texts)

    def _of(self, passage: Passage, *kinds: BlockKind) -> list[Block]:
        first, last = passage.lines
        return [b for b in self._blocks if b.kind in kinds and b.lines[0] <= last and b.lines[1] >= first]


def _table(block: Block, lines: Sequence[tuple[str, int]], at: int) -> tuple[Table, int]:
    """A block's rows among the lines from `at` on, and where to look for the next block's.

    The header stands before them: a table that was cut leads each of its passages with it.
    """
    rows = [line for part in block.parts for line in part]
    names, header, begin = ("",) * len(rows[0].cells), None, at
    if not block.headless:
        names = rows[0].cells
        place = next((i for i in range(at, len(lines)) if lines[i][0] == rows[0].text.rstrip()), None)
        if place is None:
            return Table(None, ()), at
        header, begin = (lines[place][1], lines[place][1] + len(lines[place][0])), place + 1
        rows = rows[1:]
    known = {row.text.rstrip(): row.cells for row in rows}
    found: list[Row] = []
    after = begin
    for place in range(begin, len(lines)):
        text, start = lines[place]
        if text in known:
            found.append(Row(start, start + len(text), names, known[text]))
            after = place + 1
        elif found:
            break
    return Table(header, tuple(found)), after


def _lines(text: str) -> list[tuple[str, int]]:
    """Each line, and where it begins."""
    found, start = [], 0
    for line in text.split("\n"):
        found.append((line.rstrip(), start))
        start += len(line) + 1
    return found
