"""Markdown read into sections, blocks and lines, each with its place in the file.

Everything rests on markdown-it-py's tokens and their line maps, so that what a passage claims to quote is
what the file says there. Raw HTML is text: the parser's HTML rules are off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from kb.emphasis import emphasis_plugin

MAX_NESTING = 60
CELL_JOINT = " | "
_INDENT = "  "


class BlockKind(StrEnum):
    """What a block is made of. STEPS is an ordered list, REPLY a fence with the info string `reply`."""

    PARAGRAPH = "paragraph"
    LIST = "list"
    STEPS = "steps"
    TABLE = "table"
    CODE = "code"
    QUOTE = "quote"
    REPLY = "reply"


@dataclass(frozen=True)
class Line:
    """One line of plain text, and the first and last line of the file (1-based) that hold it.

    cells: of a table's row, so that a pipe inside a cell is no border.
    """

    text: str
    lines: tuple[int, int]
    cells: tuple[str, ...] = ()


Part = tuple[Line, ...]


@dataclass(frozen=True)
class Block:
    """One block of a section.

    parts: what may be told apart inside: a list's items, a table's rows (the header first), a quote's
        blocks; one part for everything else.
    headless: whether it is a table whose header is empty, so that its first part is a row.
    """

    kind: BlockKind
    parts: tuple[Part, ...]
    lines: tuple[int, int]
    info: str = ""
    headless: bool = False

    @property
    def text(self) -> str:
        """Its plain text; parts and lines are separated by newlines."""
        return "\n".join(line.text for part in self.parts for line in part)


@dataclass(frozen=True)
class Section:
    """What stands between one heading and the next.

    headings: the heading path, outermost first, its own heading last; headings without text, and a first
        heading that only repeats the article's title, are left out of it.
    heading: the plain text of its own heading; empty before the first heading.
    level: 1..6, or 0 before the first heading. line: of the heading (for level 0, of the first block).
    is_title: whether its heading only repeats the article's title.
    is_leaf: whether no deeper section follows before the next of its level or above.
    """

    headings: tuple[str, ...]
    heading: str
    level: int
    line: int
    blocks: tuple[Block, ...]
    is_title: bool = False
    is_leaf: bool = True

    @property
    def is_question(self) -> bool:
        """Whether the heading asks something, so that the section is its answer."""
        return self.heading.endswith(("?", "？")) or self.heading.lower().startswith(("问:", "问：", "q:", "q："))


@cache
def parser() -> MarkdownIt:
    """CommonMark with tables, without raw HTML, emphasis as Chinese needs it. Built once, on first use."""
    options = {"html": False, "maxNesting": MAX_NESTING}
    return MarkdownIt("commonmark", options).enable("table").use(emphasis_plugin)


def tokens(body: str) -> list[Token]:
    """The block tokens of a body; their maps count lines from 0 at its first line."""
    return parser().parse(body)


def sections(body: str, first_line: int = 1, title: str = "") -> tuple[Section, ...]:
    """The sections of a body in their order; none for a body without heading or block."""
    return sections_of(tokens(body), first_line, title)


def sections_of(found: Sequence[Token], first_line: int = 1, title: str = "") -> tuple[Section, ...]:
    """The sections that a body's tokens make.

    first_line: the line of the file on which the body begins.
    title: the article's title; a first heading of level 1 that says the same is not repeated in paths.
    """
    root = SyntaxTreeNode(found)
    made: list[Section] = []
    path: list[tuple[int, str]] = []
    heading, level, line, is_title = "", 0, first_line, False
    blocks: list[Block] = []

    def close() -> None:
        if level or blocks:
            start = line if level else blocks[0].lines[0]
            names = tuple(text for _, text in path if text)
            made.append(Section(names, heading, level, start, tuple(blocks), is_title))

    for node in root.children:
        if node.type != "heading":
            blocks.extend(_blocks(node, first_line))
            continue
        close()
        is_first = not any(section.level for section in made)
        heading, level, blocks = _heading_text(node), int(node.tag[1]), []
        line = _span(node, first_line)[0]
        is_title = is_first and level == 1 and _same(heading, title)
        path = [(depth, text) for depth, text in path if depth < level]
        path.append((level, "" if is_title else heading))
    close()
    return tuple(_with_leaves(made))


def _with_leaves(found: Sequence[Section]) -> Iterator[Section]:
    """Mark the sections that have deeper ones directly below them."""
    for index, section in enumerate(found):
        deeper = index + 1 < len(found) and section.level > 0 and found[index + 1].level > section.level
        yield replace(section, is_leaf=not deeper)


def _same(heading: str, title: str) -> bool:
    return bool(title) and " ".join(heading.split()).casefold() == " ".join(title.split()).casefold()


def _span(node: SyntaxTreeNode, first_line: int) -> tuple[int, int]:
    """First and last line of a node in the file, both inclusive."""
    start, end = node.map or (0, 1)
    return first_line + start, first_line + max(start, end - 1)


def _heading_text(node: SyntaxTreeNode) -> str:
    return " ".join("\n".join(_inline(child) for child in node.children).split())


def _inline(node: SyntaxTreeNode) -> str:
    """The words of an inline node: marks dropped, line breaks kept, images by their alternative text."""
    if node.type in ("softbreak", "hardbreak"):
        return "\n"
    if node.children:
        return "".join(_inline(child) for child in node.children)
    return "" if node.type in ("inline", "image", "link", "em", "strong") else node.content


def _lines_of(node: SyntaxTreeNode, first_line: int, indent: str = "") -> Part:
    """The plain lines of a paragraph or heading.

    A line's place is exact where the text has as many lines as the source; where a mark swallowed or made
    a line break, every line is placed on the whole block, which is still true.
    """
    start, end = _span(node, first_line)
    texts = [text.strip() for child in node.children for text in _inline(child).split("\n")]
    inner = node.children[0].content if node.children else ""
    exact = len(texts) == inner.count("\n") + 1 and end - start >= len(texts) - 1
    return tuple(
        Line(indent + text, (start + i, start + i) if exact else (start, end)) for i, text in enumerate(texts) if text
    )


def _fence_lines(node: SyntaxTreeNode, first_line: int, indent: str = "") -> Part:
    """The lines of a code block, each on its own line of the file."""
    start, end = _span(node, first_line)
    offset = 1 if node.type == "fence" else 0
    texts = node.content.removesuffix("\n").split("\n")
    return tuple(Line(indent + text, (min(start + offset + i, end),) * 2) for i, text in enumerate(texts))


def is_reply(info: str) -> bool:
    """Whether a fence's info string says that it holds wording approved for sending."""
    return info.strip().split(maxsplit=1)[:1] == ["reply"]


def _row(node: SyntaxTreeNode, first_line: int) -> Part:
    cells = [" ".join(" ".join(_inline(child) for child in cell.children).split()) for cell in node.children]
    text = CELL_JOINT.join(cells) if any(cells) else ""
    return (Line(text, _span(node, first_line), tuple(cells)),)


def _blocks(node: SyntaxTreeNode, first_line: int) -> list[Block]:
    """The blocks of one top-level node. Replies inside a list or quote follow it as blocks of their own."""
    replies: list[Block] = []
    kind, parts = _kind_and_parts(node, first_line, replies)
    headless = kind is BlockKind.TABLE and not any(line.text.strip() for part in parts[:1] for line in part)
    parts = tuple(part for part in parts if any(line.text.strip() for line in part))
    info = node.info.strip() if node.type == "fence" else ""
    if kind is BlockKind.REPLY:
        return [_reply(node, first_line)]
    block = [Block(kind, parts, _extent(parts), info, headless)] if parts else []
    return block + replies


def _extent(parts: Sequence[Part]) -> tuple[int, int]:
    spans = [line.lines for part in parts for line in part]
    return min(span[0] for span in spans), max(span[1] for span in spans)


def _reply(node: SyntaxTreeNode, first_line: int) -> Block:
    lines = _fence_lines(node, first_line)
    return Block(BlockKind.REPLY, (lines,), _span(node, first_line), node.info.strip())


def _kind_and_parts(node: SyntaxTreeNode, first_line: int, replies: list[Block]) -> tuple[BlockKind, tuple[Part, ...]]:
    if node.type in ("bullet_list", "ordered_list"):
        kind = BlockKind.STEPS if node.type == "ordered_list" else BlockKind.LIST
        return kind, tuple(_items(node, first_line, "", replies))
    if node.type == "table":
        rows = [row for group in node.children for row in group.children]
        return BlockKind.TABLE, tuple(_row(row, first_line) for row in rows)
    if node.type == "fence" and is_reply(node.info):
        return BlockKind.REPLY, ()
    if node.type in ("fence", "code_block"):
        return BlockKind.CODE, (_fence_lines(node, first_line),)
    if node.type == "blockquote":
        inner = (tuple(_inner_lines(child, first_line, "", replies)) for child in node.children)
        return BlockKind.QUOTE, tuple(inner)
    return BlockKind.PARAGRAPH, (_lines_of(node, first_line),)


def _items(node: SyntaxTreeNode, first_line: int, indent: str, replies: list[Block]) -> Iterator[Part]:
    """The items of a list. Ordered items carry their number, so that the order is seen in the text."""
    number = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    for item in node.children:
        lines = [line for child in item.children for line in _inner_lines(child, first_line, indent + _INDENT, replies)]
        if not lines:
            # An empty step still has its number.
            number = number + 1 if number is not None else None
            continue
        first = lines[0]
        mark = f"{number}. " if number is not None else ""
        yield (Line(indent + mark + first.text.lstrip(), first.lines), *lines[1:])
        number = number + 1 if number is not None else None


def _inner_lines(node: SyntaxTreeNode, first_line: int, indent: str, replies: list[Block]) -> Iterator[Line]:
    """The lines of a block inside a list item or a quote, indented to its depth."""
    if node.type in ("bullet_list", "ordered_list"):
        for part in _items(node, first_line, indent, replies):
            yield from part
    elif node.type == "table":
        for group in node.children:
            for row in group.children:
                yield from (Line(indent + line.text, line.lines) for line in _row(row, first_line))
    elif node.type == "fence" and is_reply(node.info):
        replies.append(_reply(node, first_line))
    elif node.type in ("fence", "code_block"):
        yield from _fence_lines(node, first_line, indent)
    elif node.type == "blockquote":
        for child in node.children:
            yield from _inner_lines(child, first_line, indent, replies)
    else:
        yield from _lines_of(node, first_line, indent)
