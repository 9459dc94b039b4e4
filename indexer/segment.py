"""A segment: some articles with their passages, vectors and terms, written once and shared by generations.

It is named by its content. A generation says which of its articles are part of it; the others are dead in it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from indexer.arrays import read_arrays, write_arrays
from indexer.compact import CompactStore, CompactTokens, load_tokens, write_tokens
from indexer.dense import DenseVectors
from indexer.late import QuantisedTokens, TokenStore
from indexer.lists import LISTS_FROM, InvertedLists, ListsRecord
from indexer.manifest import FORMAT, FileRecord, differing, record_files
from indexer.postings import Postings
from kb.article import Article
from kb.durable import flush, step
from kb.encoder import Floats
from kb.errors import GenerationError
from kb.leg import Ordinals
from kb.passage import Passage

RECORD = "segment.json"
ARTICLES = "articles.json"
PASSAGES = "passages.json"
DENSE = "dense.faiss"
LISTS = "lists.faiss"
LATE = "late.arrays"
OUTLINE = "outline.arrays"
SPELLING = "spelling"
LEGS = ("chars", "words", "sounds")

ARTICLE_LIST = TypeAdapter(tuple[Article, ...])
_PASSAGE_LIST = TypeAdapter(tuple[Passage, ...])
_BUILDING = ".building-"

Split = tuple[Passage, ...]
"""The passages of one article, in order."""


class SegmentRecord(BaseModel):
    """What a segment is: its counts and a checksum of each file. Its SHA-256 is the segment's name.

    lists: the inverted lists of a large one; None: it is searched whole.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    articles: int
    passages: int
    tokens: int
    files: dict[str, FileRecord]
    lists: ListsRecord | None = None


@dataclass(frozen=True)
class Content:
    """What is written into a segment.

    articles: by id, ascending. split: the passages of each. vectors: `[n, d] float32`, of all passages in order.
    tokens: likewise. postings: of each lexical leg and of the words for spelling, by name.
    """

    articles: Sequence[Article]
    split: Sequence[Split]
    vectors: Floats
    tokens: Sequence[QuantisedTokens | CompactTokens]
    postings: Mapping[str, Postings]


@dataclass(frozen=True)
class Segment:
    """One segment on disk, mapped. Its articles and passages are read by `texts` when they are needed.

    starts: `[n_a + 1] int64`, where the passages of each article begin.
    """

    id: str
    folder: Path
    record: SegmentRecord
    starts: Ordinals
    dense: DenseVectors
    late: TokenStore | CompactStore
    postings: Mapping[str, Postings]

    @property
    def passages(self) -> int:
        """How many passages it has."""
        return self.record.passages

    def texts(self) -> tuple[tuple[Article, ...], tuple[Split, ...]]:
        """Its articles and their passages. Raises GenerationError where they cannot be read."""
        try:
            articles = ARTICLE_LIST.validate_json((self.folder / ARTICLES).read_bytes())
            passages = _PASSAGE_LIST.validate_json((self.folder / PASSAGES).read_bytes())
        except (ValueError, OSError) as error:
            raise _unreadable(self.id, error) from error
        if (len(articles), len(passages)) != (len(self.starts) - 1, self.passages):
            raise _unreadable(self.id, ValueError("its counts differ"))
        return articles, tuple(passages[a:b] for a, b in pairwise(self.starts.tolist()))


def segments_root(var: Path) -> Path:
    """Where the segments of a `var` folder live."""
    return var / "segments"


def clear_leftovers(root: Path) -> None:
    """Remove what an interrupted builder left; call with the right to write."""
    for leftover in root.glob(f"{_BUILDING}*"):
        shutil.rmtree(leftover)


def write_segment(root: Path, content: Content, dimension: int) -> str:
    """Write a segment and return its name; flushed to disk and named last, so that a crash leaves none that is half."""
    root.mkdir(parents=True, exist_ok=True)
    folder = root / f"{_BUILDING}segment"
    folder.mkdir()
    step("write segment")
    starts = np.concatenate([[0], np.cumsum([len(split) for split in content.split])]).astype(np.int64)
    passages = tuple(passage for split in content.split for passage in split)
    (folder / ARTICLES).write_bytes(ARTICLE_LIST.dump_json(tuple(content.articles)))
    (folder / PASSAGES).write_bytes(_PASSAGE_LIST.dump_json(passages))
    write_arrays(folder / OUTLINE, {"starts": [starts]})
    vectors = content.vectors.reshape(-1, dimension)
    DenseVectors.build(vectors, folder / DENSE)
    lists = InvertedLists.build(vectors, folder / LISTS) if len(vectors) >= LISTS_FROM else None
    write_tokens(content.tokens, dimension, folder / LATE)
    for name, postings in content.postings.items():
        postings.write(folder / _postings_file(name))
    record = SegmentRecord(
        format=FORMAT,
        articles=len(content.articles),
        passages=int(starts[-1]),
        tokens=sum(len(tokens.scales) for tokens in content.tokens),
        files=record_files(folder),
        lists=lists,
    )
    raw = (record.model_dump_json(indent=1, exclude_none=True) + "\n").encode()
    (folder / RECORD).write_bytes(raw)
    step("flush segment")
    for path in (*folder.iterdir(), folder):
        flush(path)
    return _named(root, folder, _name(raw))


def load_segment(root: Path, name: str) -> Segment:
    """Check every file of a segment against its name and map it. Raises GenerationError saying what is wrong."""
    folder = root / name
    record = read_record(folder)
    wrong = differing(folder, record.files)
    if wrong is not None:
        raise GenerationError(f"segment {name} {wrong}; run `kb rebuild`")
    try:
        return _mapped(folder, record)
    except (ValueError, RuntimeError, OSError, KeyError, TypeError) as error:
        # Whole, and yet not what this version writes.
        raise _unreadable(name, error) from error


def read_record(folder: Path) -> SegmentRecord:
    """What a segment says that it is. Raises GenerationError where that is missing, damaged or of another format."""
    name = folder.name
    try:
        raw = (folder / RECORD).read_bytes()
    except OSError as error:
        raise GenerationError(f"segment {name} has no {RECORD} ({error}); run `kb rebuild`") from error
    if _name(raw) != name:
        raise GenerationError(f"segment {name}: {RECORD} is damaged (its checksum differs); run `kb rebuild`")
    try:
        record = SegmentRecord.model_validate(json.loads(raw))
    except (ValueError, ValidationError) as error:
        raise GenerationError(f"segment {name}: {RECORD} is not valid ({error}); run `kb rebuild`") from error
    if record.format != FORMAT:
        raise GenerationError(f"segment {name} has format {record.format}, this program reads {FORMAT}")
    return record


def _mapped(folder: Path, record: SegmentRecord) -> Segment:
    lists = None if record.lists is None else InvertedLists.load(folder / LISTS, record.lists, record.passages)
    return Segment(
        id=folder.name,
        folder=folder,
        record=record,
        starts=read_arrays(folder / OUTLINE)["starts"],
        dense=DenseVectors.load(folder / DENSE, lists),
        late=load_tokens(folder / LATE),
        postings={name: Postings.read(folder / _postings_file(name)) for name in (*LEGS, SPELLING)},
    )


def _named(root: Path, folder: Path, name: str) -> str:
    """Give a finished folder its name; one of that name that is there stays, or is replaced where it is damaged."""
    final = root / name
    step("name segment")
    if final.exists():
        if _is_whole(final):
            shutil.rmtree(folder)
            return name
        final.rename(root / f"{_BUILDING}replaced-{name}")
        step("replaced segment")
    folder.rename(final)
    flush(root)
    step("segment named")
    return name


def _is_whole(folder: Path) -> bool:
    try:
        return differing(folder, read_record(folder).files) is None
    except GenerationError:
        return False


def _unreadable(name: str, error: Exception) -> GenerationError:
    return GenerationError(f"segment {name} cannot be read ({error}); run `kb rebuild`")


def _postings_file(name: str) -> str:
    return f"{name}.arrays"


def _name(record: bytes) -> str:
    return hashlib.sha256(record).hexdigest()[:32]
