"""The questions of a run that went wrong and how, and the articles that lose most by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.record import Record

KINDS = ("wrong_first", "missing", "forbidden", "offered", "silent", "lost")


@dataclass(frozen=True)
class Loser:
    """An article that costs questions.

    missed: times it should have been first and another was, or nothing came. usurped: times it was first and
    should not have been, or was offered where there is no answer. against: the article it is most often taken
    for or taken instead of, with the count; None where there is no other.
    """

    article: str
    title: str
    missed: int
    usurped: int
    against: tuple[str, int] | None

    @property
    def lost(self) -> int:
        """Questions lost by it either way."""
        return self.missed + self.usurped


def kinds_of(record: Record) -> tuple[str, ...]:
    """How a question went wrong, in the order of KINDS; empty where nothing did.

    A question that the run lost is `lost` alone. An answerable question whose first suggestion is below the
    threshold is `silent` even if that suggestion is right.
    """
    if record.error is not None:
        return ("lost",)
    verdicts = record.verdicts
    found = {
        "wrong_first": verdicts.success_at_1 is False,
        "missing": verdicts.answer_at_1 is False,
        "forbidden": bool(verdicts.forbidden),
        "offered": not record.answerable and record.served,
        "silent": record.answerable and not record.served,
    }
    return tuple(kind for kind in KINDS if found.get(kind))


def losers(records: Sequence[Record]) -> tuple[Loser, ...]:
    """The articles that lose questions, worst first, equal ones by name."""
    missed: Counter[str] = Counter()
    usurped: Counter[str] = Counter()
    against: dict[str, Counter[str]] = {}
    for record in records:
        first = record.ranking[0].article if record.ranking else None
        right = record.grades
        if record.answerable and right and first not in right:
            # Any of several right articles would have done; the best of them is the one that is missed.
            wanted = best_expected(record)
            missed[wanted] += 1
            if first is not None:
                usurped[first] += 1
                against.setdefault(wanted, Counter())[first] += 1
                against.setdefault(first, Counter())[wanted] += 1
        elif not record.answerable and record.served and first is not None:
            usurped[first] += 1
    titles = titles_of(records)
    names = sorted(missed.keys() | usurped.keys(), key=lambda name: (-missed[name] - usurped[name], name))
    return tuple(
        Loser(name, titles.get(name, ""), missed[name], usurped[name], _most(against.get(name))) for name in names
    )


def best_expected(record: Record) -> str:
    """The relevant article of the highest grade, of those the one ranked highest, of those the first named.

    Raises ValueError for a question without relevant articles.
    """
    far = len(record.ranking) + 1
    return min(record.relevant, key=lambda wanted: (-wanted.grade, wanted.rank or far)).article


def titles_of(records: Sequence[Record]) -> Mapping[str, str]:
    """Titles by article, of those that came up anywhere in the run."""
    return {item.article: item.title for record in records for item in record.ranking}


def _most(found: Counter[str] | None) -> tuple[str, int] | None:
    if not found:
        return None
    return min(found.items(), key=lambda pair: (-pair[1], pair[0]))
