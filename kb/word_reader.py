"""How the word files that owners edit (`_synonyms.yaml`, `_moods.yaml`) are read: YAML, each word with its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from kb.errors import Problem
from kb.normalise import normalise
from kb.yaml_nodes import NULL, SCALARS, DeepError, compose, explain, plain_breaks

MAX_WORD = 24
"""Characters of one word, normalised."""


@dataclass
class WordReader:
    """Reads one file and gathers its problems; what is wrong is left out of what it gives."""

    path: str
    problems: list[Problem] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    def problem(self, line: int, what: str, mend: str) -> None:
        """Note a problem of a line, counted from 1."""
        self.problems.append(Problem(self.path, line, what, mend))

    def root(self, text: str) -> yaml.Node | None:
        """The file's node tree; None where it is empty or no YAML."""
        plain = plain_breaks(text)
        try:
            return compose(plain)
        except yaml.YAMLError as error:
            line, what = explain(error, plain)
            last = plain.rstrip("\n").count("\n") + 1
            self.problem(min(line + 1, last), f"not YAML: {what}", "put quotes around a word with : or # or a bracket")
        except DeepError as error:
            self.problem(error.line + 1, "nested too deep", "write lists of words")
        return None

    def words(self, node: yaml.SequenceNode, most: int) -> tuple[str, ...]:
        """The words of a list, as written, each with its spaces made one.

        A word is refused where it is empty, no text, of one letter, over MAX_WORD or stands in the file already,
        width, case and script aside.
        """
        if len(node.value) > most:
            self.problem(line_of(node), f"{len(node.value)} words in one list", f"at most {most}: part the list")
            return ()
        return tuple(self._sound(node))

    def _sound(self, node: yaml.SequenceNode) -> Iterator[str]:
        for item in node.value:
            line = line_of(item)
            if not isinstance(item, yaml.ScalarNode) or item.tag not in SCALARS:
                self.problem(line, "an entry that is not a word", "write a word, in quotes if it holds a colon")
                continue
            word = "" if item.tag == NULL else " ".join(str(item.value).split())
            plain = normalise(word)
            if not word:
                self.problem(line, "an empty word", "write a word or take it out")
            elif len(plain) == 1 and plain.isalnum():
                self.problem(line, f"a word of one letter: {word}", "it stands in too many words; write a longer one")
            elif not any(not char.isspace() and (char.isalnum() or ord(char) > _ASCII) for char in plain):
                self.problem(line, f"a word without a letter: {word}", "write a word or take it out")
            elif len(plain) > MAX_WORD:
                self.problem(line, f"a word of {len(plain)} characters: {word}", f"at most {MAX_WORD}")
            elif plain in self.seen:
                self.problem(line, f"`{word}` stands twice (first in line {self.seen[plain]})", "keep one")
            else:
                self.seen[plain] = line
                yield word


_ASCII = 127


def line_of(node: yaml.Node) -> int:
    """The line on which a node begins, from 1."""
    return int(node.start_mark.line) + 1
