"""A library written into a folder, byte for byte, without taking away what is somebody else's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kb.durable import write_whole
from kb.errors import StoreError


def write_folder(folder: Path, files: Mapping[str, bytes], replace: bool = False) -> None:
    """Make a folder hold these files: path with `/` to content. One that is right already is not touched.

    Hidden files and folders are left alone. Raises StoreError where others are there; with `replace` those that
    are articles or word files are removed, and the rest stays.
    """
    root = folder.resolve()
    try:
        root.mkdir(parents=True, exist_ok=True)
        others = sorted(path for path in _present(root) if path not in files)
        if others and not replace:
            shown = ", ".join(others[:5]) + (" …" if len(others) > 5 else "")
            raise StoreError(
                f"{folder} holds {len(others)} other file(s): {shown}; name an empty folder, or say --replace: "
                "articles there that are not published are then removed"
            )
        for path, raw in files.items():
            _write(root, path, raw)
        for path in others:
            if path.lower().endswith(".md") or path in ("_synonyms.yaml", "_moods.yaml"):
                (root / path).unlink()
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror} ({error.filename})") from error


def _present(root: Path) -> Iterator[str]:
    for path in root.rglob("*"):
        below = path.relative_to(root)
        if not any(part.startswith(".") for part in below.parts) and (path.is_symlink() or not path.is_dir()):
            yield below.as_posix()


def _write(root: Path, path: str, raw: bytes) -> None:
    target = root / path
    if not target.parent.resolve().is_relative_to(root) or target.name in ("", ".", ".."):
        raise StoreError(f"{path} would be written outside of {root}; remove the symbolic link there")
    if target.is_file() and not target.is_symlink() and target.read_bytes() == raw:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, raw)
