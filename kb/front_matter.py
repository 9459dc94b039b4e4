"""An article's front matter: YAML between `---` lines, read field by field with the line of each.

Values are taken from their raw text, never from what YAML guesses them to be, so a title `123` is text and a
time keeps its offset. Every problem is collected, none raised.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import yaml

from kb.article import Article, Audience, Kind
from kb.errors import Problem
from kb.moment import NaiveMomentError, OutOfRangeError, parse_date, parse_moment
from kb.yaml_nodes import NULL, SCALARS, DeepError, compose, explain, plain_breaks

SHOP_ZONE = "Asia/Shanghai"
MAX_ID = 80

_LISTS = ("products", "channels", "overrides", "questions", "not_questions", "keywords", "must_pass")
_TEXTS = (
    "id",
    "title",
    "kind",
    "owner",
    "audience",
    "effective_from",
    "effective_until",
    "supersedes",
    "review_by",
)
FIELDS = (*_TEXTS, *_LISTS)

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")
_FENCE = "---"
_START = f"begin the file with {_FENCE}, title, kind and {_FENCE}, a line each"


@dataclass(frozen=True)
class Parsed:
    """What a front matter gave: an article, and what was wrong with it.

    id: the article's id as far as it could be read, so that others' references to it can be checked.
    id_line: where it is said, or 1.
    article: with stand-ins for the fields that were wrong; None if there was no front matter.
    """

    id: str
    article: Article | None
    problems: tuple[Problem, ...]
    id_line: int = 1


def parse_article(source: str, path: str, zone: ZoneInfo) -> Parsed:
    """Read an article's front matter; the body is taken as it is.

    source: the file's text, its lines ended by line feeds alone, no byte order mark.
    zone: where a bare date begins.
    """
    lines = source.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines[first].rstrip() != _FENCE:
        return _failed(path, first + 1, "no front matter", _START)
    last = next((i for i in range(first + 1, len(lines)) if lines[i].rstrip() == _FENCE), None)
    if last is None:
        return _failed(path, first + 1, "the front matter is not closed", f"add a line {_FENCE} below it")
    text = plain_breaks("\n".join(lines[first + 1 : last])) + "\n"
    try:
        root = compose(text)
    except yaml.YAMLError as error:
        line, what = explain(error, text)
        return _failed(
            path,
            first + 2 + line,
            f"the front matter is not YAML: {what}",
            "write each field as `name: value`, with quotes around a value with : or #",
        )
    except DeepError as error:
        return _failed(
            path,
            first + 2 + error.line,
            "the front matter is nested too deep",
            "a field holds a text or a list of texts",
        )
    reader = _Reader(path, zone, first + 1)
    reader.read(root)
    article = reader.article(source, last + 2)
    return Parsed(reader.id, article, tuple(reader.problems), reader.lines.get("id", 1))


def derived_id(path: str) -> str:
    """The id of an article that names none: its path without the suffix, `/` as `-`."""
    stem = path[:-3] if path.lower().endswith(".md") else path
    return stem.replace("/", "-")


def _failed(path: str, line: int, what: str, mend: str) -> Parsed:
    return Parsed(derived_id(path), None, (Problem(path, line, what, mend),))


@dataclass
class _Reader:
    """The fields of one front matter, read one after the other."""

    path: str
    zone: ZoneInfo
    offset: int
    problems: list[Problem] = field(default_factory=list)
    nodes: dict[str, yaml.Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    id: str = ""

    def problem(self, line: int, what: str, mend: str) -> None:
        self.problems.append(Problem(self.path, line, what, mend))

    def line(self, node: yaml.Node) -> int:
        return int(node.start_mark.line) + self.offset + 1

    def read(self, root: yaml.Node | None) -> None:
        """Take the mapping apart; name what is unknown or said twice."""
        if root is None:
            return
        if not isinstance(root, yaml.MappingNode):
            self.problem(self.line(root), "the front matter has no fields", "write `name: value` lines")
            return
        for key, value in root.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            line = self.line(key)
            if name not in FIELDS:
                what = f"unknown field `{name}`" if name else "a field without a name"
                self.problem(line, what, _nearest(name))
            elif name in self.nodes:
                self.problem(line, f"`{name}` stands twice (first in line {self.lines[name]})", "keep one")
            else:
                self.nodes[name] = value
                self.lines[name] = line

    def text(self, name: str) -> str:
        """A text field; empty if it is absent, null or wrong."""
        node = self.nodes.get(name)
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self.problem(self.line(node), f"`{name}` must be one text", f"write `{name}: text`")
            return ""
        return self.scalar(name, node)

    def scalar(self, name: str, node: yaml.ScalarNode) -> str:
        if node.tag not in SCALARS:
            self.problem(self.line(node), f"`{name}` has the YAML tag {node.tag!r}", "write plain text")
            return ""
        return "" if node.tag == NULL else " ".join(str(node.value).split())

    def texts(self, name: str) -> tuple[str, ...]:
        """A list field; empty if it is absent, null or wrong."""
        node = self.nodes.get(name)
        if node is None or (isinstance(node, yaml.ScalarNode) and node.tag == NULL):
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self.problem(self.line(node), f"`{name}` must be a list", f"write `{name}: [one, two]`")
            return ()
        return tuple(self.items(name, node))

    def items(self, name: str, node: yaml.SequenceNode) -> Iterator[str]:
        index = 0
        for item in node.value:
            if not isinstance(item, yaml.ScalarNode):
                what = f"`{name}` holds something that is not a text"
                self.problem(self.line(item), what, "put a text with a colon between quotes")
                continue
            before = len(self.problems)
            value = self.scalar(name, item)
            if value:
                self.lines[f"{name}[{index}]"] = self.line(item)
                index += 1
                yield value
            elif len(self.problems) == before:
                self.problem(self.line(item), f"`{name}` has an empty entry", "write a text or take it out")

    def at(self, name: str) -> int:
        """The line of a field, or of the front matter's beginning where it is absent."""
        return self.lines.get(name, self.offset)

    def time(self, name: str) -> datetime | None:
        """A time field, timezone-aware."""
        raw = self.text(name)
        if not raw:
            return None
        try:
            return parse_moment(raw, self.zone)
        except NaiveMomentError:
            what, mend = "is naive-looking, it has no offset", "add +08:00 (or its own offset) at the end"
        except OutOfRangeError:
            what, mend = "is out of range", "leave it out for an open end"
        except ValueError:
            what, mend = "is not a time", "write it as 2026-11-01T00:00:00+08:00 or as a date, 2026-11-01"
        self.problem(self.at(name), f"`{name}` {what}: {raw}", mend)
        return None

    def date(self, name: str) -> date | None:
        """A date field."""
        raw = self.text(name)
        day = parse_date(raw) if raw else None
        if raw and day is None:
            self.problem(self.at(name), f"`{name}` is not a date: {raw}", "write it as 2026-11-01")
        return day

    def kind(self) -> Kind:
        raw = self.text("kind")
        known = ", ".join(Kind)
        if raw in list(Kind):
            return Kind(raw)
        if raw:
            self.problem(self.at("kind"), f"unknown kind `{raw}`", f"one of {known}")
        else:
            self.missing("kind", f"add `kind:`, one of {known}")
        return Kind.POLICY

    def missing(self, name: str, mend: str) -> None:
        """A required field that is absent or empty; a wrong one has its problem already."""
        node = self.nodes.get(name)
        if node is None or isinstance(node, yaml.ScalarNode):
            self.problem(self.at(name), f"`{name}` is missing", mend)

    def slug(self) -> str:
        raw = self.text("id")
        if raw and (not _SLUG.fullmatch(raw) or len(raw) > MAX_ID):
            self.problem(
                self.at("id"),
                f"`id` is not a slug: {raw}",
                f"use a-z, 0-9 and -, not - first, at most {MAX_ID} characters",
            )
        return raw or derived_id(self.path)

    def audience(self) -> Audience:
        raw = self.text("audience") or Audience.PUBLIC.value
        if raw not in list(Audience):
            self.problem(self.at("audience"), f"unknown audience `{raw}`", "public or internal")
            return Audience.INTERNAL
        return Audience(raw)

    def window(self, article: Article) -> None:
        start, end = article.effective_from, article.effective_until
        if start and end and end <= start:
            what = f"`effective_until` ({end}) is not after `effective_from` ({start})"
            self.problem(self.at("effective_until"), what, "the end is exclusive: give a later time")

    def once(self, name: str, texts: tuple[str, ...]) -> None:
        """Refuse an entry that stands in a list twice."""
        seen: dict[str, int] = {}
        for index, text in enumerate(texts):
            line = self.lines[f"{name}[{index}]"]
            if text in seen:
                what = f"`{name}` has the same text twice (first in line {seen[text]}): {text}"
                self.problem(line, what, "keep one")
            seen.setdefault(text, line)

    def article(self, source: str, body_line: int) -> Article:
        """All fields together; what is wrong is in `problems` and has a stand-in here."""
        self.id = self.slug()
        title = self.text("title")
        if not title:
            self.missing("title", "add `title:` and what the article is about")
        article = Article(
            id=self.id,
            title=title,
            kind=self.kind(),
            path=self.path,
            source=source,
            body_line=body_line,
            owner=self.text("owner"),
            audience=self.audience(),
            effective_from=self.time("effective_from"),
            effective_until=self.time("effective_until"),
            supersedes=self.text("supersedes") or None,
            review_by=self.date("review_by"),
        )
        lists = {name: self.texts(name) for name in _LISTS}
        self.window(article)
        self.once("questions", lists["questions"])
        return replace(
            article,
            products=lists["products"],
            channels=lists["channels"],
            overrides=lists["overrides"],
            questions=lists["questions"],
            not_questions=lists["not_questions"],
            keywords=lists["keywords"],
            must_pass=lists["must_pass"],
            field_lines=self.lines,
        )


def _nearest(name: str | None) -> str:
    close = difflib.get_close_matches(name or "", FIELDS, n=1)
    return f"did you mean `{close[0]}`?" if close else f"known fields: {', '.join(FIELDS)}"
