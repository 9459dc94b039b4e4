"""What would have to change for the published library to equal a folder; nothing is written by looking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from indexer.publishing.receipt import Receipt
from kb.errors import ArticlesError, Problem
from kb.folder import check_folder, read_article, read_files
from kb.moods import FILE as MOODS
from kb.store.records import RevisionInfo, checksum
from kb.synonyms import FILE as SYNONYMS


@dataclass(frozen=True)
class Planned:
    """One file of the folder or of the library. raw: its bytes in the folder; empty where it is gone."""

    name: str
    path: str
    raw: bytes = b""


@dataclass(frozen=True)
class Plan:
    """A folder beside the published library, each list sorted by path.

    new: not published. changed: published with other bytes or at another path. gone: published, not in the folder.
    """

    new: tuple[Planned, ...] = ()
    changed: tuple[Planned, ...] = ()
    gone: tuple[Planned, ...] = ()
    unchanged: tuple[str, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Whether the library equals the folder already."""
        return not (self.new or self.changed or self.gone)

    @property
    def files(self) -> dict[str, bytes]:
        """What the library must take in: path to bytes."""
        return {one.path: one.raw for one in (*self.new, *self.changed)}


@dataclass(frozen=True)
class FolderPublished:
    """What publishing a folder did. receipt: None for a dry run."""

    plan: Plan
    receipt: Receipt | None


class Published(Protocol):
    """What is published, as a plan needs it."""

    def published(self) -> Mapping[str, RevisionInfo]:
        """The published revision of each name."""
        ...


def plan(folder: Path, store: Published, zone: ZoneInfo) -> Plan:
    """Compare a folder with what is published. Raises ArticlesError with every problem of the folder."""
    files = read_files(folder)
    published = store.published()
    at = {info.path: info for info in published.values()}
    same = {p: at[p].name for p, raw in files.items() if p in at and at[p].sha256 == checksum(raw)}
    others = {p: raw for p, raw in files.items() if p not in same}
    gone = {name: info for name, info in published.items() if name not in set(same.values())}
    if (others or gone) and (problems := check_folder(folder, zone)):
        raise ArticlesError(problems)
    new: list[Planned] = []
    changed: list[Planned] = []
    for path, raw in others.items():
        name = _name(path, raw, zone)
        (changed if gone.pop(name, None) else new).append(Planned(name, path, raw))
    left = sorted((Planned(name, info.path) for name, info in gone.items()), key=lambda one: one.path)
    return Plan(tuple(new), tuple(changed), tuple(left), tuple(sorted(same.values())))


def _name(path: str, raw: bytes, zone: ZoneInfo) -> str:
    if path in (SYNONYMS, MOODS):
        return path
    try:
        return read_article(raw.decode("utf-8-sig"), path, zone).id
    except UnicodeDecodeError as error:
        # The folder was checked a moment ago: somebody writes to it.
        raise ArticlesError([Problem(path, 1, "changed while it was read", "publish again")]) from error
