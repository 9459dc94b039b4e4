"""What masking finds and spares, over marked lines; `python -m tests.support.masking_score` prints it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from kb.masking import Kind, Span, mask
from tests.support.masking_lines import Line, read_lines

_SAME = 0.8


@dataclass
class Score:
    """Counts over lines. A find is right where its kind is right and it shares 0.8 of both spans' union."""

    right: int = 0
    gold: int = 0
    found: int = 0
    gold_characters: int = 0
    masked_characters: int = 0
    both_characters: int = 0
    missed: Counter[Kind] = field(default_factory=Counter)
    wrong: Counter[Kind] = field(default_factory=Counter)

    @property
    def precision(self) -> float:
        """Of the finds, how many are right."""
        return self.right / max(1, self.found)

    @property
    def recall(self) -> float:
        """Of the personal data, how much was found."""
        return self.right / max(1, self.gold)

    @property
    def covered(self) -> float:
        """The share of the characters of personal data that no longer stand there."""
        return self.both_characters / max(1, self.gold_characters)

    @property
    def spared(self) -> float:
        """The share of the masked characters that are personal data."""
        return self.both_characters / max(1, self.masked_characters)

    def add(self, line: Line) -> None:
        """Count one line."""
        found = mask(line.text).spans
        matched = {span for span in found if any(_same(span, gold) for gold in line.spans)}
        missed = [gold for gold in line.spans if not any(_same(span, gold) for span in found)]
        self.right += len(matched)
        self.gold += len(line.spans)
        self.found += len(found)
        self.missed.update(span.kind for span in missed)
        self.wrong.update(span.kind for span in found if span not in matched)
        hidden, personal = _places(found), _places(line.spans)
        self.gold_characters += len(personal)
        self.masked_characters += len(hidden)
        self.both_characters += len(personal & hidden)


def score(lines: Sequence[Line]) -> Score:
    """The counts over these lines."""
    total = Score()
    for line in lines:
        total.add(line)
    return total


def _same(one: Span, other: Span) -> bool:
    shared = min(one.end, other.end) - max(one.start, other.start)
    return one.kind is other.kind and shared >= _SAME * (max(one.end, other.end) - min(one.start, other.start))


def _places(spans: Sequence[Span]) -> set[int]:
    return {place for span in spans for place in range(span.start, span.end)}


def table(lines: Sequence[Line]) -> str:
    """A Markdown table by half and origin, and all together."""
    rows = ["| half | origin | lines | spans | precision | recall | characters covered | characters rightly masked |"]
    rows.append("|---|---|---|---|---|---|---|---|")
    groups = sorted({(line.half, line.origin) for line in lines})
    for half, origin in [*groups, ("all", "all")]:
        chosen = [x for x in lines if half == "all" or (x.half, x.origin) == (half, origin)]
        of = score(chosen)
        figures = " | ".join(f"{value:.3f}" for value in (of.precision, of.recall, of.covered, of.spared))
        rows.append(f"| {half} | {origin} | {len(chosen)} | {of.gold} | {figures} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(table(read_lines()) + "\n")
