"""Learns the weights of ranking, evidence, sections and confidence on the `learn` halves of several sets.

Ranking: a pairwise logistic regression on differences of features, relevant passage minus other articles' best
(Joachims 2002, in its logistic form), drawn to the plain sum, with no evidence counting against. Evidence: the same on
what an article's best few passages score, drawn to its best alone. Sections: the same on the sections of one relevant
article, those that the label speaks of minus the others. Confidence: a logistic regression on the first place of each
question of those sets that also ask what they do not answer; from a set where everything has an answer nobody can
learn when to say none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from eval.decisive import stands_in
from eval.errors import EvaluationError
from eval.question_set import LabelledQuestion
from eval.record import same_heading
from kb.assistant import Assistant
from kb.considered import Considered
from kb.encoder import Floats
from kb.features import FEATURES
from kb.index import Index
from kb.passage import PassageKind
from kb.progress import Progress, silent
from kb.ranking import Evidence, best_of_each
from kb.ranking_model import CONFIDENCE, EVIDENCE, RankingModel, confidence_features, peaks

Doubles = npt.NDArray[np.float64]

OF_SHOPS = 3.0
"""A shop's own questions count as much as the public sets of technical and legal texts together."""
_ROUNDS = 3
_RIVALS = 12
_SIBLINGS = 4
_EVIDENCE_PULL = 0.003
_SECTION_PULL = 0.01
_CONFIDENCE_C = 0.03
_RIGHT = 2
_MISSED = 0.7
# The plain sum that public sets speak for; what is learned stays near it where the lessons say little.
# What an owner wrote down as a customer's question, or as a word that must find the article, counts from the start.
_START: Mapping[str, float] = {
    "dense_z": 0.5,
    "late_z": 1.0,
    "chars_z": 0.7,
    "question_same": 2.0,
    "keyword": 0.2,
    # What the caller knows of the case speaks for the articles made for it; one for another case, or for agents alone,
    # needs more than a general one to stand before it.
    "product_given": 1.0,
    "channel_own": 1.5,
    "channel_unasked": -1.5,
    "is_playbook": -0.3,
}
_PRIOR = np.array([_START.get(name, 0.0) for name in FEATURES])
_PULL = 0.05
_AGAINST = frozenset({"not_question", "code_missing", "channel_unasked"})
_EVIDENCE = (
    frozenset(FEATURES)
    - _AGAINST
    - {
        "is_question",
        "is_promotion",
        "is_playbook",
        "is_phrase",
        "is_product",
        "is_reply",
        "is_table",
        "length",
        "later",
        "is_introduction",
        "is_nested",
    }
)


@dataclass(frozen=True)
class Lesson:
    """One question with its candidates. grades: of each passage's article, 0 for one that is not relevant.

    marked: whether the passage stands under the heading that the label names, or no heading is named.
    answers: whether it is marked and holds every decisive string of the label.
    shown: whether it can be shown, which an article's `questions` cannot.
    """

    considered: Considered
    articles: npt.NDArray[np.int64]
    grades: npt.NDArray[np.int64]
    marked: npt.NDArray[np.bool_]
    answers: npt.NDArray[np.bool_]
    shown: npt.NDArray[np.bool_]
    answerable: bool


@dataclass(frozen=True)
class Lessons:
    """The lessons of one set, and how much the set counts."""

    name: str
    weight: float
    lessons: Sequence[Lesson]


def prepare(
    assistant: Assistant, questions: Sequence[LabelledQuestion], progress: Progress = silent
) -> tuple[Lesson, ...]:
    """A lesson of every question for which the legs find anything."""
    lessons: list[Lesson] = []
    for number, question in enumerate(questions, start=1):
        lessons.append(_lesson(assistant, question))
        progress("reading questions", number, len(questions))
    return tuple(lesson for lesson in lessons if len(lesson.articles))


def learn(sources: Sequence[Lessons]) -> RankingModel:
    """All weights from the lessons of several sets. Raises EvaluationError where they tell nothing apart."""
    ranking = _PRIOR
    for _ in range(_ROUNDS):
        ranking = _learn_ranking(sources, ranking)
    evidence = _learn_evidence(sources, ranking)
    sections = _learn_sections(sources, ranking)
    confidence, intercept = _learn_confidence(sources, ranking, evidence)
    return RankingModel(
        ranking=dict(zip(FEATURES, map(float, ranking), strict=True)),
        evidence=evidence,
        sections=dict(zip(FEATURES, map(float, sections), strict=True)),
        confidence=dict(zip(CONFIDENCE, map(float, confidence), strict=True)),
        intercept=intercept,
        learned_on=tuple(f"{s.name} ({len(s.lessons)} questions, weight {s.weight:g})" for s in sources),
    )


def success_at_1(
    lessons: Sequence[Lesson], score: Callable[[Considered], Floats], evidence: Evidence | None = None
) -> float:
    """The share of answerable questions whose best article is a relevant one; NaN without any.

    score: of each passage, `[m]`. evidence: what of them makes the article's; None: the best.
    """
    right = [
        float(lesson.grades[best_of_each(lesson.articles, score(lesson.considered), evidence or Evidence())[0][1]] > 0)
        for lesson in lessons
        if lesson.answerable
    ]
    return float(np.mean(right)) if right else float("nan")


def confidences(lessons: Sequence[Lesson], model: RankingModel) -> tuple[Doubles, Doubles]:
    """The first places' confidences, `[n]` each: of the questions that the library answers, and of the others."""
    ranking = np.array([model.ranking[name] for name in FEATURES])
    known: dict[bool, list[float]] = {True: [], False: []}
    for lesson in lessons:
        features, position, _ = _first_place(lesson, ranking, model.evidence)
        sure = model.probability(features) * lesson.considered.won_applies(position)
        known[lesson.answerable].append(sure)
    return np.array(known[True]), np.array(known[False])


def _lesson(assistant: Assistant, question: LabelledQuestion) -> Lesson:
    index = assistant.index
    considered = assistant.consider(question.asked())
    ordinals = considered.pool.ordinals
    articles = index.article_of[ordinals]
    grades = np.array([question.grades.get(index.articles[a].id, 0) for a in articles], dtype=np.int64)
    marked = np.array([_marked(index, int(o), question) for o in ordinals], dtype=np.bool_)
    decisive = question.answer_contains
    holds = [all(stands_in(d, index.passages[o].shown) for d in decisive) for o in ordinals]
    answers = marked & np.array(holds, dtype=np.bool_)
    shown = np.array([index.passages[o].kind is not PassageKind.QUESTION for o in ordinals], dtype=np.bool_)
    return Lesson(considered, articles, grades, marked, answers, shown, question.answerable)


def _marked(index: Index, ordinal: int, question: LabelledQuestion) -> bool:
    passage = index.passages[ordinal]
    headings = [r.heading for r in question.relevant if r.article == passage.article]
    path = (passage.title, *passage.headings)
    return any(h is None or same_heading(h, path) for h in headings)


def _weighed(sources: Sequence[Lessons], pairs_of: Callable[[Lesson], Doubles]) -> tuple[list[Doubles], list[Doubles]]:
    """The pairs, `[p, f]`, of each answerable question that has any, and their weights, `[p]`.

    Each question counts the same within its set, each set as much as its weight says.
    """
    rows: list[Doubles] = []
    weights: list[Doubles] = []
    for source in sources:
        pairs = [p for lesson in source.lessons if lesson.answerable and len(p := pairs_of(lesson))]
        rows += pairs
        weights += [np.full(len(p), source.weight / (len(p) * len(pairs))) for p in pairs]
    return rows, weights


def _learn_ranking(sources: Sequence[Lessons], ranking: Doubles) -> Doubles:
    rows, weights = _weighed(sources, lambda lesson: _pairs(lesson, ranking))
    if not rows:
        raise EvaluationError(
            "nothing to learn the ranking from: no question has a relevant article and another among its candidates; "
            "name a set or a BEIR folder with more questions"
        )
    # What speaks for an answer by its meaning may not get a weight below 0, whatever a set's way of writing rewards:
    # questions made to share few words with their articles would else teach that shared words are a bad sign.
    bounds = [(0.0 if n in _EVIDENCE else None, 0.0 if n in _AGAINST else None) for n in FEATURES]
    return _fit(rows, weights, _PRIOR, _PULL, bounds)


def _learn_evidence(sources: Sequence[Lessons], ranking: Doubles) -> Evidence:
    """How much an article's second and third passage and their number count beside its best."""
    rows, weights = _weighed(sources, lambda lesson: _pairs_of_articles(lesson, ranking))
    prior = np.array([1.0, 0.0, 0.0, 0.0])
    return Evidence(*map(float, _fit(rows, weights, prior, _EVIDENCE_PULL, [(0.0, None)] * len(prior))))


def _pairs_of_articles(lesson: Lesson, ranking: Doubles) -> Doubles:
    """`[p, len(EVIDENCE)]`: what speaks for the best relevant article minus what speaks for a rival."""
    scores = lesson.considered.features.astype(np.float64) @ ranking
    parts: dict[int, Doubles] = {}
    for article, position, _ in best_of_each(lesson.articles, scores, Evidence()):
        own = np.sort(scores[lesson.articles == article])[::-1]
        parts[position] = np.array(Evidence.parts(own.tolist()))
    right = [position for position in parts if lesson.grades[position] > 0][:1]
    rivals = [position for position in parts if lesson.grades[position] == 0][:_RIVALS]
    return np.array([parts[one] - parts[rival] for one in right for rival in rivals]).reshape(-1, len(EVIDENCE))


def _learn_sections(sources: Sequence[Lessons], ranking: Doubles) -> Doubles:
    """The weights by which the section shown of an article is chosen. Without a label that names one: the ranking's."""
    rows, weights = _weighed(sources, lambda lesson: _pairs_of_sections(lesson, ranking))
    if not rows:
        return ranking
    return _fit(rows, weights, np.zeros(len(FEATURES)), _SECTION_PULL, [(None, None)] * len(FEATURES))


def _pairs_of_sections(lesson: Lesson, ranking: Doubles) -> Doubles:
    """`[p, len(FEATURES)]`: the sections of the best relevant article that answer minus those that do not."""
    features = lesson.considered.features.astype(np.float64)
    full = (lesson.grades == lesson.grades.max(initial=0)) & (lesson.grades > 0)
    if not full.any():
        return np.empty((0, len(FEATURES)))
    scores = np.where(full, features @ ranking, -np.inf)
    own = np.flatnonzero((lesson.articles == lesson.articles[np.argmax(scores)]) & lesson.shown)
    right, wrong = own[lesson.answers[own]], own[~lesson.answers[own]]
    return np.array([features[r] - features[w] for r in right for w in wrong]).reshape(-1, len(FEATURES))


def _fit(
    rows: Sequence[Doubles],
    weights: Sequence[Doubles],
    prior: Doubles,
    pull: float,
    bounds: Sequence[tuple[float | None, float | None]],
) -> Doubles:
    """The weights, `[f]`, that put right over wrong most surely, near the prior, within their bounds.

    rows: differences, `[p, f]` a question; weights: `[p]` a question. pull: how strongly the prior draws.
    """
    differences, weight = np.concatenate(rows), np.concatenate(weights)
    weight = weight / weight.sum()
    # The pairs stand on both sides of zero: their scale is the root mean square, not the spread about a mean.
    scale = np.sqrt((differences**2).mean(axis=0)) + 1e-6
    scaled, begin = differences / scale, prior * scale

    def loss(of: Doubles) -> tuple[float, Doubles]:
        margins = scaled @ of
        off = of - begin
        slope = -(weight / (1 + np.exp(margins))) @ scaled + 2 * pull * off
        return float(weight @ np.logaddexp(0, -margins) + pull * off @ off), slope

    found = minimize(loss, begin, jac=True, bounds=bounds, method="L-BFGS-B").x
    return np.asarray(found / scale, dtype=np.float64)


def _pairs(lesson: Lesson, ranking: Doubles) -> Doubles:
    """`[p, len(FEATURES)]`: the features of a right passage minus those of a rival.

    Rivals are the best passages of articles that are not relevant, and the sections of its own article that the
    label does not name.
    """
    features = lesson.considered.features.astype(np.float64)
    scores = features @ ranking
    best = [position for _, position, _ in best_of_each(lesson.articles, scores, Evidence())]
    rivals = [p for p in best if lesson.grades[p] == 0][:_RIVALS]
    full = lesson.grades == lesson.grades.max(initial=0)
    pairs: list[Doubles] = []
    for article in np.unique(lesson.articles[full & (lesson.grades > 0)]):
        own = np.flatnonzero(lesson.articles == article)
        under = own[lesson.marked[own]]
        named = under if len(under) else own
        # An article may be found by one of its `questions`, which no label names, and shows a section then.
        finding = own[lesson.marked[own] | ~lesson.shown[own]] if len(under) else own
        found, right = (int(some[np.argmax(scores[some])]) for some in (finding, named))
        siblings = own[~lesson.marked[own] & lesson.shown[own]] if len(under) else own[:0]
        siblings = siblings[np.argsort(-scores[siblings], kind="stable")[:_SIBLINGS]]
        pairs += [features[found] - features[rival] for rival in rivals]
        pairs += [features[right] - features[sister] for sister in siblings]
    return np.array(pairs).reshape(-1, len(FEATURES))


def _learn_confidence(sources: Sequence[Lessons], ranking: Doubles, evidence: Evidence) -> tuple[Doubles, float]:
    with_none = [s for s in sources if not all(x.answerable for x in s.lessons)]
    rows, right, answerable, weights = _first_places(with_none, ranking, evidence)
    if len(set(right)) < 2:
        rows, right, answerable, weights = _first_places(sources, ranking, evidence)
    if len(set(right)) < 2:
        raise EvaluationError(
            "nothing to learn the confidence from: the first place is right for all questions or for none; "
            "name a set or a BEIR folder with more questions"
        )
    table, weight = np.array(rows), np.array(weights)
    middle, spread = table.mean(axis=0), table.std(axis=0) + 1e-6
    # What the library answers and the ranking missed is more success than failure: taken for a failure, it would
    # teach that whatever such questions have in common speaks against an answer.
    success = np.where(right, 1.0, np.where(answerable, _MISSED, 0.0))
    told = _logistic((table - middle) / spread, success, weight, _CONFIDENCE_C)
    # The probability is that of a right first place: scale and intercept are fitted to that alone.
    raised = ((table - middle) / spread) @ told[:-1]
    slope, intercept = _logistic(raised[:, np.newaxis], np.array(right, dtype=np.float64), weight, 1e3)
    learned: Doubles = slope * told[:-1] / spread
    return learned, float(intercept - learned @ middle)


def _logistic(table: Doubles, success: Doubles, weight: Doubles, c: float) -> Doubles:
    """Weights and intercept, `[f + 1]`, of a logistic regression on shares of success, `[n]` in 0..1."""
    model = LogisticRegression(C=c, max_iter=3000)
    both = np.concatenate([table, table])
    model.fit(
        both, np.repeat([1, 0], len(table)), np.concatenate([weight * success, weight * (1 - success)]) / weight.mean()
    )
    return np.append(model.coef_[0], model.intercept_[0])


def _first_places(
    sources: Sequence[Lessons], ranking: Doubles, evidence: Evidence
) -> tuple[list[list[float]], list[bool], list[bool], list[float]]:
    """Of each lesson the first place's confidence features, whether it is right, whether one could be, its weight."""
    rows: list[list[float]] = []
    right: list[bool] = []
    answerable: list[bool] = []
    weights: list[float] = []
    for source in sources:
        for lesson in source.lessons:
            features, _, is_right = _first_place(lesson, ranking, evidence)
            rows.append([features[name] for name in CONFIDENCE])
            right.append(is_right)
            answerable.append(lesson.answerable)
            weights.append(source.weight / len(source.lessons))
    return rows, right, answerable, weights


def _first_place(lesson: Lesson, ranking: Doubles, evidence: Evidence) -> tuple[dict[str, float], int, bool]:
    """The confidence features of the place that is first, the passage of the pool that won it, whether it is right."""
    considered = lesson.considered
    scores = considered.features.astype(np.float64) @ ranking
    best = best_of_each(lesson.articles, scores, evidence)
    first = best[0][1]
    raw = {name: float(leg[first]) for name, leg in considered.pool.scores.items()}
    combined = [score for _, _, score in best]
    features = confidence_features(0, combined, raw, considered.features[first], considered.understood.message)
    features |= peaks(considered.pool.scores)
    return features, first, bool(lesson.answerable and lesson.grades[first] >= _RIGHT)
