"""Proves that a question set speaks about its library: ids, headings, decisive strings, dates, no copied questions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from eval.decisive import stands_in
from eval.question_set import FULL, LabelledQuestion, Relevant
from eval.record import same_heading
from eval.split import half
from kb.article import Article
from kb.errors import Problem
from kb.normalise import normalise
from kb.passage import Passage, PassageKind
from kb.splitter import split
from kb.validity import Validity

HIGHEST = 20

_APART = re.compile(r"[\W_]+")
_Found = tuple[str, str]
"""What is wrong, and how to mend it."""


@dataclass(frozen=True)
class Overlap:
    """A question's words in its relevant article: the share, 0..1, of its character bigrams that stand there."""

    id: str
    share: float
    text: str


@dataclass(frozen=True)
class Lint:
    """What a set is worth as a test of its library.

    problems: what makes a verdict wrong. doubts: decisive strings that no single passage holds together, so that
    no answer can win. highest: the questions nearest to their article's words, nearest first.
    """

    questions: int
    problems: tuple[Problem, ...]
    doubts: tuple[Problem, ...]
    overlap: float | None
    highest: tuple[Overlap, ...]
    tags: Mapping[str, int]
    halves: Mapping[str, int]
    with_strings: int
    unanswerable: int


def lint(questions: Sequence[LabelledQuestion], articles: Sequence[Article], now: datetime, path: str) -> Lint:
    """Check every question against the articles.

    now: the clock of questions that name no time, timezone-aware. path: names the set's file in problems.
    """
    library = _Library(articles, now)
    problems: list[Problem] = []
    doubts: list[Problem] = []
    earlier: dict[tuple[object, ...], str] = {}
    for question in questions:
        said = (_letters(question.text) or question.text, question.history, question.context)
        found = list(library.problems(question))
        if said in earlier:
            found.append((f"asks what {earlier[said]} asks", "take one of the two out"))
        earlier.setdefault(said, question.id)
        problems.extend(_placed(question, path, found))
        doubts.extend(_placed(question, path, library.doubts(question)))
    overlaps = sorted((o for q in questions if (o := library.overlap(q))), key=lambda o: (-o.share, o.id))
    return Lint(
        questions=len(questions),
        problems=tuple(problems),
        doubts=tuple(doubts),
        overlap=sum(o.share for o in overlaps) / len(overlaps) if overlaps else None,
        highest=tuple(overlaps[:HIGHEST]),
        tags=dict(sorted(Counter(tag for q in questions for tag in q.tags).items())),
        halves=dict(sorted(Counter(half(q) for q in questions).items())),
        with_strings=sum(bool(q.answer_contains) for q in questions),
        unanswerable=sum(not q.answerable for q in questions),
    )


class _Library:
    """The articles, made ready to be asked about."""

    def __init__(self, articles: Sequence[Article], now: datetime) -> None:
        self._ordinals = {article.id: number for number, article in enumerate(articles)}
        self._validity = Validity(articles)
        self._now = now
        self._passages = {article.id: _content(article) for article in articles}
        self._grams = {article.id: _bigrams(_whole(article, self._passages[article.id])) for article in articles}
        self._asked = {
            _letters(text): article.id for article in articles for text in (*article.questions, *article.must_pass)
        }

    def problems(self, question: LabelledQuestion) -> Iterator[_Found]:
        """Everything that makes a verdict on the question wrong."""
        yield from self._labels(question)
        for relevant in question.relevant:
            yield from self._relevant(question, relevant)
        for article in question.forbidden:
            if article not in self._ordinals:
                yield f"`forbidden`: no article is called {article}", "name one of the library"
            elif self._refusal(question, article) is None:
                yield (
                    f"`forbidden`: {article} is in force for this question",
                    "set `at`, `as_of`, `channel` or `product` so that it is not, or take it out",
                )
        yield from self._strings(question)
        asked_by = self._asked.get(_letters(question.text))
        if asked_by is not None:
            yield f"`question`: stands among the questions of {asked_by} already", "ask it otherwise"

    def doubts(self, question: LabelledQuestion) -> list[_Found]:
        """Decisive strings that stand in an article, but in no passage of it together."""
        wanted = question.answer_contains
        known = [r for r in question.relevant if r.article in self._ordinals]
        if not wanted or not known or any(self._strings(question)):
            return []
        for relevant in known:
            shown = self._shown(relevant)
            if any(all(stands_in(string, text) for string in wanted) for text in shown):
                return []
        mend = "name fewer strings, or the heading under which they stand together"
        return [(f"`answer_contains`: no single passage holds {' and '.join(wanted)}", mend)]

    def overlap(self, question: LabelledQuestion) -> Overlap | None:
        """How much of the question its relevant article says; None for an unanswerable question."""
        grams = _bigrams(question.text)
        known = [self._grams[name] for name in question.grades if name in self._grams]
        if not known or not grams:
            return None
        share = max(sum(gram in there for gram in grams) for there in known) / len(grams)
        return Overlap(question.id, share, question.text)

    def _labels(self, question: LabelledQuestion) -> Iterator[_Found]:
        if question.answerable and not question.relevant:
            yield "`relevant`: is empty", "name the article that answers, or set `answerable` to false"
        if not question.answerable and question.answer_contains:
            yield "`answer_contains`: a question that is not answerable has no answer", "take it out"
        if not question.answerable and any(relevant.grade == FULL for relevant in question.relevant):
            yield f"`relevant`: grade {FULL} answers in full", "lower the grade, or set `answerable` to true"
        for string in question.answer_contains:
            if not _letters(string):
                yield f"`answer_contains`: {string} has no letter or digit", "name words or numbers"

    def _relevant(self, question: LabelledQuestion, relevant: Relevant) -> Iterator[_Found]:
        name = relevant.article
        if name not in self._ordinals:
            yield f"`relevant`: no article is called {name}", "name one of the library"
            return
        passages = self._passages[name]
        if relevant.heading is not None and not any(same_heading(relevant.heading, p.headings) for p in passages):
            known = dict.fromkeys(heading for p in passages for heading in p.headings)
            mend = f"its headings are: {'; '.join(known) or 'none'}"
            yield f"`relevant`: {name} has no passage under a heading {relevant.heading}", mend
        reason = self._refusal(question, name)
        if question.answerable and reason is not None:
            yield f"`relevant`: {name} is not in force for this question: {reason}", "correct `context` or the article"

    def _strings(self, question: LabelledQuestion) -> Iterator[_Found]:
        known = [name for name in question.grades if name in self._ordinals]
        if not known:
            return
        texts = {name: [text for _, text in self._texts(name)] for name in known}
        lacking = {
            name: [s for s in question.answer_contains if not any(stands_in(s, text) for text in texts[name])]
            for name in known
        }
        name = min(known, key=lambda article: len(lacking[article]))
        for string in lacking[name]:
            yield f"`answer_contains`: {string} does not stand in {name}", "write it as the article does"

    def _texts(self, name: str) -> list[tuple[Passage, str]]:
        """Each passage with what an answer from it can hold: what is shown, and the wording of its section."""
        passages = self._passages[name]
        replies = {p.headings: p.text for p in reversed(passages) if p.kind is PassageKind.REPLY}
        return [(p, f"{p.shown}\n{replies.get(p.headings, '')}") for p in passages]

    def _shown(self, relevant: Relevant) -> list[str]:
        heading = relevant.heading
        return [t for p, t in self._texts(relevant.article) if heading is None or same_heading(heading, p.headings)]

    def _refusal(self, question: LabelledQuestion, name: str) -> str | None:
        """Why an article may not answer a question; None where it may."""
        return self._validity.verdict(self._ordinals[name], question.context, self._now).reason


def _placed(question: LabelledQuestion, path: str, found: Sequence[_Found]) -> Iterator[Problem]:
    for what, mend in found:
        yield Problem(path, question.line, f"{question.id}: {what}", mend)


def _content(article: Article) -> tuple[Passage, ...]:
    return tuple(p for p in split(article) if p.kind is not PassageKind.QUESTION)


def _whole(article: Article, passages: Sequence[Passage]) -> str:
    return "\n".join((article.title, *(f"{' '.join(p.headings)}\n{p.text}" for p in passages)))


def _letters(text: str) -> str:
    """A text's letters and digits, in one written form."""
    return _APART.sub("", normalise(text))


def _bigrams(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a text, spaces and punctuation aside, each once."""
    letters = _letters(text)
    return frozenset(letters[start : start + 2] for start in range(len(letters) - 1))
