"""From stored files to articles and to a library: each file is parsed once a process, then known by its checksum."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from kb.article import Article
from kb.errors import Problem
from kb.folder import decode_file, parse_file
from kb.library import Library, ShopWords
from kb.library_check import library_problems
from kb.moods import FILE as MOODS
from kb.moods import MoodWords, read_moods
from kb.store.records import checksum
from kb.synonyms import FILE as SYNONYMS
from kb.synonyms import Synonyms, read_synonyms

WORD_FILES = (SYNONYMS, MOODS)
MAX_PATH = 500

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\\]")
_SPARE = 30_000
"""How many parsed files are kept beside those of the last library: a first folder is parsed before it is published."""


@dataclass(frozen=True)
class Text:
    """One stored file read. name: the article's id, or the word file's name. article, words: None where wrong."""

    name: str
    path: str
    problems: tuple[Problem, ...]
    id_line: int = 1
    article: Article | None = None
    words: Synonyms | MoodWords | None = None


@dataclass(frozen=True)
class Place:
    """Where a file of a library is to be had: a revision without its content."""

    name: str
    number: int
    path: str
    sha256: str

    @property
    def key(self) -> tuple[str, str]:
        """What the parsed file is known by."""
        return self.sha256, self.path


Fetch = Callable[[Sequence[Place]], Iterable[tuple[Place, bytes]]]
"""Brings the content of revisions."""


class Reader:
    """Parses files and remembers them. May be shared between threads."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._known: dict[tuple[str, str], Text] = {}
        self._lock = threading.Lock()
        self.parsed = 0
        """How many files were parsed so far."""

    def text(self, path: str, raw: bytes) -> Text:
        """One file, parsed unless its content is known at that path."""
        key = (checksum(raw), path)
        known = self._known.get(key)
        if known is None:
            known = _words(path, raw) if path in WORD_FILES else _article(path, raw, self._zone)
            with self._lock:
                self._known[key] = known
                self.parsed += 1
        return known

    def prime(self, articles: Iterable[Article]) -> None:
        """Take over articles that were parsed elsewhere, in the same time zone.

        Those whose file had a byte order mark or other line ends are parsed again when they are met.
        """
        found = {
            (checksum(article.source.encode()), article.path): Text(
                article.id, article.path, (), article.field_lines.get("id", 1), article
            )
            for article in articles
        }
        with self._lock:
            self._known = found | self._known

    def texts(self, places: Sequence[Place], fetch: Fetch) -> list[Text]:
        """Every file of a library, in the order given; what is not known is fetched and parsed."""
        known = self._known  # Forgetting makes another one, so that what was found here stays.
        unknown = [place for place in places if place.key not in known]
        found = {place.key: self.text(place.path, raw) for place, raw in fetch(unknown)} if unknown else {}
        read = [found.get(place.key) or known[place.key] for place in places]
        with self._lock:
            if len(self._known) > 2 * len(places) + _SPARE:
                self._known = {place.key: text for place, text in zip(places, read, strict=True)}
        return read


def assemble(texts: Sequence[Text], revisions: Mapping[str, int]) -> tuple[Library, list[Problem]]:
    """The library that these files make, and every problem in and between them."""
    ordered = sorted(texts, key=lambda text: text.path)
    articles = tuple(text.article for text in ordered if text.article)
    problems = [problem for text in ordered for problem in text.problems]
    problems += _places(ordered)
    problems += library_problems(articles, {text.name for text in ordered if text.name not in WORD_FILES})
    words = {text.name: text.words for text in ordered}
    synonyms, moods = words.get(SYNONYMS), words.get(MOODS)
    shop = ShopWords(
        synonyms if isinstance(synonyms, Synonyms) else Synonyms(),
        moods if isinstance(moods, MoodWords) else MoodWords(),
    )
    return Library(articles, shop, dict(revisions)), problems


def path_of(path: str) -> str:
    """The path as the store keeps it: composed, as files of a folder are."""
    return unicodedata.normalize("NFC", path)


def path_problems(path: str) -> list[Problem]:
    """Why a path could not be a file of an exported library; none for a sound one."""
    shown = _CONTROL.sub("\ufffd", path)
    parts = path.split("/")
    if not path or _CONTROL.search(path) or any(part in ("", ".", "..") or part != part.strip() for part in parts):
        mend = "write it like returns/freight.md, below the library's root"
        return [Problem(shown, 1, "not a path within the library", mend)]
    if len(path) > MAX_PATH or any(len(part.encode()) > 255 for part in parts):
        return [Problem(shown, 1, "a path that is too long", f"at most {MAX_PATH} characters, 255 bytes a name")]
    if path in WORD_FILES:
        return []
    if any(part.startswith((".", "_")) for part in parts):
        return [Problem(shown, 1, "a name that begins with `.` or `_` is left aside", "name it otherwise")]
    if not path.lower().endswith(".md"):
        return [Problem(shown, 1, "an article's file must end in .md", f"name it {path}.md")]
    return []


def _places(texts: Sequence[Text]) -> list[Problem]:
    """Two names in one file, or a file where another one needs a folder: neither can be exported."""
    problems = []
    taken: dict[str, str] = {}
    for text in texts:
        if text.path in taken:
            what = f"`{text.name}` and `{taken[text.path]}` stand in one file"
            mend = f"keep the id `{taken[text.path]}`, or give the new article a path of its own"
            problems.append(Problem(text.path, text.id_line, what, mend))
        taken.setdefault(text.path, text.name)
    inner: dict[str, str] = {}
    for path in taken:
        inner.setdefault(path.rpartition("/")[0], path)
    folders = {str(parent): path for folder, path in inner.items() for parent in _with_parents(folder)}
    both = sorted(set(taken) & set(folders))
    mend = "rename one of them"
    return problems + [Problem(path, 1, f"a file and a folder ({folders[path]}) of one name", mend) for path in both]


def _with_parents(folder: str) -> list[PurePosixPath]:
    return [PurePosixPath(folder), *PurePosixPath(folder).parents] if folder else []


def _words(path: str, raw: bytes) -> Text:
    text = decode_file(raw, path)
    if isinstance(text, Problem):
        return Text(path, path, (text,))
    words, problems = read_synonyms(text) if path == SYNONYMS else read_moods(text)
    return Text(path, path, tuple(problems), 1, None, None if problems else words)


def _article(path: str, raw: bytes, zone: ZoneInfo) -> Text:
    parsed = parse_file(raw, path, zone)
    problems = (*path_problems(path), *parsed.problems)
    return Text(parsed.id, path, problems, parsed.id_line, None if problems else parsed.article)
