"""A week of questions for the people who write articles: what was asked, what rose, complaints, gaps, edits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kb.errors import QuestionError
from kb.feedback import FeedbackEvent, FeedbackKind, Outcome, Reason
from kb.gaps import Gap, GapBook
from kb.mood import MoodKind, MoodReader
from kb.moods import MoodWords
from kb.rises import UNLIKELY, at_least
from kb.store.feedback_store import AskedQuestion, FeedbackStore
from kb.store.gap_store import GapStore

WEEK = timedelta(days=7)
_BEFORE = 4
_LEAST = 5
_SHOWN = 20
_USES = 3
_EDITED = 0.3


@dataclass(frozen=True)
class ArticleFacts:
    """What the digest says of an article. products: as in its front matter."""

    title: str
    owner: str
    products: tuple[str, ...] = ()


@dataclass(frozen=True)
class Topic:
    """Questions of one meaning in the week. before: conversations a week on average of the four weeks before.

    served: the share of its questions whose suggestion was used; NaN-free: 0 without any question.
    """

    gap: int
    title: str
    conversations: int
    before: float
    served: float
    article: str


@dataclass(frozen=True)
class Complaint:
    """Complaints about one product of one kind: `wrong`, `outdated`, `incomplete`, `threat`, `anger`."""

    product: str
    kind: str
    conversations: int
    example: str


@dataclass(frozen=True)
class Edited:
    """An article whose reply agents change before sending. distance: characters changed, on average."""

    article: str
    used: int
    edited: int
    distance: float


@dataclass(frozen=True)
class Digest:
    """One week, from Monday 00:00 in the shop's time zone, end exclusive.

    served, unanswered: shares of the questions whose suggestion was used, and for which there was none.
    is_whole: nothing of the week, nor of the weeks that it is compared with, was removed as old.
    """

    since: datetime
    until: datetime
    questions: int
    conversations: int
    served: float
    unanswered: float = 0.0
    is_whole: bool = True
    asked: tuple[Topic, ...] = ()
    rose: tuple[Topic, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    gaps: Mapping[str, tuple[Gap, ...]] = field(default_factory=dict)
    edited: tuple[Edited, ...] = ()
    articles: Mapping[str, ArticleFacts] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The week as ISO 8601 names it: 2026-W47."""
        year, week, _ = self.since.isocalendar()
        return f"{year}-W{week:02}"

    def title_of(self, article: str) -> str:
        """An article's title, or its id where it is not known any more."""
        found = self.articles.get(article)
        return found.title if found else article


def week_of(written: str | None, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The week `2026-W47`, or the last whole one. Raises QuestionError for what names no week."""
    if written:
        try:
            monday = date.fromisoformat(f"{written.strip()}-1")
        except ValueError as error:
            raise QuestionError("--week", f"{written!r} is no week; write it like 2026-W47") from error
    else:
        today = now.astimezone(zone).date()
        monday = today - timedelta(days=today.weekday() + 7)
    since = datetime(monday.year, monday.month, monday.day, tzinfo=zone)
    end = monday + timedelta(days=7)
    return since, datetime(end.year, end.month, end.day, tzinfo=zone)


def digest(
    feedback: FeedbackStore,
    store: GapStore,
    articles: Mapping[str, ArticleFacts],
    since: datetime,
    until: datetime,
    words: MoodWords | None = None,
) -> Digest:
    """The digest of one week. words: by which complaints are known; the general ones unless given."""
    asked = feedback.questions(since, until)
    titles = {group.number: group.title for group in store.groups()}
    before = _conversations(feedback.questions(since - _BEFORE * WEEK, since))
    topics = _topics(asked, titles, before)
    kept = feedback.kept_since()
    book = GapBook(feedback, store, lambda: until - timedelta(microseconds=1))
    return Digest(
        since=since,
        until=until,
        questions=len(asked),
        conversations=len({one.conversation for one in asked}),
        served=_served(asked),
        unanswered=sum(one.outcome is Outcome.NO_ANSWER for one in asked) / max(1, len(asked)),
        is_whole=kept is None or kept <= since - _BEFORE * WEEK,
        asked=tuple(topics[:_SHOWN]),
        rose=tuple(topic for topic in topics if _rose(topic))[:_SHOWN],
        complaints=_complaints(asked, feedback.events(since, until), articles, MoodReader(words or MoodWords())),
        gaps=_by_owner(book.gaps(period=until - since), articles),
        edited=_edited(feedback.events(since, until)),
        articles=articles,
    )


def _served(asked: Sequence[AskedQuestion]) -> float:
    return sum(one.outcome is Outcome.USED for one in asked) / max(1, len(asked))


def _conversations(asked: Sequence[AskedQuestion]) -> dict[int, int]:
    found: dict[int, set[str]] = defaultdict(set)
    for one in asked:
        if one.gap is not None:
            found[one.gap].add(one.conversation)
    return {gap: len(talks) for gap, talks in found.items()}


def _topics(asked: Sequence[AskedQuestion], titles: Mapping[int, str], before: Mapping[int, int]) -> list[Topic]:
    by_gap: dict[int, list[AskedQuestion]] = defaultdict(list)
    for one in asked:
        if one.gap is not None:
            by_gap[one.gap].append(one)
    made = []
    for gap, some in by_gap.items():
        first = Counter(one.article for one in some if one.article).most_common(1)
        talks = len({one.conversation for one in some})
        article = first[0][0] if first else ""
        # What most of them wrote; the group's own title is only what its first one wrote.
        texts = Counter(one.text for one in some if one.text).most_common(1)
        title = texts[0][0] if texts and texts[0][1] > 1 else titles.get(gap, "") or (texts[0][0] if texts else "")
        made.append(Topic(gap, title, talks, before.get(gap, 0) / _BEFORE, _served(some), article))
    return sorted(made, key=lambda topic: (-topic.conversations, topic.gap))


def _rose(topic: Topic) -> bool:
    return topic.conversations >= _LEAST and at_least(topic.conversations, topic.before + 0.5) < UNLIKELY


def _complaints(
    asked: Sequence[AskedQuestion],
    events: Sequence[FeedbackEvent],
    articles: Mapping[str, ArticleFacts],
    moods: MoodReader,
) -> tuple[Complaint, ...]:
    """What customers are angry about, and what agents reported of articles."""
    said: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    by_id = {one.id: one for one in asked}
    for one in asked:
        mood = moods.read(one.text) if one.text else None
        if mood and mood.kind is not MoodKind.URGENCY:
            said[_product(one.product, one.article, articles), mood.kind.value].setdefault(one.conversation, one.text)
    for event in events:
        if event.kind is FeedbackKind.REPORTED:
            question = by_id.get(event.question_id)
            product = _product(question.product if question else "", event.article, articles)
            kind = event.reason.value or Reason.WRONG.value
            said[product, kind].setdefault(event.conversation, event.text or (question.text if question else ""))
    made = [Complaint(product, kind, len(of), next(iter(of.values()))) for (product, kind), of in said.items()]
    return tuple(sorted(made, key=lambda one: (-one.conversations, one.product, one.kind)))


def _product(given: str, article: str, articles: Mapping[str, ArticleFacts]) -> str:
    facts = articles.get(article)
    return given or (facts.products[0] if facts and facts.products else "")


def _by_owner(gaps: Sequence[Gap], articles: Mapping[str, ArticleFacts]) -> dict[str, tuple[Gap, ...]]:
    """By who has it, or else who owns the nearest article; "" for nobody."""
    found: dict[str, list[Gap]] = defaultdict(list)
    for gap in gaps:
        nearest = articles.get(gap.nearest)
        found[gap.group.owner or (nearest.owner if nearest else "")].append(gap)
    return {owner: tuple(some) for owner, some in sorted(found.items(), key=lambda item: -len(item[1]))}


def _edited(events: Sequence[FeedbackEvent]) -> tuple[Edited, ...]:
    used: Counter[str] = Counter()
    distances: dict[str, list[int]] = defaultdict(list)
    for event in events:
        if event.kind in (FeedbackKind.INSERTED, FeedbackKind.COPIED, FeedbackKind.EDITED):
            used[event.article] += 1
        if event.kind is FeedbackKind.EDITED:
            distances[event.article].append(event.distance or 0)
    made = [
        Edited(article, used[article], len(some), sum(some) / len(some))
        for article, some in distances.items()
        if used[article] >= _USES and len(some) >= _EDITED * used[article]
    ]
    return tuple(sorted(made, key=lambda one: (-one.edited, one.article))[:_SHOWN])
