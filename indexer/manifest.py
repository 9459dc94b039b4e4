"""A generation's manifest: what it was made from, its segments, and a checksum of every file of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kb.errors import GenerationError

FORMAT = 3
NAME = "manifest.json"


class FileRecord(BaseModel):
    """One file of a generation: its length in bytes and its SHA-256 in hex."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: int
    sha256: str


class EncoderRecord(BaseModel):
    """The encoder that made the vectors. agreement: its cosines against sentence-transformers, per precision."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    fingerprint: str
    dimension: int
    agreement: dict[str, float]


class SegmentPart(BaseModel):
    """One segment of a generation. dead: the places in it, ascending, of the articles that are no part of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    dead: tuple[int, ...] = ()


class Manifest(BaseModel):
    """What a generation is. Its id says what it answers; how it lies in segments depends on what it was made from.

    inputs: hash of the articles and the version of each part that decides the content.
    articles, passages, tokens: those that are part of it. segments: where they are, the largest first.
    files: those in the generation's own folder.
    checksum: SHA-256 over everything else in it, hex; see `sealed`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    id: str
    inputs: dict[str, str]
    encoder: EncoderRecord
    articles: int
    passages: int
    tokens: int
    segments: tuple[SegmentPart, ...]
    files: dict[str, FileRecord]
    checksum: str = ""

    def sealed(self) -> Manifest:
        """The same with its checksum."""
        rest = self.model_dump_json(exclude={"checksum"})
        return self.model_copy(update={"checksum": hashlib.sha256(rest.encode()).hexdigest()})


def generation_id(inputs: Mapping[str, str]) -> str:
    """The name of what these inputs make: 16 hex digits of their SHA-256."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]


def record_files(folder: Path) -> dict[str, FileRecord]:
    """Length and checksum of every file below a folder, the manifest left out."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != NAME)
    return {p.relative_to(folder).as_posix(): _record(p) for p in paths}


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a generation. Raises GenerationError where it is missing, foreign or unreadable."""
    try:
        raw = json.loads((folder / NAME).read_bytes())
    except FileNotFoundError as error:
        raise GenerationError(f"generation {folder.name} has no {NAME}; run `kb index` again") from error
    except (OSError, ValueError) as error:
        raise GenerationError(f"generation {folder.name}: {NAME} cannot be read ({error})") from error
    version = raw.get("format") if isinstance(raw, dict) else None
    if version != FORMAT:
        raise GenerationError(
            f"generation {folder.name} has format {version!r}, this program reads {FORMAT}; run `kb index` again"
        )
    try:
        manifest = Manifest.model_validate(raw)
    except ValidationError as error:
        raise GenerationError(f"generation {folder.name}: {NAME} is not valid ({error})") from error
    if manifest.checksum != manifest.sealed().checksum:
        raise GenerationError(f"generation {folder.name}: {NAME} is damaged (its checksum differs)")
    return manifest


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Compare every file with the manifest. Raises GenerationError naming the first that differs."""
    wrong = differing(folder, manifest.files)
    if wrong is not None:
        raise GenerationError(f"generation {manifest.id} {wrong}")


def differing(folder: Path, files: Mapping[str, FileRecord]) -> str | None:
    """What is wrong with the first file that is not as recorded, naming it; None: all are."""
    for name, expected in files.items():
        path = folder / name
        if not path.is_file():
            return f"has lost {name}"
        size = path.stat().st_size
        if size != expected.bytes:
            return f"is damaged: {name} has {size} bytes, not {expected.bytes}"
        if _record(path).sha256 != expected.sha256:
            return f"is damaged: the checksum of {name} differs"
    return None


def _record(path: Path) -> FileRecord:
    with path.open("rb") as file:
        return FileRecord(bytes=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())
