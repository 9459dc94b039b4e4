"""YAML text to nodes that know their lines: front matter and the word files are read from these, never from guesses."""

from __future__ import annotations

import yaml

MAX_DEPTH = 20

_NO_BREAKS = {ord(char): " " for char in "\x85\u2028\u2029"}
"""Line ends to YAML 1.1, but not to the file's lines nor to YAML 1.2."""
_TAG = "tag:yaml.org,2002:"
SCALARS = frozenset(_TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge"))
NULL = _TAG + "null"


class DeepError(Exception):
    """Nesting that no file of ours needs."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def plain_breaks(text: str) -> str:
    """The text with the line ends that only YAML 1.1 knows as spaces, so that lines are the file's."""
    return text.translate(_NO_BREAKS)


def compose(text: str) -> yaml.Node | None:
    """The node tree; None for an empty text. Raises yaml.YAMLError, or DeepError.

    Depth is measured on events first, which come without recursion. Aliases stay shared nodes and are never
    expanded, as no reader goes below a list's items.
    """
    depth = 0
    for event in yaml.parse(text, _loader()):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                mark = event.start_mark
                raise DeepError(mark.line if mark else 0)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    node: yaml.Node | None = yaml.compose(text, _loader())
    return node


def explain(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """Line from 0 and reason of a YAML error."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        return (mark.line if mark else 0), reason
    if isinstance(error, yaml.reader.ReaderError):
        char = chr(error.character)
        what = f"a character that YAML does not allow (U+{error.character:04X})"
        return text[: max(text.find(char), 0)].count("\n"), what
    return 0, str(error)


def _loader() -> type[yaml.SafeLoader]:
    # libyaml's loader is ten times faster; its classes are not subclasses of the other's, though alike.
    loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return loader
