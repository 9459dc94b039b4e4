"""Calm first: for an angry, threatening or pressed customer the shop's own procedure and an approved opening phrase.

Beside the answer, never instead of it. Both are found, not named: among the articles that speak of such a mood, the
one nearest to a general sentence about it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kb.article import Article, Audience, Kind
from kb.encoder import Encoder
from kb.index import Index
from kb.leg import Query
from kb.memo import kept
from kb.mood import Mood, MoodKind, MoodReader
from kb.normalise import normalise
from kb.passage import Passage, PassageKind
from kb.suggestion import Aid, Calm, ReplyKind, Source
from kb.validity import Bools


@dataclass(frozen=True)
class _Wanted:
    """What is looked for: a general sentence, and words of which an article must hold one.

    Without such a word an article is not about the mood, however near it is: the similarities of two encoders
    cannot be compared, words can.
    """

    sentence: str
    words: tuple[str, ...]


_UPSET = ("安抚", "情绪", "生气", "发火", "骂人", "激动", "愤怒", "calm", "angry", "upset")
_REVIEWS = ("差评", "威胁", "要挟", "曝光", "bad review")
_COMPLAINTS = (*_UPSET, "投诉", "升级", "complain", "escalat")
_SORRY = ("安抚", "抱歉", "道歉", "致歉", "对不起", "生气", "calm", "apolog", "sorry")
_HURRY = ("着急", "催促", "催件", "加急", "紧急", "赶时间", "hurry", "urgent")


@dataclass(frozen=True)
class _Search:
    """What is looked for in one mood."""

    advice: _Wanted
    opening: _Wanted


_REVIEW = "review"
_SEARCHES = {
    MoodKind.ANGER.value: _Search(
        _Wanted("顾客生气发火、情绪激动，客服怎么安抚", _UPSET), _Wanted("顾客生气时安抚的开场话术", _SORRY)
    ),
    MoodKind.THREAT.value: _Search(
        _Wanted("顾客生气要投诉，客服怎么安抚、怎么升级", _COMPLAINTS),
        _Wanted("顾客生气要投诉时安抚的开场话术", _SORRY),
    ),
    # A bad review is threatened in other ways than a complaint, and shops have a procedure of its own for it.
    _REVIEW: _Search(
        _Wanted("顾客威胁要给差评，客服怎么处理", _REVIEWS), _Wanted("顾客生气要给差评时安抚的开场话术", _SORRY)
    ),
    MoodKind.URGENCY.value: _Search(
        _Wanted("顾客着急催促，客服怎么处理", _HURRY), _Wanted("顾客催得急、等得久，请他稍等的话术", _HURRY)
    ),
}
_OF_REVIEWS = ("差评", "一星", "review")
# How many standard deviations an article must be nearer to the sentence than the library's articles are on average.
# On the demo library the right procedures stand at 4 and more, the next at 2; a wrong procedure does more harm than
# a wrong opening phrase, which holds for many cases.
_ADVICE_STANDS_OUT = 2.5
_OPENING_STANDS_OUT = 1.5
# So many of its articles, taken evenly, tell a library's average; all would cost seconds in a large one.
_COMPARED = 40
# A library of so few articles has no average to stand out from.
_FEW = 40


# The sentences stay what they are from one generation to the next.
_QUERIES: dict[tuple[str, str], Query] = {}


@dataclass(frozen=True)
class _Found:
    """An article that helps, and its passage to show."""

    article: int
    passage: Passage


_Choose = Callable[[Sequence[Passage]], list[Passage]]


class CalmFinder:
    """Finds what calms, for one generation; what is searched is encoded once a mood and kept."""

    def __init__(self, index: Index, encoder: Encoder) -> None:
        self._index = index
        self._encoder = encoder
        self._reader = MoodReader(index.moods)
        self._found: dict[str, tuple[list[_Found], list[_Found]]] = {}

    def calm(self, message: str, in_force: Bools) -> Calm | None:
        """For a message that tells of a mood, that mood and what the library has for it; else None.

        message: as the customer wrote it. in_force: `[n_a] bool`, the articles that may answer now.
        """
        mood = self._reader.read(message)
        if mood is None:
            return None
        advice, openings = self._searched(_search_of(mood))
        return Calm(
            mood,
            self._aid(advice, in_force, ReplyKind.ADVICE),
            self._aid(openings, in_force, ReplyKind.APPROVED),
        )

    def warm_up(self) -> None:
        """Search for every mood now, so that no customer waits for it."""
        for name in _SEARCHES:
            self._searched(name)

    def _searched(self, name: str) -> tuple[list[_Found], list[_Found]]:
        """Advice and openings of one search, the nearest first. Two threads may both search; they find the same."""
        if name not in self._found:
            search = _SEARCHES[name]
            self._found[name] = (
                self._nearest(search.advice, _is_for_agents, _procedure, _ADVICE_STANDS_OUT),
                self._nearest(search.opening, _is_phrase, _phrase, _OPENING_STANDS_OUT),
            )
        return self._found[name]

    def _aid(self, found: Sequence[_Found], in_force: Bools, kind: ReplyKind) -> Aid | None:
        best = next((one for one in found if in_force[one.article]), None)
        if best is None:
            return None
        until = self._index.validity.end_of(best.article)
        article, revision = self._index.articles[best.article], self._index.revision_of(best.article)
        return Aid(best.passage.shown, kind, Source.of(article, best.passage, until, revision))

    def _nearest(
        self, wanted: _Wanted, is_wanted: Callable[[Article], bool], choose: _Choose, stands_out: float
    ) -> list[_Found]:
        """The articles wanted of which `choose` takes passages and that speak of the mood, nearest first.

        One that does not stand out from the library's articles is left out.
        """
        chosen = {
            number: passages
            for number, article in enumerate(self._index.articles)
            if is_wanted(article)
            and _speaks_of(article, (every := self._passages(number)), wanted.words)
            and (passages := choose(every))
        }
        if not chosen:
            return []
        count = len(self._index.articles)
        others = set(range(0, count, max(1, count // _COMPARED)))
        scores = self._scores(wanted.sentence, sorted(others | set(chosen)))
        best = {number: max(of.values(), default=-math.inf) for number, of in scores.items()}
        known = np.array([best[number] for number in others if math.isfinite(best[number])])
        least = known.mean() + stands_out * known.std() if len(known) >= _FEW else -math.inf
        return [
            _Found(number, _best_of(chosen[number], scores[number], wanted.words))
            for number in sorted(chosen, key=lambda n: -best[n])
            if best[number] >= least
        ]

    def _passages(self, article: int) -> list[Passage]:
        return [self._index.passages[o] for o in self._index.passages_of(article)]

    def _query(self, sentence: str) -> Query:
        """One of the few sentences, encoded once for each encoder."""
        key = self._encoder.fingerprint, sentence
        if key not in _QUERIES:
            encoded = self._encoder.encode_queries([sentence])
            _QUERIES[key] = Query(sentence, encoded.vectors[0], encoded.tokens[0])
        return _QUERIES[key]

    def _scores(self, sentence: str, articles: Sequence[int]) -> dict[int, dict[int, float]]:
        """How near each passage of some articles is to a sentence, by article and by its place in it."""
        query = self._query(sentence)
        ordinals = np.array([o for number in articles for o in self._index.passages_of(number)], dtype=np.int64)
        found: dict[int, dict[int, float]] = {number: {} for number in articles}
        for ordinal, score in zip(ordinals, self._index.late.score(query, ordinals), strict=True):
            passage = self._index.passages[ordinal]
            found[int(self._index.article_of[ordinal])][passage.ordinal] = float(score)
        return found


def _search_of(mood: Mood) -> str:
    """The search for a mood: that for reviews where one is threatened."""
    threats = " ".join(word.text.lower() for word in mood.words if word.kind is MoodKind.THREAT)
    return _REVIEW if any(word in threats for word in _OF_REVIEWS) else mood.kind.value


def _best_of(passages: Sequence[Passage], scores: Mapping[int, float], words: Sequence[str]) -> Passage:
    """The passage to show; a heading that names the mood ("顾客着急要用") says best what it is for."""
    return max(passages, key=lambda passage: (_names(passage, words), scores[passage.ordinal]))


def _names(passage: Passage, words: Sequence[str]) -> bool:
    """Whether the passage's own heading, not the article's, holds one of the words."""
    return any(word in normalise("".join(passage.headings[-1:])) for word in words)


def _is_for_agents(article: Article) -> bool:
    return article.kind is Kind.PLAYBOOK or article.audience is Audience.INTERNAL


def _is_phrase(article: Article) -> bool:
    """Whether it is a phrase that may be sent."""
    return article.kind is Kind.PHRASE and article.audience is not Audience.INTERNAL


def _procedure(passages: Sequence[Passage]) -> list[Passage]:
    """The steps of an article for agents; where it has none, its other content."""
    steps = [passage for passage in passages if passage.kind is PassageKind.PROCEDURE]
    return steps or [passage for passage in passages if passage.kind is not PassageKind.QUESTION]


def _phrase(passages: Sequence[Passage]) -> list[Passage]:
    """The approved wording of a phrase."""
    return [passage for passage in passages if passage.kind is PassageKind.REPLY]


def _speaks_of(article: Article, passages: Sequence[Passage], words: Sequence[str]) -> bool:
    """Whether title, keywords or headings hold one of the words; a question may name a mood in passing."""
    said = (_called(article), *map(_headed, passages))
    return any(word in text for word in words for text in said)


@kept
def _called(article: Article) -> str:
    return normalise("\n".join((article.title, *article.keywords)))


@kept
def _headed(passage: Passage) -> str:
    return normalise("\n".join(passage.headings))
