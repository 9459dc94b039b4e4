"""The evaluation as the gate of publishing: the articles' `must_pass` and a question set, asked of what would serve.

What each question was answered is kept by generation, and only those are asked again that the change can affect.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from eval.asking import Asking, From, must_pass_of, of_recent, of_set
from eval.gate import overriding
from eval.gate_record import GateRecord, GateRecords, ask
from eval.kept_encoder import KeptEncoder
from eval.question_set import LabelledQuestion, read_question_set
from eval.screen import Prepared, Screen, touched
from kb.assistant import Assistant
from kb.gate import GateFailure, GateVerdict
from kb.progress import Progress, silent
from kb.settings import Settings

TOLERANCE = 0.02
"""How far a measure may fall, with the same questions before and after."""
FEWEST = 2
"""So many questions more must be lost than gained before a fall counts."""
MEASURES = ("success@1", "answer@1")
_SHOWN = 5
_MUST_PASS = "must_pass"  # noqa: S105 (a name)


@dataclass(frozen=True)
class Asked:
    """One question's answers by two generations. before: None without an old one. again: whether it was asked."""

    asking: Asking
    before: GateRecord | None
    after: GateRecord
    again: bool


@dataclass(frozen=True)
class AskedBoth:
    """All questions asked of two generations. ended: `must_pass` questions that rest, their article being over."""

    questions: tuple[Asked, ...]
    ended: int

    @property
    def asked(self) -> int:
        """How many had to be asked of the new generation."""
        return sum(one.again for one in self.questions)


class EvaluationGate:
    """See kb.gate.Gate. Keeps what generations answered; one for a process is best.

    var: where answers are kept (`gate/`). questions: a question set's file, or None. full: ask everything, always.
    """

    def __init__(
        self, var: Path, questions: Path | None = None, zone: ZoneInfo | None = None, *, full: bool = False
    ) -> None:
        self._folder = var / "gate"
        self._questions = questions
        self._zone = zone or ZoneInfo("Asia/Shanghai")
        self._full = full
        self._records = GateRecords(self._folder)
        self._encoder: KeptEncoder | None = None
        self._prepared: dict[str, Prepared] = {}
        self._set: tuple[tuple[int, int], tuple[LabelledQuestion, ...]] | None = None

    @classmethod
    def of(cls, settings: Settings) -> EvaluationGate:
        """The gate that the settings name."""
        return cls(settings.var, settings.questions, settings.zone)

    def judge(
        self, new: Assistant, old: Assistant | None, changed: Collection[str], progress: Progress = silent
    ) -> GateVerdict:
        """See Gate. Raises QuestionSetError where the set of `KB_QUESTIONS` cannot be read."""
        both = self.ask_both(new, old, changed, progress=progress)
        return verdict(new, old, both)

    def ask_both(
        self,
        new: Assistant,
        old: Assistant | None,
        changed: Collection[str],
        recent: Iterable[tuple[str, int]] = (),
        progress: Progress = silent,
    ) -> AskedBoth:
        """Every question with what both generations answer; of the new one only those asked that the change can affect.

        recent: real questions beside the set, as (text, how often).
        """
        now = new.now()
        kept = self._kept(new)
        new = new.using(kept, lambda: now)
        others = [*of_set(self.questions(), now), *of_recent(recent, now)]
        own, ended = must_pass_of(new.index, new.index.articles, now)
        askings = [*own, *others]
        before: Mapping[str, GateRecord] = {}
        if old is not None:
            before = self._of_old(old.using(self._kept(old), lambda: now), others, now, progress)
        stale = self._stale(new, old, changed, askings, before, now)
        found: list[Asked] = []
        done = 0
        for one in askings:
            again = one.key in stale
            after = ask(new, one) if again else replace(before[one.key], age=before[one.key].age + 1)
            done += again
            progress("asking the evaluation's questions", done, len(stale))
            found.append(Asked(one, before.get(one.key), after, again))
        self._records.keep(new.index.generation, new.settings.config, [one.after for one in found])
        kept.keep()
        return AskedBoth(tuple(found), ended)

    def questions(self) -> tuple[LabelledQuestion, ...]:
        """The set's questions, read again where the file changed; none without a set."""
        if self._questions is None:
            return ()
        try:
            stat = self._questions.stat()
            version = (stat.st_mtime_ns, stat.st_size)
        except OSError:
            version = (-1, -1)
        if self._set is None or self._set[0] != version:
            self._set = version, read_question_set(self._questions, self._zone)
        return self._set[1]

    def _kept(self, assistant: Assistant) -> KeptEncoder:
        """The encoder of an Assistant with what it has encoded for the gate."""
        encoder = assistant.encoder
        if self._encoder is None or self._encoder.fingerprint != encoder.fingerprint:
            self._encoder = KeptEncoder(encoder, self._folder)
            self._prepared = {}
        return self._encoder

    def _of_old(
        self, old: Assistant, others: Sequence[Asking], now: datetime, progress: Progress
    ) -> Mapping[str, GateRecord]:
        """What the generation that serves answers: as it was recorded, and asked now where it was not."""
        own, _ = must_pass_of(old.index, old.index.articles, now)
        askings = [*own, *others]
        known = dict(self._records.of(old.index.generation, old.settings.config))
        missing = [one for one in askings if one.key not in known or known[one.key].said != one.said]
        for number, one in enumerate(missing, start=1):
            known[one.key] = ask(old, one)
            progress("asking what serves now", number, len(missing))
        if missing:
            self._records.keep(old.index.generation, old.settings.config, known.values())
        return known

    def _stale(
        self,
        new: Assistant,
        old: Assistant | None,
        changed: Collection[str],
        askings: Sequence[Asking],
        before: Mapping[str, GateRecord],
        now: datetime,
    ) -> set[str]:
        """The keys of the questions that must be asked of the new generation."""
        if old is None or self._full or old.settings.config != new.settings.config:
            return {one.key for one in askings}
        if old.encoder.fingerprint != new.encoder.fingerprint:
            return {one.key for one in askings}
        moments = [before[one.key].at for one in askings if one.by_clock and one.key in before]
        change = touched(old.index, new.index, changed, min(moments, default=None), now)
        return Screen(new, change, self._prepared).stale(askings, before)


def verdict(new: Assistant, old: Assistant | None, both: AskedBoth) -> GateVerdict:
    """What the answers of two generations say about serving the new one."""
    failures: list[GateFailure] = []
    known: list[GateFailure] = []
    measures: dict[str, tuple[float, float]] = {}
    own = [one for one in both.questions if one.asking.origin is From.MUST_PASS]
    passed = [0, 0, 0]
    for one in own:
        fails = must_pass_failure(new, one.asking, one.after)
        failed = (
            old is not None and one.before is not None and must_pass_failure(old, one.asking, one.before) is not None
        )
        passed[0] += old is not None and one.before is not None and not failed
        passed[1] += fails is None
        passed[2] += one.before is not None
        if fails is not None:
            (known if failed else failures).append(fails)
    if own:
        measures[_MUST_PASS] = (passed[0] / passed[2] if passed[2] else 0.0, passed[1] / len(own))
    labelled = [one for one in both.questions if one.asking.label is not None and one.before is not None]
    for name in MEASURES:
        found, fell = _measure(name, labelled)
        measures |= found
        failures += fell
    found, risen = _forbidden(labelled)
    measures |= found
    failures += risen
    return GateVerdict(tuple(failures), tuple(known), both.asked, len(both.questions) - both.asked, measures)


def must_pass_failure(assistant: Assistant, asking: Asking, record: GateRecord) -> GateFailure | None:
    """Why an article's own question fails, or None where it passes; see `eval.gate.must_pass`."""
    above = overriding(assistant.index, asking.article)
    first = next((name for name in record.articles if name not in above), None)
    if first == asking.article:
        return None
    why = f"must_pass of {asking.article}, but {first or 'nothing'} comes first"
    return GateFailure(asking.text, why, asking.article)


def is_right(name: str, asking: Asking, record: GateRecord) -> bool | None:
    """One measure of one answer; None where the question has no such label."""
    label = asking.label
    if label is None:
        return None
    if name == "success@1":
        return bool(record.articles) and record.articles[0] in label.grades if label.grades else None
    return not record.missing and bool(record.articles) if label.answer_contains else None


def forbidden_of(asking: Asking, record: GateRecord) -> tuple[str, ...]:
    """The forbidden articles that are suggested."""
    return tuple(a for a in asking.label.forbidden if a in record.articles) if asking.label else ()


def _measure(name: str, asked: Sequence[Asked]) -> tuple[dict[str, tuple[float, float]], list[GateFailure]]:
    """A measure before and after over the same questions, and a failure where it fell too far."""
    lost: list[Asked] = []
    count = before = after = gained = 0
    for one in asked:
        new = is_right(name, one.asking, one.after)
        old = is_right(name, one.asking, one.before) if one.before else None
        if new is None or old is None:
            continue
        count, before, after = count + 1, before + old, after + new
        gained += new and not old
        if old and not new:
            lost.append(one)
    if not count:
        return {}, []
    shares = {name: (before / count, after / count)}
    net = len(lost) - gained
    if net < FEWEST or net / count <= TOLERANCE:
        return shares, []
    named = "; ".join(f"{one.asking.name}「{one.asking.text}」now {_first(one.after)}" for one in lost[:_SHOWN])
    more = f"; and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
    why = f"fell from {before / count:.3f} to {after / count:.3f} over {count} questions; lost {named}{more}"
    return shares, [GateFailure(name, why)]


def _first(record: GateRecord) -> str:
    return record.articles[0] if record.articles else "nothing"


def _forbidden(asked: Sequence[Asked]) -> tuple[dict[str, tuple[float, float]], list[GateFailure]]:
    """Questions with a forbidden suggestion before and after, and each that is new."""
    limited = [one for one in asked if one.asking.label and one.asking.label.forbidden]
    if not limited:
        return {}, []
    failures: list[GateFailure] = []
    counts = [0, 0]
    for one in limited:
        old = forbidden_of(one.asking, one.before) if one.before else ()
        new = forbidden_of(one.asking, one.after)
        counts[0] += bool(old)
        counts[1] += bool(new)
        failures += [
            GateFailure(one.asking.name, f"「{one.asking.text}」 suggests {name}, which is forbidden for it", name)
            for name in new
            if name not in old
        ]
    return {"forbidden": (counts[0] / len(limited), counts[1] / len(limited))}, failures
