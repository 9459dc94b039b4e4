"""What a generation answered to one question, and how far all else stood from that answer; kept by generation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import structlog
from pydantic import TypeAdapter, ValidationError

from eval.asking import Asking
from eval.record import missing_strings
from kb.assistant import Assistant
from kb.considered import Considered
from kb.durable import write_whole
from kb.encoder import Floats
from kb.judge import Judge
from kb.ranking import contenders
from kb.suggestion import Answer

FORMAT = 1
NEAR = 0.6
"""Articles whose score lies within this of the first's may come first after a change; in standard deviations."""

_KEEP = 12

log = structlog.get_logger()


@dataclass(frozen=True)
class Standing:
    """One ranking behind an answer, as much of it as tells whether a change can reach it.

    means, spreads, tops: of each score over the pool. edges: a leg's lowest score that is in the pool for it, or
    None where it took all that it found. best, tenth: the scores of the first and of the tenth place. lead: of the
    first over the next one. near: the articles within NEAR of the first. of_several: whether it is one of several
    questions of a message, where everything in the pool counts as near.
    """

    means: dict[str, float]
    spreads: dict[str, float]
    tops: dict[str, float]
    edges: dict[str, float | None]
    best: float
    tenth: float
    lead: float
    near: tuple[str, ...]


@dataclass(frozen=True)
class GateRecord:
    """One question's answer. said: of the Asking. at: when it was asked. age: generations since it was asked.

    articles: the suggestions, best first. headings, reply, title, confidence, answerable: of the first.
    missing: decisive strings that the first lacks. error: why there is no answer.
    """

    key: str
    said: str
    at: datetime
    standings: tuple[Standing, ...]
    articles: tuple[str, ...] = ()
    title: str = ""
    headings: tuple[str, ...] = ()
    reply: str = ""
    confidence: float = 0.0
    answerable: bool = False
    missing: tuple[str, ...] = ()
    error: str | None = None
    age: int = 0


def ask(assistant: Assistant, asking: Asking) -> GateRecord:
    """Ask one question. One that raises is recorded as lost, with nothing found."""
    standings: list[Standing] = []
    try:
        question = asking.question
        answer = assistant.suggest(question, lambda one, by: standings.append(_standing(assistant, one, by)))
    except Exception as error:
        log.exception("question lost", question=asking.name)
        return GateRecord(asking.key, asking.said, asking.at, (), error=f"{type(error).__name__}: {error}")
    return _record(asking, answer, tuple(standings))


def _record(asking: Asking, answer: Answer, standings: tuple[Standing, ...]) -> GateRecord:
    suggestions = answer.suggestions
    decisive = asking.label.answer_contains if asking.label else ()
    first = suggestions[0] if suggestions else None
    return GateRecord(
        asking.key,
        asking.said,
        asking.at,
        standings,
        tuple(suggestion.source.article for suggestion in suggestions),
        first.source.title if first else "",
        first.source.headings if first else (),
        first.reply if first else "",
        round(first.confidence, 6) if first else 0.0,
        answer.answerable,
        missing_strings(decisive, suggestions),
    )


def _standing(assistant: Assistant, considered: Considered, judge: Judge) -> Standing:
    index, pool, k = assistant.index, considered.pool, assistant.settings.pool
    legs = assistant.settings.legs
    places = judge.standing
    combined = list(contenders(places).values())
    best = combined[0] if combined else float("-inf")
    model = assistant.settings.model
    # What stood below may rise by a new passage that is not its best.
    reach = NEAR + (model.evidence.most_gained if model else 0.0)
    near = [index.articles[p.article].id for p in places if p.score >= best - reach]
    scores = pool.scores
    return Standing(
        means={name: float(of.mean(dtype=np.float64)) if len(of) else 0.0 for name, of in scores.items()},
        spreads={name: float(of.std(dtype=np.float64)) if len(of) else 0.0 for name, of in scores.items()},
        tops={name: float(of.max(initial=0.0)) for name, of in scores.items()},
        edges={leg.name: _edge(scores[leg.name], k) for leg in index.legs if legs is None or leg.name in legs},
        best=best if combined else 0.0,
        tenth=places[9].score if len(places) > 9 else -1e9,
        lead=best - combined[1] if len(combined) > 1 else 1e9,
        near=tuple(dict.fromkeys(near)),
    )


def _edge(scores: Floats, k: int) -> float | None:
    """The k-th best score: the lowest with which a leg hands a passage over. None: it handed over all it found."""
    return float(np.partition(scores, -k)[-k]) if len(scores) >= k else None


_FILE = TypeAdapter(list[GateRecord])


class GateRecords:
    """The records of the generations, in memory and in `<var>/gate/<generation>.json`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Mapping[str, GateRecord]] = {}

    def of(self, generation: str, config: str) -> Mapping[str, GateRecord]:
        """What a generation answered under these settings, by key; empty where it is not known."""
        name = f"{generation}-{config}"
        if name not in self._known:
            self._known[name] = self._read(self._folder / f"{name}.json")
        return self._known[name]

    def keep(self, generation: str, config: str, records: Iterable[GateRecord]) -> None:
        """Keep them, those of the last few generations only. What cannot be written is asked again next time."""
        name = f"{generation}-{config}"
        self._known[name] = {record.key: record for record in records}
        for old in list(self._known)[:-_KEEP]:
            del self._known[old]
        head = json.dumps({"format": FORMAT}).encode()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._folder / f"{name}.json", head + b"\n" + _FILE.dump_json(list(self._known[name].values())))
            kept = sorted(self._folder.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
            for file in kept[_KEEP:]:
                file.unlink(missing_ok=True)
        except OSError as error:
            log.warning("the gate's answers were not kept; they are asked again", error=str(error))

    def _read(self, path: Path) -> Mapping[str, GateRecord]:
        try:
            head, _, rest = path.read_bytes().partition(b"\n")
            if json.loads(head) != {"format": FORMAT}:
                return {}
            return {record.key: record for record in _FILE.validate_json(rest)}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, ValidationError) as error:
            log.warning("the gate's answers cannot be read; they are asked again", file=str(path), error=str(error))
            return {}
