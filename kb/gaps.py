"""What the library does not answer: unanswered questions by meaning, ranked, and their way to an article that does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

import numpy as np
import structlog
from filelock import FileLock

from kb.article import Kind
from kb.assistant import Assistant
from kb.durable import write_whole
from kb.encoder import Encoder, Floats
from kb.errors import WrongStateError
from kb.feedback import Outcome
from kb.grouping import Groups, Likeness, belongs
from kb.question import Question
from kb.store.feedback_store import AskedQuestion, FeedbackStore
from kb.store.gap_store import GapState, GapStore, Group, Sorted
from kb.store.library_store import LibraryStore
from kb.store.records import Actor, Entry

PERIOD = timedelta(days=28)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_FADES = timedelta(days=7)
_AT_ONCE = 256
_TRIES = 5
_EXAMPLES = 8
_OF_DRAFT = 12
_LONGEST_EXAMPLE = 200

log = structlog.get_logger()


@dataclass(frozen=True)
class Gap:
    """A group of questions that the library did not serve.

    conversations: how many different ones asked. weight: the same, a week-old one counting a third; it ranks.
    examples: masked, the latest first. nearest: the article that stood first most often; empty: none did.
    outcomes: how many questions by what became of them.
    """

    group: Group
    conversations: int
    weight: float
    first_at: datetime
    last_at: datetime
    examples: tuple[str, ...]
    nearest: str
    outcomes: dict[str, int]

    @property
    def number(self) -> int:
        """The stable number."""
        return self.group.number


@dataclass(frozen=True)
class Lacked:
    """What the nearest article of now has not: stretches of an example that it says nothing of."""

    example: str
    article: str
    heading: str
    confidence: float
    lacking: tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """One example asked of an Assistant again. first: the article that stands first; empty: none."""

    question: str
    is_answered: bool
    first: str


class GapBook:
    """Sorts questions into groups and leads gaps from open to answered. Safe to use from several threads.

    Groups of another encoder are not compared with: after a change of the model they are made anew from their own
    questions (`recentre`).
    """

    def __init__(self, feedback: FeedbackStore, store: GapStore, clock: Callable[[], datetime] | None = None) -> None:
        self._feedback = feedback
        self.store = store
        self._clock = clock or (lambda: datetime.now(UTC))
        self._known: dict[int, Group] = {}
        self._turn = 0
        self._lock = Lock()

    def sort(self, encoder: Encoder, limit: int = _AT_ONCE) -> int:
        """Put questions that have no group yet into one; how many were.

        Another process that sorts meanwhile is seen, and the work done again on what it left.
        """
        for _ in range(_TRIES):
            asked = self._feedback.unsorted(limit)
            if not asked:
                return 0
            self._recentre(self.groups(), encoder)
            known = self.groups()
            found = _sorted(asked, known, encoder)
            if self.store.sort(found, encoder.fingerprint, max((g.turn for g in known), default=0)):
                return len(found)
        return 0

    def groups(self) -> list[Group]:
        """Every group as it is now; only those that changed since the last call are read."""
        with self._lock:
            for group in self.store.groups(self._turn):
                self._known[group.number] = group
                self._turn = max(self._turn, group.turn)
            return list(self._known.values())

    def gaps(self, state: GapState | None = None, owner: str | None = None, period: timedelta = PERIOD) -> list[Gap]:
        """Gaps of the last `period`, the weightiest first."""
        now = self._clock()
        by_group: dict[int, list[AskedQuestion]] = {}
        for asked in self._feedback.questions(now - period, _until(now)):
            if asked.gap is not None and asked.outcome.is_gap:
                by_group.setdefault(asked.gap, []).append(asked)
        found = []
        for group in self.groups():
            made = _gap(group, by_group.get(group.number, ()), now)
            if made and (state is None or made.group.state is state) and (owner is None or made.group.owner == owner):
                found.append(made)
        return sorted(found, key=lambda gap: (-gap.weight, -gap.conversations, gap.number))

    def gap(self, number: int) -> Gap:
        """One gap, whatever its state. Raises UnknownGapError for a number that there is not."""
        now = self._clock()
        group = self.store.group(number)
        asked: list[AskedQuestion] = []
        for since in (now - PERIOD, _EVER):
            asked = asked or [x for x in self._feedback.questions(since, _until(now), number) if x.outcome.is_gap]
        made = _gap(group, asked, now, always=True)
        if made is None:
            raise WrongStateError(f"gap {number} has no question any more")
        return made

    def lacked(self, gap: Gap, assistant: Assistant, most: int = 3) -> list[Lacked]:
        """What the nearest article of now lacks, for some examples."""
        found = []
        for example in gap.examples[:most]:
            answer = assistant.suggest(Question(example, limit=1))
            for first in answer.suggestions[:1]:
                heading = " > ".join(first.source.headings)
                found.append(Lacked(example, first.source.article, heading, first.confidence, answer.lacking))
        return found

    def assign(self, number: int, owner: str, by: Actor) -> Group:
        """Give a gap to an owner; one that was answered is open again."""
        group = self.store.group(number)
        state = GapState.DRAFTED if group.state is GapState.DRAFTED else GapState.ASSIGNED
        return self.store.decide(number, state, by.name, owner=owner)

    def draft(self, number: int, library: LibraryStore, by: Actor, owner: str = "", kind: Kind = Kind.POLICY) -> Entry:
        """Make a draft article of a gap, its examples as `questions`.

        Raises WrongStateError where it has one, ArticlesError, NotAllowedError.
        """
        gap = self.gap(number)
        if gap.group.state is GapState.DRAFTED:
            raise WrongStateError(f"gap {number} has the draft `{gap.group.article}` already; go on with that")
        owner = owner or gap.group.owner or next(iter(sorted(by.owners)), "")
        name = f"gap-{number}"
        taken = {entry.name for entry in library.entries()}
        for again in range(2, len(taken) + 3):
            if name not in taken:
                break
            name = f"gap-{number}-{again}"
        raw = draft_text(name, gap, owner, kind).encode("utf-8")
        entry = library.save(f"gaps/{name}.md", raw, by, f"客户的问题，资料库没有答案（gap {number}）", None)
        self.store.decide(number, GapState.DRAFTED, by.name, owner=owner, article=entry.name)
        return entry

    def answer_by(self, number: int, article: str, by: Actor) -> Group:
        """Say that an article that there is (or is being written) is to answer a gap."""
        return self.store.decide(number, GapState.DRAFTED, by.name, article=article)

    def check(self, number: int, assistant: Assistant) -> list[Checked]:
        """Ask a gap's examples again: answered is one whose first suggestion is sure and of the gap's article."""
        gap = self.gap(number)
        found = []
        for example in gap.examples:
            answer = assistant.suggest(Question(example, limit=1))
            first = answer.suggestions[0].source.article if answer.suggestions else ""
            meant = not gap.group.article or first == gap.group.article
            found.append(Checked(example, answer.answerable and meant, first))
        return found

    def close(self, number: int, assistant: Assistant, questions: Path, by: Actor) -> list[Checked]:
        """Check a gap; where every example is answered now it is closed, and they join the evaluation set's file.

        Raises WrongStateError where nothing was drafted for it.
        """
        group = self.store.group(number)
        if not group.article:
            raise WrongStateError(f"gap {number} has no article yet; make a draft or name the article that answers it")
        checked = self.check(number, assistant)
        if checked and all(one.is_answered for one in checked):
            append_questions(questions, number, group.article, [one.question for one in checked])
            self.store.decide(number, GapState.ANSWERED, by.name, once=True)
        return checked

    def published(self, assistant: Assistant, questions: Path, by: Actor) -> dict[int, list[Checked]]:
        """After a publication: check every drafted gap whose article is published; by gap's number."""
        published = {article.id for article in assistant.index.articles}
        drafted = [g for g in self.groups() if g.state is GapState.DRAFTED and g.article in published]
        found = {}
        for group in drafted:
            try:
                found[group.number] = self.close(group.number, assistant, questions, by)
            except WrongStateError as error:
                # Its questions are removed by now; that must not keep others from being closed.
                log.warning("gap not checked", gap=group.number, why=str(error))
        return found

    def _recentre(self, known: Sequence[Group], encoder: Encoder) -> None:
        """Make the vectors of groups anew that another encoder made."""
        foreign = [group for group in known if group.encoder != encoder.fingerprint]
        if not foreign:
            return
        now = self._clock()
        made = {}
        for group in foreign:
            asked = self._feedback.questions(now - PERIOD, _until(now), group.number)
            texts = list(dict.fromkeys(one.text for one in asked))[-50:] or [t for t in (group.title,) if t]
            if texts:
                made[group.number] = (encoder.encode_queries(texts).vectors.sum(axis=0), len(texts))
            else:  # nothing is left of it to make vectors of
                made[group.number] = (np.zeros(encoder.dimension, dtype=np.float32), 0)
        self.store.recentre(made, encoder.fingerprint)


def draft_text(name: str, gap: Gap, owner: str, kind: Kind) -> str:
    """A draft article that asks to be written: FORMATS' front matter with the examples as `questions`."""
    # JSON's strings are YAML's too, whatever a customer wrote.
    quoted = [f"  - {json.dumps(text, ensure_ascii=False)}" for text in gap.examples[:_OF_DRAFT]]
    title = json.dumps(gap.group.title[:80], ensure_ascii=False)
    lines = ["---", f"id: {name}", f"title: {title}", f"kind: {kind}"]
    if owner:
        lines.append(f"owner: {json.dumps(owner, ensure_ascii=False)}")
    lines += ["audience: internal", "questions:", *quoted, "---", "", "## 待补充", ""]
    lines.append(f"{gap.conversations} 位客户问过，资料库没有用得上的答案。")
    lines.append("请写清楚结论、条件和例外；写完把 audience 改成 public。")
    if gap.nearest:
        lines += ["", f"当时最接近的文章：`{gap.nearest}`。"]
    return "\n".join(lines) + "\n"


def append_questions(path: Path, number: int, article: str, questions: Sequence[str]) -> int:
    """Add a gap's questions to an evaluation set's file, whole or not at all; those it holds are left out. How many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        before = path.read_bytes() if path.exists() else b""
        known = {json.loads(row)["question"] for row in before.decode("utf-8").split("\n") if row.strip()}
        ids = {json.loads(row)["id"] for row in before.decode("utf-8").split("\n") if row.strip()}
        rows, count = [], 0
        for question in questions:
            if question in known:
                continue
            while (name := f"gap-{number}-{count + 1}") in ids:
                count += 1
            ids.add(name)
            said = {"id": name, "question": question, "relevant": [{"article": article}], "tags": ["gap"]}
            rows.append(json.dumps(said, ensure_ascii=False))
        if rows:
            text = before if not before or before.endswith(b"\n") else before + b"\n"
            write_whole(path, text + ("\n".join(rows) + "\n").encode("utf-8"))
    return len(rows)


def _sorted(asked: Sequence[AskedQuestion], known: Sequence[Group], encoder: Encoder) -> list[Sorted]:
    likeness = Likeness(encoder)
    groups = Groups(encoder.dimension)
    sums: dict[int, tuple[Floats, int]] = {}
    for group in known:
        if group.encoder == encoder.fingerprint:
            sums[group.number] = (group.centre, group.size)
            groups.put(group.number, group.centre, group.size)
    found: list[Sorted] = []
    leaders: dict[int, str] = {}
    vectors = encoder.encode_queries([one.text for one in asked]).vectors
    for one, vector in zip(asked, vectors, strict=True):
        number = belongs(groups, vector, likeness)
        if number is None:
            # New groups have numbers below 0 until the store gives them theirs.
            number = -len(leaders) - 1
            leaders[number] = one.id
            sums[number] = (vector * 0, 0)
        total, size = sums[number]
        sums[number] = (total + vector, size + 1)
        groups.put(number, *sums[number])
        found.append(Sorted(one.id, one.text, vector, number if number > 0 else None, leaders.get(number, one.id)))
    return found


def _gap(group: Group, asked: Sequence[AskedQuestion], now: datetime, always: bool = False) -> Gap | None:
    """The gap of a group's unserved questions; of one answered before, only of those asked since."""
    since = [one for one in asked if group.state is not GapState.ANSWERED or one.asked_at > group.changed_at]
    if not since and not (always and asked):
        return None
    if since and group.state is GapState.ANSWERED:
        group = replace(group, state=GapState.OPEN)
    counted = since or list(asked)
    latest: dict[str, datetime] = {}
    for one in counted:
        latest[one.conversation] = max(one.asked_at, latest.get(one.conversation, one.asked_at))
    nearest = Counter(one.article for one in counted if one.article).most_common(1)
    return Gap(
        group=group,
        conversations=len(latest),
        weight=sum(2.718281828 ** -((now - at) / _FADES) for at in latest.values()),
        first_at=min(one.asked_at for one in counted),
        last_at=max(latest.values()),
        examples=_examples(counted),
        nearest=nearest[0][0] if nearest else "",
        outcomes=dict(Counter(Outcome(one.outcome).name.lower().replace("_", "-") for one in counted)),
    )


def _examples(asked: Sequence[AskedQuestion]) -> tuple[str, ...]:
    """Different texts, the latest first."""
    texts = dict.fromkeys(one.text.strip()[:_LONGEST_EXAMPLE] for one in sorted(asked, key=lambda x: x.asked_at)[::-1])
    return tuple(text for text in texts if text)[:_EXAMPLES]


def _until(now: datetime) -> datetime:
    return now + timedelta(microseconds=1)
