"""Makes labels of what agents used and reported, as a question set that `kb eval try-labels` takes as one more source.

What stands first is looked at more often and so used more often: each use counts by the inverse of how likely its
rank is looked at (inverse propensity, Joachims, Swaminathan and Schnabel 2017). A label needs agents who agree, is
said of one revision, and is left out where its article belongs to the half that is kept for tests.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eval.question_set import LabelledQuestion, Relevant
from eval.split import half
from eval.whole_file import write_whole
from kb.feedback import FeedbackEvent, FeedbackKind
from kb.normalise import normalise

LEAST_AGENTS = 5
_SIGNS = re.compile(r"[\W_]+")
_DECAY = 1.0
_MOST = 8.0
_FOR = 0.5
_USES = frozenset({FeedbackKind.INSERTED, FeedbackKind.COPIED, FeedbackKind.EDITED})
_FAR = 60
"""An edit that changes more characters than these is no use of the reply."""


@dataclass(frozen=True)
class FeedbackLabel:
    """A question whose answer agents agree on. used, reported: weighed counts. agents: different ones."""

    question: str
    article: str
    revision: int
    used: float
    reported: float
    agents: int


@dataclass
class _Counts:
    used: float = 0.0
    reported: float = 0.0
    agents: set[str] = field(default_factory=set)


def weight(rank: int | None) -> float:
    """What a use at a rank counts: the inverse of how often the rank is looked at, 1 at the first, at most 8."""
    return float(min(_MOST, float(rank or 1) ** _DECAY))


def feedback_labels(
    events: Sequence[FeedbackEvent],
    published: Mapping[str, int],
    kept_for_tests: Collection[str] = (),
    least_agents: int = LEAST_AGENTS,
) -> list[FeedbackLabel]:
    """Labels of the learn half, by question and article.

    published: the revisions that labels may be of; what was said of an earlier text says nothing of this one.
    kept_for_tests: questions of other sets' test halves; none of them becomes a label, however it is written.
    least_agents: how many different agents must have said something of that revision.
    """
    texts = {event.question_id: event.text for event in events if event.text}
    agents: dict[tuple[str, int], set[str]] = defaultdict(set)
    counts: dict[tuple[str, str, int], _Counts] = defaultdict(_Counts)
    shown: dict[str, str] = {}
    for event in events:
        text = texts.get(event.question_id, "")
        said = _said(event)
        if not text or not said or event.revision is None or published.get(event.article) != event.revision:
            continue
        key = (normalise(text), event.article, event.revision)
        shown.setdefault(key[0], text)
        counts[key].used += said if said > 0 else 0
        counts[key].reported += -said if said < 0 else 0
        counts[key].agents.add(event.agent)
        agents[event.article, event.revision].add(event.agent)
    tests = {words_of(text) for text in kept_for_tests}
    found = [
        FeedbackLabel(shown[text], article, revision, of.used, of.reported, len(agents[article, revision]))
        for (text, article, revision), of in counts.items()
        if words_of(text) not in tests and "[" not in text and len(agents[article, revision]) >= least_agents
    ]
    right = [label for label in found if label.used - label.reported > _FOR]
    return sorted((x for x in right if half(labelled(x)) == "learn"), key=lambda x: (x.question, x.article))


def words_of(text: str) -> str:
    """A question without what may differ in writing: width, script, case, spaces and signs."""
    return _SIGNS.sub("", normalise(text))


def labelled(label: FeedbackLabel, number: int = 0) -> LabelledQuestion:
    """The label as a question of a set; its id is its number."""
    return LabelledQuestion(id=f"feedback-{number}", text=label.question, relevant=(Relevant(label.article),))


def write_labels(path: Path, labels: Sequence[FeedbackLabel]) -> None:
    """Write labels as a question set; articles that answer the same question stand in one line."""
    by_question: dict[str, list[FeedbackLabel]] = defaultdict(list)
    for label in labels:
        by_question[label.question].append(label)
    rows = []
    for number, (question, some) in enumerate(by_question.items(), start=1):
        best = sorted(some, key=lambda label: label.reported - label.used)
        relevant = [{"article": label.article, "grade": 3 if place == 0 else 2} for place, label in enumerate(best)]
        row = {"id": f"feedback-{number}", "question": question, "relevant": relevant, "tags": ["feedback"]}
        rows.append(json.dumps(row, ensure_ascii=False) + "\n")
    write_whole(path, "".join(rows))


def _said(event: FeedbackEvent) -> float:
    """What an event says for its article at its rank; negative against it, 0 for nothing."""
    if event.kind in _USES and (event.distance or 0) <= _FAR:
        return weight(event.rank)
    # What stands first is reported more often, too; an incomplete answer is the right article.
    return -weight(event.rank) if event.kind is FeedbackKind.REPORTED and event.reason != "incomplete" else 0.0
