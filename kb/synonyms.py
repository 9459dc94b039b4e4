"""Words that mean the same in one shop, from the file that its owners edit: `_synonyms.yaml`.

A source of candidates and never a rewrite: what the customer wrote stays what is searched for first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import yaml

from kb.errors import Problem
from kb.normalise import normalise
from kb.word_finder import WordFinder
from kb.word_reader import WordReader, line_of

FILE = "_synonyms.yaml"
MAX_GROUPS = 1_000
MAX_WORDS = 20
MOST = 12
"""How many other words a message is given at most."""

_MEND = "write a group a line: - [word, other word]"


@dataclass(frozen=True)
class Synonyms:
    """Groups of words of one meaning, as their owner wrote them; no word stands in two groups."""

    groups: tuple[tuple[str, ...], ...] = ()

    def also(self, text: str) -> str:
        """The other words of each group of which a word stands in the text, normalised, a line each.

        At one place the longest word counts. At most MOST, the first words of each group before the next ones;
        those that stand in the text themselves are left out. Empty: none.
        """
        if not self.groups:
            return ""
        plain = normalise(text)
        met = dict.fromkeys(self._group_of[plain[start:stop]] for start, stop in self._finder.find(plain))
        others = [[word for word in self._plain[number] if word not in plain] for number in met]
        longest = max(map(len, others), default=0)
        dealt = [words[turn] for turn in range(longest) for words in others if turn < len(words)]
        return "\n".join(dealt[:MOST])

    @cached_property
    def _plain(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(map(normalise, group)) for group in self.groups)

    @cached_property
    def _group_of(self) -> dict[str, int]:
        return {word: number for number, group in enumerate(self._plain) for word in group}

    @cached_property
    def _finder(self) -> WordFinder:
        return WordFinder(self._group_of)


def read_synonyms(text: str, path: str = FILE) -> tuple[Synonyms, tuple[Problem, ...]]:
    """The groups of a file and everything wrong with it. path: the name under which problems are reported."""
    reader = WordReader(path)
    root = reader.root(text)
    if root is None:
        return Synonyms(), tuple(reader.problems)
    if not isinstance(root, yaml.SequenceNode):
        reader.problem(line_of(root), "not a list of groups", _MEND)
        return Synonyms(), tuple(reader.problems)
    if len(root.value) > MAX_GROUPS:
        reader.problem(1, f"{len(root.value)} groups", f"at most {MAX_GROUPS}")
        return Synonyms(), tuple(reader.problems)
    groups = [group for node in root.value if (group := _group(reader, node))]
    return Synonyms(tuple(groups)), tuple(reader.problems)


def _group(reader: WordReader, node: yaml.Node) -> tuple[str, ...]:
    """One group; empty where it is none."""
    if not isinstance(node, yaml.SequenceNode):
        reader.problem(line_of(node), "a group that is not a list", _MEND)
        return ()
    before = len(reader.problems)
    words = reader.words(node, MAX_WORDS)
    if len(words) < 2 and len(reader.problems) == before:
        reader.problem(line_of(node), "a group of fewer than two words", "add a word that means the same")
    return words
