"""The generations of one `var` folder: which is current, written whole or not at all, the last good one served."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog
from pydantic import TypeAdapter

from indexer.generation import Generation
from indexer.manifest import NAME, Manifest, read_manifest
from indexer.segment import clear_leftovers, segments_root
from kb.durable import flush, step, write_whole
from kb.errors import GenerationError

PUBLISHED = "published"
"""What the pointer calls the library of the store; folders go by their absolute paths."""

_POINTER = "current.json"
_BUILDING = ".building-"
_REMEMBERED = 20
_ID = re.compile(r"[0-9a-f]{16}")

log = structlog.get_logger()


@dataclass(frozen=True)
class Activation:
    """A generation that was made current, and the library it was made from.

    publication: the number of the publication that it serves; 0 for a folder's.
    """

    generation: str
    library: str
    publication: int = 0


_ACTIVATIONS = TypeAdapter(list[Activation])


class GenerationStore:
    """The folder `var/generations`: one folder a generation and one pointer file."""

    def __init__(self, var: Path) -> None:
        self._root = var / "generations"
        self._segments = segments_root(var)
        self._root.mkdir(parents=True, exist_ok=True)

    def folder(self, generation: str) -> Path:
        """Where the generation of that id lives, or would."""
        return self._root / generation

    @contextmanager
    def building(self) -> Iterator[None]:
        """Hold the right to write; a second writer waits. What an interrupted one left is removed."""
        with self._locked(".lock"):
            self.clear()
            yield

    def clear(self) -> None:
        """Remove what an interrupted builder left; call within `building`."""
        for leftover in self._root.glob(f"{_BUILDING}*"):
            shutil.rmtree(leftover)

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        with (self._root / name).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def start(self, generation: str) -> Path:
        """A new, empty folder to build that generation in; call within `building`."""
        folder = self._root / f"{_BUILDING}{generation}"
        step("start generation")
        folder.mkdir()
        return folder

    def finish(self, folder: Path, manifest: Manifest) -> Path:
        """Write the manifest, flush everything to disk and give the folder its name, in that order.

        A folder of that name that is already there is damaged (the caller has looked) and is replaced.
        """
        (folder / NAME).write_text(manifest.sealed().model_dump_json(indent=2) + "\n", encoding="utf-8")
        step("flush generation")
        for path in (*folder.rglob("*"), folder):
            flush(path)
        final = self.folder(manifest.id)
        step("name generation")
        if final.exists():
            final.rename(self._root / f"{_BUILDING}replaced-{manifest.id}")
            step("replaced generation")
        folder.rename(final)
        flush(self._root)
        step("generation named")
        return final

    def activate(self, generation: str, library: str, publication: int = 0) -> None:
        """Make a finished generation the current one, by one atomic rename of the pointer.

        library: what the generation was made from; another library's is never served in its place.
        A pointer that cannot be read is written anew; only the way back is lost with it.
        """
        with self._locked(".pointer-lock"):
            for leftover in self._root.glob(f".{_POINTER}.*.new"):
                leftover.unlink()
            try:
                history = self.history()
            except GenerationError as error:
                log.error("pointer replaced", why=str(error))
                history = []
            fresh = Activation(generation, library, publication)
            if history[:1] == [fresh]:
                return
            older = [old for old in history if (old.generation, old.library) != (generation, library)]
            entries = [fresh, *older]
            # What is published stays known, however many folders were indexed since.
            kept = next((e for e in entries[_REMEMBERED:] if e.library == PUBLISHED), None)
            if kept and not any(e.library == PUBLISHED for e in entries[:_REMEMBERED]):
                entries.insert(_REMEMBERED - 1, kept)
            written = json.dumps({"history": [asdict(e) for e in entries[:_REMEMBERED]]}, indent=1)
            write_whole(self._root / _POINTER, written.encode())

    def pointer(self) -> bytes:
        """The pointer as it stands, to see that it moved; empty where there is none."""
        try:
            return (self._root / _POINTER).read_bytes()
        except FileNotFoundError:
            return b""

    def current(self, library: str) -> Activation | None:
        """What was made current last of a library. Raises GenerationError where the pointer cannot be read."""
        return next((one for one in self.history() if one.library == library), None)

    def generations(self) -> list[str]:
        """The ids of all generations on disk, whole or not, sorted."""
        return sorted(p.name for p in self._root.iterdir() if p.is_dir() and _ID.fullmatch(p.name))

    def history(self) -> list[Activation]:
        """What has been current, newest first; the first is current now. Empty: none yet."""
        try:
            return _ACTIVATIONS.validate_python(json.loads((self._root / _POINTER).read_bytes())["history"])
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise GenerationError(f"{self._root / _POINTER} cannot be read ({error}); run `kb index`") from error

    def size(self, generation: str) -> int:
        """The bytes of a generation with all its segments, which it may share; without them where it cannot be read."""
        try:
            parts = read_manifest(self.folder(generation)).segments
        except GenerationError:
            parts = ()
        return _size(self.folder(generation)) + sum(_size(self._segments / part.id) for part in parts)

    def remove(self, generation: str) -> None:
        """Remove one generation whole; call within `building`. Those who have it open keep reading it."""
        step("remove generation")
        if self.folder(generation).exists():
            _remove(self.folder(generation))

    def sweep(self) -> list[str]:
        """Remove the segments that no generation refers to; return their names. Call within `building`."""
        needed: set[str] = set()
        for name in self.generations():
            try:
                needed.update(part.id for part in read_manifest(self.folder(name)).segments)
            except GenerationError as error:
                log.warning("its segments are not kept", generation=name, why=str(error))
        clear_leftovers(self._segments)
        unused = [p for p in self._segments.glob("*") if p.is_dir() and p.name not in needed]
        for folder in unused:
            step("remove segment")
            _remove(folder)
        return sorted(folder.name for folder in unused)

    def take_over(self, var: Path, generation: str) -> None:
        """Move a generation that was built under another `var`, with its segments, in the place of what is here."""
        other = GenerationStore(var)
        with self.building():
            self._segments.mkdir(exist_ok=True)
            clear_leftovers(self._segments)
            for folder in sorted(other._segments.iterdir()):
                if folder.is_dir() and not folder.name.startswith("."):
                    _replace(folder, self._segments / folder.name)
            step("name generation")
            _replace(other.folder(generation), self.folder(generation))
            self.clear()
            clear_leftovers(self._segments)

    def load(self, fingerprint: str, library: str) -> Generation:
        """The newest generation of this library that is whole; each refusal is logged by name.

        Raises GenerationError where there is none, naming what is wrong with the newest.
        """
        first: GenerationError | None = None
        for activation in self.history():
            if activation.library != library:
                continue
            try:
                generation = Generation.load(self.folder(activation.generation), fingerprint)
            except GenerationError as error:
                log.error("generation refused", generation=activation.generation, why=str(error))
                first = first or error
                continue
            if first is not None:
                log.warning("serving an earlier generation", generation=activation.generation)
            return generation
        mend = "run `kb publish FOLDER`" if library == PUBLISHED else "run `kb index`"
        what = "nothing is published yet" if library == PUBLISHED else f"there is no generation of {library} yet"
        raise first or GenerationError(f"{what}; {mend}")


def _remove(folder: Path) -> None:
    aside = folder.with_name(f"{_BUILDING}removed-{folder.name}")
    folder.rename(aside)  # a crash amid the removal leaves no half of it under its name
    shutil.rmtree(aside)


def _replace(folder: Path, final: Path) -> None:
    """Move a finished folder to its name. Whoever has open what was there goes on reading that."""
    if final.exists():
        final.rename(final.with_name(f"{_BUILDING}replaced-{final.name}"))
    folder.rename(final)
    flush(final.parent)


def _size(folder: Path) -> int:
    """The bytes of all files below a folder; what vanishes meanwhile does not count."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total
