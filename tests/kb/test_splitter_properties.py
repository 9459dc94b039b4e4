"""What must hold of every article: no text lost, none twice, order kept, ranges true, sections kept apart.

The generator writes Markdown and, beside it, what a reader sees of it and where: every stretch of text holds
a number of its own, so that nothing here leans on the parser.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from kb.article import Article, Kind
from kb.folder import read_article
from kb.markdown import tokens
from kb.passage import Passage, PassageKind
from kb.sentence import size
from kb.splitter import split

HEAD = "---\ntitle: 题\nkind: policy\n---\n"
Draw = Callable[[st.SearchStrategy[int]], int]


@dataclass
class Writer:
    """A document in the making: its lines, the words a reader sees, and the section of each number."""

    lines: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    sections: dict[str, int] = field(default_factory=dict)
    paths: list[tuple[str, ...]] = field(default_factory=lambda: [()])
    filled: set[int] = field(default_factory=set)
    count: int = 0

    def word(self) -> str:
        self.count += 1
        name = f"№{self.count:04d}"
        self.sections[name] = len(self.paths) - 1
        self.filled.add(len(self.paths) - 1)
        return name


def sentence(writer: Writer, draw: Draw) -> tuple[str, str]:
    """A sentence as Markdown and as read."""
    marked, read = MARKS[draw(st.integers(0, len(MARKS) - 1))]
    filler = "七天之内，可以退换，" * draw(st.integers(0, 4))
    end = ENDS[draw(st.integers(0, len(ENDS) - 1))]
    name = writer.word()
    return name + marked + filler + end, name + read + filler + end


MARKS = [
    ("", ""), ("条**“要点”**内", "条“要点”内"), ("[链接](http://a.b)", "链接"), ("`a|b`", "a|b"), ("1.5L", "1.5L"),
    ("<b>", "<b>"), ("&lt;", "<"), ("![图](x.png)", "图"), ("条*斜*内", "条斜内"), ("iPhone 15 Pro", "iPhone 15 Pro"),
]  # fmt: skip
ENDS = ["。", "！", "？”", "……", "；", "，", ".", ""]


def text(writer: Writer, draw: Draw, limit: int = 5) -> tuple[str, str]:
    parts = [sentence(writer, draw) for _ in range(draw(st.integers(1, limit)))]
    return "".join(marked for marked, _ in parts), "".join(read for _, read in parts)


def paragraph(writer: Writer, draw: Draw, indent: str = "") -> None:
    for _ in range(draw(st.integers(1, 3))):
        marked, read = text(writer, draw)
        writer.lines.append(indent + marked)
        writer.seen.append(read)
    writer.lines.append("")


def bullets(writer: Writer, draw: Draw, indent: str = "", depth: int = 0) -> None:
    ordered = draw(st.booleans())
    for number in range(1, draw(st.integers(1, 6)) + 1):
        mark = f"{number}. " if ordered else "- "
        writer.seen.append(mark if ordered else "")
        marked, read = text(writer, draw, 3)
        writer.lines.append(indent + mark + marked)
        writer.seen.append(read)
        inner = indent + " " * len(mark)
        if depth < 2 and draw(st.integers(0, 4)) == 0:
            writer.lines.append("")
            draw_one(writer, draw, (bullets, code, table, quote), inner, depth + 1)
    writer.lines.append("")
    # A comment line of text ends the list, so that the next list is another one.
    marked, read = text(writer, draw, 1)
    writer.lines += [indent + marked, ""]
    writer.seen.append(read)


def table(writer: Writer, draw: Draw, indent: str = "", _depth: int = 0) -> None:
    width = draw(st.integers(1, 3))
    for row in range(draw(st.integers(1, 8))):
        cells = [sentence(writer, draw) for _ in range(width)]
        marked = [one.replace("|", "\\|") for one, _ in cells]
        writer.lines.append(f"{indent}| {' | '.join(marked)} |")
        writer.seen.append("|".join(read for _, read in cells))
        if row == 0:
            writer.lines.append(indent + "|---" * width + "|")
    writer.lines.append("")


def code(writer: Writer, draw: Draw, indent: str = "", depth: int = 0) -> None:
    reply = depth == 0 and draw(st.booleans())
    writer.lines.append(indent + ("```reply" if reply else "```sh"))
    for _ in range(draw(st.integers(1, 4))):
        line = writer.word() + " {x} **y** 好。" * draw(st.integers(1, 12))
        writer.lines.append(indent + line)
        writer.seen.append(line)
    writer.lines += [indent + "```", ""]


def quote(writer: Writer, draw: Draw, indent: str = "", _depth: int = 0) -> None:
    marked, read = text(writer, draw)
    writer.lines += [f"{indent}> {marked}", ""]
    writer.seen.append(read)


def draw_one(writer: Writer, draw: Draw, kinds: tuple[Callable[..., None], ...], indent: str, depth: int) -> None:
    kinds[draw(st.integers(0, len(kinds) - 1))](writer, draw, indent, depth)


def heading(writer: Writer, draw: Draw, stack: list[tuple[int, str]]) -> None:
    level = draw(st.integers(1, 4))
    name = f"第{len(writer.paths)}节" + ("？" if draw(st.booleans()) else "")
    stack[:] = [(depth, one) for depth, one in stack if depth < level]
    stack.append((level, name))
    writer.paths.append(tuple(one for _, one in stack))
    writer.lines += ["#" * level + " " + name, ""]


@st.composite
def documents(draw: st.DrawFn) -> Writer:
    writer = Writer()
    stack: list[tuple[int, str]] = []
    for _ in range(draw(st.integers(0, 4))):
        for _ in range(draw(st.integers(0, 4))):
            block = draw(st.sampled_from((paragraph, paragraph, bullets, table, code, quote)))
            block(writer, draw)
        heading(writer, draw, stack)
    paragraph(writer, draw)
    return writer


def bare(words: str) -> str:
    return "".join(words.split())


def named(passage: Passage) -> list[str]:
    return re.findall(r"№\d{4}", passage.text)


def content(article: Article, limit: int) -> list[Passage]:
    """The passages of the body, but for those that hold a bare heading."""
    return [one for one in split(article, limit) if not re.fullmatch(r"第\d+节？?", one.text)]


@settings(max_examples=150, deadline=None)
@given(documents(), st.sampled_from([20, 60, 300]))
def test_no_text_is_lost_none_is_twice_and_order_is_kept(writer: Writer, limit: int) -> None:
    article = read_article(HEAD + "\n".join(writer.lines), "a.md")
    together = "".join(bare(passage.text) for passage in content(article, limit))
    assert together == bare("".join(writer.seen))


@settings(max_examples=150, deadline=None)
@given(documents(), st.sampled_from([20, 60, 300]))
def test_line_ranges_are_true_ordered_and_within_the_file(writer: Writer, limit: int) -> None:
    article = read_article(HEAD + "\n".join(writer.lines), "a.md")
    lines = article.source.split("\n")
    at = {name: n for n, line in enumerate(lines, 1) for name in re.findall(r"№\d{4}", line)}
    before = article.body_line
    for passage in split(article, limit):
        first, last = passage.lines
        assert before <= first <= last <= len(lines)
        before = first
        for name in named(passage):
            assert first <= at[name] <= last
        # Nor are ranges too wide: they begin with the first words and end with the last.
        fence = passage.kind is PassageKind.REPLY
        if re.match(r"\s*(\d+\. )?№", passage.text):
            assert at[named(passage)[0]] == first + fence
        if named(passage):
            assert at[named(passage)[-1]] == last - fence


@settings(max_examples=150, deadline=None)
@given(documents(), st.sampled_from([20, 60, 300]))
def test_a_passage_keeps_to_its_section_and_knows_its_path(writer: Writer, limit: int) -> None:
    article = read_article(HEAD + "\n".join(writer.lines), "a.md")
    found = split(article, limit)
    assert [passage.ordinal for passage in found] == list(range(len(found)))
    for passage in content(article, limit):
        homes = {writer.sections[name] for name in named(passage)}
        assert len(homes) <= 1
        assert all(passage.headings == writer.paths[home] for home in homes)
        question = passage.headings[-1:] and passage.headings[-1].endswith("？")
        assert passage.kind is not PassageKind.ANSWER or question


@settings(max_examples=100, deadline=None)
@given(documents(), st.sampled_from([20, 60, 300]))
def test_passages_keep_to_their_size_and_split_twice_alike(writer: Writer, limit: int) -> None:
    article = read_article(HEAD + "\n".join(writer.lines), "a.md")
    found = split(article, limit)
    assert found == split(article, limit)
    for passage in found:
        assert passage.text.strip()
        if passage.kind is not PassageKind.REPLY:
            # A table's header and an introduction may be glued to a first piece: one limit more at most.
            assert size(passage.text) <= 4 * limit + 240


def letters(words: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W\d_]", words))


def words_of(body: str) -> str:
    """All the words that the parser's tokens hold."""
    found: list[str] = []
    for token in tokens(body):
        for part in token.children or [token]:
            inner = part.children if part.type == "image" else None
            found.extend(one.content for one in inner or [part] if one.type != "inline")
    return "".join(found)


LINES = st.text(alphabet="退货ab12 #-*_>`|~.。[]()!<&\\\t:{}", max_size=24)


@settings(max_examples=400, deadline=None)
@given(st.lists(LINES, max_size=12).map("\n".join), st.sampled_from([5, 300]))
def test_any_text_is_split_without_loss(body: str, limit: int) -> None:
    article = Article("a", "", Kind.POLICY, "a.md", HEAD + body, 5)
    found = split(article, limit)
    last = article.source.count("\n") + 1
    kept = letters("".join(passage.text for passage in found))
    everything = letters(words_of(body))
    headings = letters("".join(part for passage in found for part in passage.headings))
    # A heading's words stand in paths, or in a passage of their own.
    assert not kept - everything
    assert not (everything - kept) - (headings + heading_words(body))
    for passage in found:
        assert 5 <= passage.lines[0] <= passage.lines[1] <= last


def heading_words(body: str) -> Counter[str]:
    found = tokens(body)
    inside = [after.content for before, after in pairwise(found) if before.type == "heading_open"]
    return letters("".join(inside))
