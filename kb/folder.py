"""A folder of Markdown files read as articles, whole or not at all.

Hidden files and folders and names that begin with `_` are left aside, but for the word files at the folder's root
(`_synonyms.yaml`, `_moods.yaml`). A symbolic link that stays inside the
folder is followed, but no file is read twice; one that leads out is a problem.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from kb.article import Article
from kb.body import body_problems
from kb.errors import ArticlesError, Problem
from kb.front_matter import SHOP_ZONE, Parsed, derived_id, parse_article
from kb.library import Library, ShopWords
from kb.library_check import duplicate_ids, library_problems
from kb.moods import FILE as MOODS
from kb.moods import MoodWords, read_moods
from kb.synonyms import FILE as SYNONYMS
from kb.synonyms import Synonyms, read_synonyms

T = TypeVar("T")

MAX_BYTES = 1_000_000
_MARK = "\ufeff"


def read_folder(root: Path, zone: ZoneInfo | None = None) -> tuple[Article, ...]:
    """Every article below a folder, sorted by path: `read_library` without the words."""
    return read_library(root, zone).articles


def read_library(root: Path, zone: ZoneInfo | None = None) -> Library:
    """A folder's articles and the words that its owners edit.

    zone: where a bare date begins; Asia/Shanghai unless given.
    Raises ArticlesError with every problem of every file, the word files included, if there is one.
    """
    library, problems = _read(root, zone or ZoneInfo(SHOP_ZONE))
    if problems:
        raise ArticlesError(problems)
    return library


def read_files(root: Path) -> dict[str, bytes]:
    """The files that make a library, byte for byte: path below the folder, with `/`, to content.

    Raises ArticlesError where one cannot be read or none is there; what they say is not looked at.
    """
    if not root.is_dir():
        raise ArticlesError([Problem(str(root), 1, "no such folder", "name a folder of Markdown files")])
    walk = _Walk()
    walk.run(root.resolve())
    words = {name: root / name for name in (SYNONYMS, MOODS) if (root / name).is_file()}
    found: dict[str, bytes] = {}
    for path, file in sorted((walk.files | words).items()):
        try:
            found[path] = file.read_bytes()
        except OSError as error:
            walk.problem(path, f"cannot be read: {error.strerror}", "let the program read it")
    if walk.problems:
        raise ArticlesError(walk.problems)
    if not walk.files:
        mend = "put articles into it as files that end in .md"
        raise ArticlesError([Problem(str(root), 1, "the folder holds no articles", mend)])
    return found


def check_folder(root: Path, zone: ZoneInfo | None = None) -> list[Problem]:
    """Every problem of every file below a folder, sorted; an empty list for a sound one."""
    return sorted(set(_read(root, zone or ZoneInfo(SHOP_ZONE))[1]))


def read_article(text: str, path: str, zone: ZoneInfo | None = None) -> Article:
    """One article from its text, checked for itself alone, as a draft is.

    path: the name under which problems are reported and from which an absent id is derived.
    Raises ArticlesError with every problem of the text.
    """
    parsed = parse_file(text.encode(errors="surrogatepass"), path, zone or ZoneInfo(SHOP_ZONE))
    if parsed.article is None or parsed.problems:
        raise ArticlesError(parsed.problems)
    return parsed.article


def _read(root: Path, zone: ZoneInfo) -> tuple[Library, list[Problem]]:
    """What could be read and all problems."""
    walk = _Walk()
    if not root.is_dir():
        return Library(()), [Problem(str(root), 1, "no such folder", "name a folder of Markdown files")]
    walk.run(root.resolve())
    problems = walk.problems
    parsed: list[Parsed] = []
    places: list[tuple[str, str, int]] = []
    for path, file in sorted(walk.files.items()):
        one = _load(file, path, zone)
        parsed.append(one)
        problems.extend(one.problems)
        places.append((one.id, path, one.id_line))
    if not walk.files and not problems:
        mend = "put articles into it as files that end in .md"
        return Library(()), [Problem(str(root), 1, "the folder holds no articles", mend)]
    articles = tuple(one.article for one in parsed if one.article)
    problems.extend(duplicate_ids(places))
    problems.extend(library_problems(articles, {name for name, _, _ in places}))
    words = _Words(root.resolve(), problems)
    synonyms = words.read(SYNONYMS, read_synonyms, Synonyms())
    moods = words.read(MOODS, read_moods, MoodWords())
    return Library(articles, ShopWords(synonyms, moods)), problems


@dataclass(frozen=True)
class _Words:
    """The word files at a folder's root; one that is not there says nothing."""

    root: Path
    problems: list[Problem]

    def read(self, name: str, reader: Callable[[str], tuple[T, Iterable[Problem]]], nothing: T) -> T:
        """What a word file says; `nothing` without the file."""
        text = self._text(name)
        if text is None:
            return nothing
        said, problems = reader(text)
        self.problems.extend(problems)
        return said

    def _text(self, name: str) -> str | None:
        file = self.root / name
        misspelt = file.with_suffix(".yml")
        if misspelt.exists():
            self.problems.append(Problem(misspelt.name, 1, "a word file that would not be read", f"name it {name}"))
        if not file.is_symlink() and not file.exists():
            return None
        target = _target(file)
        if target is None or not target.is_relative_to(self.root):
            what = "a symbolic link that leads nowhere or out of the folder"
            self.problems.append(Problem(name, 1, what, "put the file itself into the folder"))
            return None
        text = _text_of(target, name)
        if isinstance(text, Problem):
            self.problems.append(text)
            return None
        return text


def _load(file: Path, path: str, zone: ZoneInfo) -> Parsed:
    """One file; what cannot be read at all is a problem of its own."""
    text = _text_of(file, path)
    return _unread(path, text) if isinstance(text, Problem) else _article(text, path, zone)


def _text_of(file: Path, path: str) -> str | Problem:
    """A file's text, or why it cannot be read."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return Problem(path, 1, "not an ordinary file", "replace it by one")
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return Problem(path, 1, f"cannot be read: {error.strerror}", "let the program read it")
    return decode_file(raw, path)


def parse_file(raw: bytes, path: str, zone: ZoneInfo) -> Parsed:
    """One file's bytes, checked for themselves alone; its article is None where there is any problem."""
    text = decode_file(raw, path)
    return _unread(path, text) if isinstance(text, Problem) else _article(text, path, zone)


def decode_file(raw: bytes, path: str) -> str | Problem:
    """A file's text, or why it has none: UTF-8 without a mark, its lines ended by line feeds alone."""
    if len(raw) > MAX_BYTES:
        return Problem(path, 1, "larger than 1 MB", "part it into several articles")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        what = f"not UTF-8: byte {column} of the line is 0x{raw[error.start]:02X}"
        return Problem(path, line, what, "save the file in UTF-8")
    return text.removeprefix(_MARK).replace("\r\n", "\n").replace("\r", "\n")


def _article(source: str, path: str, zone: ZoneInfo) -> Parsed:
    parsed = parse_article(source, path, zone)
    if parsed.article is None:
        return parsed
    # Stand-ins for wrong fields must not be compared with other articles.
    article = None if parsed.problems else parsed.article
    return replace(parsed, article=article, problems=(*parsed.problems, *body_problems(parsed.article)))


def _unread(path: str, problem: Problem) -> Parsed:
    return Parsed(derived_id(path), None, (problem,))


@dataclass
class _Walk:
    """The Markdown files below a folder: path below it, with `/`, to the file behind it."""

    files: dict[str, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    seen: set[Path] = field(default_factory=set)
    links: list[tuple[str, Path]] = field(default_factory=list)

    def run(self, root: Path) -> None:
        """Walk real files first, so that a link never takes the place of what it points to."""
        self.folder(root, "")
        while self.links:
            self.links.sort(reverse=True)
            path, link = self.links.pop()
            target = _target(link)
            if target is None:
                self.problem(path, f"a symbolic link to nothing: {_shown(os.readlink(link))}", "remove it")
            elif not target.is_relative_to(root):
                what = f"a symbolic link that leads out of the folder: {_shown(os.readlink(link))}"
                self.problem(path, what, "put the file itself into the folder")
            elif target.is_dir():
                self.folder(target, f"{path}/")
            else:
                self.file(target, path)

    def problem(self, path: str, what: str, mend: str) -> None:
        self.problems.append(Problem(_shown(path), 1, what, mend))

    def folder(self, folder: Path, prefix: str) -> None:
        pending = [(folder, prefix)]
        while pending:
            current, before = pending.pop()
            if current in self.seen:
                continue
            self.seen.add(current)
            for entry in self.entries(current, before):
                path = before + entry.name
                if entry.is_symlink():
                    if _is_article(entry.name) or Path(entry.path).is_dir():
                        self.links.append((path, Path(entry.path)))
                elif entry.is_dir():
                    pending.append((Path(entry.path), f"{path}/"))
                elif _is_article(entry.name):
                    self.file(Path(entry.path), path)

    def entries(self, folder: Path, prefix: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as found:
                yield from sorted(
                    (entry for entry in found if not entry.name.startswith((".", "_"))), key=lambda e: e.name
                )
        except OSError as error:
            self.problem(prefix or ".", f"cannot be read: {error.strerror}", "let the program read it")

    def file(self, file: Path, path: str) -> None:
        if file in self.seen:
            return
        self.seen.add(file)
        if _shown(path) != path:
            self.problem(path, "a file name that is not UTF-8", "rename it")
            return
        self.files[unicodedata.normalize("NFC", path)] = file


def _target(link: Path) -> Path | None:
    """What a link leads to in the end; None if that does not exist or the link leads to itself."""
    try:
        return link.resolve(strict=True)
    except (OSError, RuntimeError):
        return None


def _is_article(name: str) -> bool:
    return name.lower().endswith(".md")


def _shown(path: str) -> str:
    """A path that can be printed, whatever bytes the file system holds."""
    return os.fsencode(path).decode("utf-8", "replace")
