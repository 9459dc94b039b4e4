"""The generations of one `var` folder: which is current, written whole or not at all, the last good one served."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog
from pydantic import TypeAdapter

from indexer.generation import Generation
from indexer.manifest import NAME, Manifest
from kb.errors import GenerationError

_POINTER = "current.json"
_BUILDING = ".building-"
_REMEMBERED = 20

log = structlog.get_logger()


@dataclass(frozen=True)
class Activation:
    """A generation that was made current, and the library it was made from."""

    generation: str
    library: str


_ACTIVATIONS = TypeAdapter(list[Activation])


class GenerationStore:
    """The folder `var/generations`: one folder a generation and one pointer file."""

    def __init__(self, var: Path) -> None:
        self._root = var / "generations"
        self._root.mkdir(parents=True, exist_ok=True)

    def folder(self, generation: str) -> Path:
        """Where the generation of that id lives, or would."""
        return self._root / generation

    @contextmanager
    def building(self) -> Iterator[None]:
        """Hold the right to write; a second writer waits. What an interrupted one left is removed."""
        with self._locked(".lock"):
            for leftover in self._root.glob(f"{_BUILDING}*"):
                shutil.rmtree(leftover)
            yield

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        with (self._root / name).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def start(self, generation: str) -> Path:
        """A new, empty folder to build that generation in; call within `building`."""
        folder = self._root / f"{_BUILDING}{generation}"
        folder.mkdir()
        return folder

    def finish(self, folder: Path, manifest: Manifest) -> Path:
        """Write the manifest, flush everything to disk and give the folder its name, in that order.

        A folder of that name that is already there is damaged (the caller has looked) and is replaced.
        """
        (folder / NAME).write_text(manifest.sealed().model_dump_json(indent=2) + "\n", encoding="utf-8")
        for path in (*folder.rglob("*"), folder):
            _flush(path)
        final = self.folder(manifest.id)
        if final.exists():
            final.rename(self._root / f"{_BUILDING}replaced-{manifest.id}")
        folder.rename(final)
        _flush(self._root)
        return final

    def activate(self, generation: str, library: str) -> None:
        """Make a finished generation the current one, by one atomic rename of the pointer.

        library: what the generation was made from; another library's is never served in its place.
        A pointer that cannot be read is written anew; only the way back is lost with it.
        """
        with self._locked(".pointer-lock"):
            try:
                history = self.history()
            except GenerationError as error:
                log.error("pointer replaced", why=str(error))
                history = []
            fresh = Activation(generation, library)
            if history[:1] == [fresh]:
                return
            entries = [fresh, *(old for old in history if old != fresh)][:_REMEMBERED]
            pointer = self._root / _POINTER
            draft = pointer.with_suffix(".new")
            draft.write_text(json.dumps({"history": [asdict(e) for e in entries]}, indent=1), encoding="utf-8")
            _flush(draft)
            draft.replace(pointer)
            _flush(self._root)

    def history(self) -> list[Activation]:
        """What has been current, newest first; the first is current now. Empty: none yet."""
        try:
            return _ACTIVATIONS.validate_python(json.loads((self._root / _POINTER).read_bytes())["history"])
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise GenerationError(f"{self._root / _POINTER} cannot be read ({error}); run `kb index`") from error

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
        raise first or GenerationError(f"there is no generation of {library} yet; run `kb index`")


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
