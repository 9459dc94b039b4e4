"""What a change would do before it is published: which questions change their first answer, and for better or worse."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from eval.asking import Asking, From
from eval.gate_record import GateRecord
from eval.publish_gate import Asked, EvaluationGate, forbidden_of, is_right, must_pass_failure, verdict
from kb.article import Article
from kb.assistant import Assistant
from kb.contradiction import Contradiction, contradictions
from kb.gate import GateVerdict
from kb.index import Index
from kb.progress import Progress, silent


class Turn(StrEnum):
    """What became of a question's first answer. CHANGED: another one, and no label says which is right."""

    WORSE = "worse"
    CHANGED = "changed"
    BETTER = "better"


@dataclass(frozen=True)
class FirstAnswer:
    """The first suggestion to a question; article is empty where there is none."""

    article: str
    title: str
    headings: tuple[str, ...]
    reply: str
    confidence: float
    answerable: bool


@dataclass(frozen=True)
class Changed:
    """One question whose first answer changes. why: what the labels say. count: how often it was really asked."""

    name: str
    origin: From
    question: str
    turn: Turn
    why: tuple[str, ...]
    before: FirstAnswer
    after: FirstAnswer
    count: int = 1


@dataclass(frozen=True)
class Window:
    """When an article is in force, supersession included; None: open at that end, or (both) not there at all."""

    since: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class WindowChange:
    """An article whose time changes with the publication. before, after: None where it is not in that library."""

    article: str
    title: str
    before: Window | None
    after: Window | None


@dataclass(frozen=True)
class Overriding:
    """While in force `article` ranks above `over` from now on, or (ends) no longer."""

    article: str
    over: str
    title: str
    ends: bool = False


@dataclass(frozen=True)
class Impact:
    """What publishing these articles would do.

    changed: worse ones first. verdict: what the gate would say. contradictions: those that the change brings.
    asked: questions asked of the new library; unaffected: those that the change cannot reach. questions: all.
    """

    articles: tuple[str, ...]
    changed: tuple[Changed, ...]
    verdict: GateVerdict
    contradictions: tuple[Contradiction, ...]
    windows: tuple[WindowChange, ...]
    overriding: tuple[Overriding, ...]
    asked: int
    unaffected: int

    @property
    def questions(self) -> int:
        """How many were looked at."""
        return self.asked + self.unaffected

    def of(self, turn: Turn) -> tuple[Changed, ...]:
        """The questions of one turn."""
        return tuple(one for one in self.changed if one.turn is turn)


def impact(
    old: Assistant | None,
    new: Assistant,
    changed: Collection[str],
    gate: EvaluationGate,
    recent: Iterable[tuple[str, int]] = (),
    progress: Progress = silent,
) -> Impact:
    """Compare what serves (None: nothing does) with what would.

    changed: the ids of articles that differ, word files by their names. gate: whose question set and records are
    used. recent: real questions, as (text, how often). Raises QuestionSetError.
    """
    both = gate.ask_both(new, old, changed, recent, progress)
    turned = [found for one in both.questions if (found := _changed(one, old, new)) is not None]
    order = list(Turn)
    turned.sort(key=lambda one: (order.index(one.turn), -one.count))
    return Impact(
        tuple(changed),
        tuple(turned),
        verdict(new, old, both),
        tuple(_new_contradictions(old, new, changed)),
        tuple(windows(old.index if old else None, new.index)),
        tuple(_overriding(old.index if old else None, new.index, changed)),
        both.asked,
        len(both.questions) - both.asked,
    )


_WRITTEN = TypeAdapter(Impact)


def written(report: Impact) -> dict[str, Any]:
    """A report ready for JSON; beside the fields of Impact, `questions`."""
    found: dict[str, Any] = _WRITTEN.dump_python(report, mode="json")
    return {**found, "questions": report.questions, "is_open": report.verdict.is_open}


def differing(old: Sequence[Article], new: Sequence[Article]) -> tuple[str, ...]:
    """The ids of the articles in which two libraries differ, by what their files say."""
    before, after = {a.id: a for a in old}, {a.id: a for a in new}
    names = dict.fromkeys([*after, *before])
    return tuple(n for n in names if n not in before or n not in after or before[n] != after[n])


def windows(old: Index | None, new: Index) -> list[WindowChange]:
    """Every article that is in both libraries, or limited in time in one, and whose time differs."""
    found = []
    names = dict.fromkeys(a.id for index in (new, old) if index for a in index.articles)
    for name in names:
        before, after = _window(old, name), _window(new, name)
        if before == after or (None in (before, after) and Window(None, None) in (before, after)):
            continue
        found.append(WindowChange(name, _title(new, name) or _title(old, name), before, after))
    return found


def _window(index: Index | None, name: str) -> Window | None:
    ordinal = index.ordinal(name) if index else None
    if index is None or ordinal is None:
        return None
    return Window(index.articles[ordinal].effective_from, index.validity.end_of(ordinal))


def _title(index: Index | None, name: str) -> str:
    ordinal = index.ordinal(name) if index else None
    return index.articles[ordinal].title if index is not None and ordinal is not None else ""


def _overriding(old: Index | None, new: Index, changed: Collection[str]) -> Iterable[Overriding]:
    for name in changed:
        before, after = _over(old, name), _over(new, name)
        for other in dict.fromkeys([*after, *before]):
            if (other in before) != (other in after):
                yield Overriding(name, other, _title(new, other) or _title(old, other), ends=other in before)


def _over(index: Index | None, name: str) -> tuple[str, ...]:
    ordinal = index.ordinal(name) if index else None
    return index.articles[ordinal].overrides if index is not None and ordinal is not None else ()


def _new_contradictions(old: Assistant | None, new: Assistant, changed: Collection[str]) -> Iterable[Contradiction]:
    """Those of the changed articles that the library did not hold before."""
    found = contradictions(new.index.articles, changed, encoder=new.encoder)
    if old is None or not found:
        return found
    before = {_what(one) for one in contradictions(old.index.articles, changed, encoder=new.encoder)}
    return [one for one in found if _what(one) not in before]


def _what(one: Contradiction) -> frozenset[tuple[str, str, str]]:
    return frozenset((side.article, side.sentence, side.number) for side in (one.draft, one.other))


def _changed(one: Asked, old: Assistant | None, new: Assistant) -> Changed | None:
    """A question with another first answer, or another verdict; None where both stay."""
    asking, before, after = one.asking, one.before, one.after
    if before is None:
        return None
    why, turn = _turn(asking, before, after, old, new)
    same = before.articles[:1] == after.articles[:1] and (before.headings, before.reply) == (
        after.headings,
        after.reply,
    )
    if same and turn is None:
        return None
    return Changed(
        asking.name,
        asking.origin,
        asking.text,
        turn or Turn.CHANGED,
        why,
        _first(before),
        _first(after),
        asking.count,
    )


def _turn(
    asking: Asking, before: GateRecord, after: GateRecord, old: Assistant | None, new: Assistant
) -> tuple[tuple[str, ...], Turn | None]:
    """Better or worse, and why, where a label says so."""
    lost: list[str] = []
    won: list[str] = []
    if asking.origin is From.MUST_PASS and old is not None:
        failed, fails = must_pass_failure(old, asking, before), must_pass_failure(new, asking, after)
        if fails and not failed:
            lost.append(fails.why)
        if failed and not fails:
            won.append(f"must_pass of {asking.article} passes")
    if asking.label is not None:
        grades = asking.label.grades
        was, now = (grades.get(record.articles[0], 0) if record.articles else 0 for record in (before, after))
        if was != now:
            (lost if now < was else won).append(f"grade {was} → {now}")
        said, says = (is_right("answer@1", asking, record) for record in (before, after))
        if said is not None and said != says:
            (won if says else lost).append(
                "decisive words " + ("are there" if says else f"missing: {'、'.join(after.missing)}")
            )
        had, has = set(forbidden_of(asking, before)), set(forbidden_of(asking, after))
        lost += [f"suggests {name}, which is forbidden" for name in sorted(has - had)]
        won += [f"no longer suggests {name}, which is forbidden" for name in sorted(had - has)]
        if not asking.label.answerable and before.answerable != after.answerable:
            (lost if after.answerable else won).append(
                "offers an answer where there is none" if after.answerable else "offers no answer where there is none"
            )
    turn = Turn.WORSE if lost else Turn.BETTER if won else None
    return (*lost, *won), turn


def _first(record: GateRecord) -> FirstAnswer:
    return FirstAnswer(
        record.articles[0] if record.articles else "",
        record.title,
        record.headings,
        record.reply,
        record.confidence,
        record.answerable,
    )
