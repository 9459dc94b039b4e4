from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from eval.cli import app
from eval.errors import EvaluationError
from eval.learn import Lesson, Lessons, learn, prepare, success_at_1
from eval.learning_table import show_learning
from eval.question_set import Relevant
from indexer.workspace import Workspace
from kb.assistant import Assistant
from kb.considered import Considered
from kb.encoder import Floats, TokenVectors
from kb.features import FEATURES
from kb.leg import Query
from kb.ranking import Pool, Scope
from kb.ranking_model import CONFIDENCE, RankingModel, confidence_features, load_ranking_model, peaks
from kb.understanding import Understanding
from tests.support.articles import article_text, make_article, write_library
from tests.support.library import make_assistant, small_library
from tests.support.records import make_question
from tests.support.toy_encoder import ToyEncoder

LEGS = ("dense", "late", "chars", "words", "sounds")


def lesson(
    grades: Sequence[int],
    features: Mapping[str, Sequence[float]],
    *,
    articles: Sequence[int] | None = None,
    marked: Sequence[bool] | None = None,
    late: float = 0.9,
    answerable: bool = True,
) -> Lesson:
    """Passages by their grades, each its own article unless said; features not named are 0. late: raw, of all."""
    count = len(grades)
    table = np.zeros((count, len(FEATURES)), np.float32)
    for name, values in features.items():
        table[:, FEATURES.index(name)] = values
    scores = {leg: np.full(count, late if leg == "late" else 0.5, np.float32) for leg in LEGS}
    none = TokenVectors(np.empty((0, 2), np.float32), np.empty((0, 2), np.int32))
    considered = Considered(
        Understanding("能退吗", "能退吗", (), (), frozenset()),
        Query("能退吗", np.zeros(2, np.float32), none),
        Scope(np.ones(count, np.bool_), np.ones(count, np.bool_)),
        Pool(np.arange(count, dtype=np.int64), scores),
        table,
    )
    return Lesson(
        considered,
        np.array(range(count) if articles is None else articles, np.int64),
        np.array(grades, np.int64),
        np.array([True] * count if marked is None else marked, np.bool_),
        np.array([True] * count if marked is None else marked, np.bool_),
        np.ones(count, np.bool_),
        answerable,
    )


def decided_by(name: str, sign: float = 1.0, count: int = 12, seed: int = 0) -> list[Lesson]:
    """Three passages, one right: it has more of one feature (or less), and the others look better to late_z."""
    draw = np.random.default_rng(seed)
    made = []
    for number in range(count):
        right = number % 3
        grades = [3 if place == right else 0 for place in range(3)]
        deciding = [sign * (draw.uniform(0.6, 1) if grade else draw.uniform(0, 0.4)) for grade in grades]
        made.append(lesson(grades, {name: deciding, "late_z": draw.normal(0, 1, 3).tolist()}))
    return made


def unanswerable(count: int = 6, late: float = 0.5) -> list[Lesson]:
    return [lesson([0, 0], {"late_z": [1, 0]}, late=late, answerable=False) for _ in range(count)]


def source(lessons: Sequence[Lesson], weight: float = 1.0, name: str = "hand") -> Lessons:
    return Lessons(name, weight, lessons)


def served(model: RankingModel, considered: Considered) -> Floats:
    scores: Floats = considered.features @ model.vector
    return scores


def late_z(considered: Considered) -> Floats:
    scores: Floats = considered.features[:, FEATURES.index("late_z")]
    return scores


@pytest.mark.parametrize(("name", "sign"), [("keyword", 1.0), ("not_question", -1.0), ("length", 1.0)])
def test_the_feature_that_decides_gets_its_sign(name: str, sign: float) -> None:
    lessons = decided_by(name, sign)

    model = learn([source([*lessons, *unanswerable()])])

    assert model.ranking[name] * sign > 0.5
    assert success_at_1(lessons, late_z) < 1
    assert success_at_1(lessons, lambda considered: served(model, considered)) == 1.0
    fresh = decided_by(name, sign, seed=7)
    assert success_at_1(fresh, lambda considered: served(model, considered)) > success_at_1(fresh, late_z)


def test_a_feature_that_tells_nothing_keeps_its_prior() -> None:
    model = learn([source([*decided_by("keyword"), *unanswerable()])])

    told = {name: weight for name, weight in model.ranking.items() if weight and name not in ("keyword", "late_z")}
    sums = {"dense_z": 0.5, "chars_z": 0.7, "question_same": 2.0}
    case = {"product_given": 1.0, "channel_own": 1.5, "channel_unasked": -1.5, "is_playbook": -0.3}
    assert told == pytest.approx(sums | case)


@pytest.mark.parametrize(("name", "sign"), [("keyword", -1.0), ("body_share", -1.0), ("not_question", 1.0)])
def test_evidence_never_counts_against_an_answer_nor_counter_evidence_for_it(name: str, sign: float) -> None:
    model = learn([source([*decided_by(name, sign), *unanswerable()])])

    assert model.ranking[name] == pytest.approx(0, abs=1e-6)


def test_the_same_lessons_give_the_same_weights() -> None:
    lessons = [*decided_by("keyword"), *unanswerable()]

    assert learn([source(lessons)]).written() == learn([source(lessons)]).written()


def test_what_is_learned_is_a_file_that_the_ranking_reads(tmp_path: Path) -> None:
    lessons = [*decided_by("keyword"), *unanswerable()]
    model = learn([source(lessons, 3.0, "shop")])
    (tmp_path / "model.json").write_text(model.written(), encoding="utf-8")

    read = load_ranking_model(tmp_path / "model.json")

    assert read.learned_on == ("shop (18 questions, weight 3)",)
    np.testing.assert_allclose(read.vector, model.vector, atol=1e-5)
    assert set(read.confidence) == set(CONFIDENCE)


def test_a_set_counts_by_its_weight_not_by_its_size() -> None:
    more, less = decided_by("length"), decided_by("length", -1.0)

    def length(some: Sequence[Lesson], one: float, others: Sequence[Lesson], two: float) -> float:
        model = learn([source([*some, *unanswerable()], one), source([*others, *unanswerable()], two)])
        return model.ranking["length"]

    assert length(more, 3, less, 1) > 0.2
    assert length(more, 1, less, 3) < -0.2
    assert length(more, 3, less * 9, 1) > 0.2
    assert length(more, 1, less * 9, 1) == pytest.approx(0, abs=1e-3)


def sureness(model: RankingModel, one: Lesson) -> float:
    """The confidence of the best place, as it is served."""
    considered = one.considered
    scores = served(model, considered)
    best = np.argsort(-scores, kind="stable")
    raw = {name: float(values[best[0]]) for name, values in considered.pool.scores.items()}
    features = confidence_features(0, [float(scores[p]) for p in best], raw, considered.features[best[0]], "能退吗")
    features |= peaks(considered.pool.scores)
    return model.probability(features)


def test_the_confidence_is_learned_where_some_questions_have_no_answer() -> None:
    """From a set that answers everything nobody learns when to say none: its late scores here would mislead."""
    lessons = decided_by("keyword")
    none = [
        lesson([0, 0], {"keyword": [1, 0], "late_z": [1, 0]}, late=0.7 - 0.01 * n, answerable=False) for n in range(12)
    ]
    misleading = [lesson([3, 0], {"keyword": [1, 0]}, late=0.1) for _ in range(50)]

    alone = learn([source([*lessons, *none])])
    beside = learn([source([*lessons, *none]), source(misleading)])

    assert alone.confidence["late"] > 0
    assert beside.confidence["late"] > 0
    assert min(sureness(alone, one) for one in lessons) > max(sureness(alone, one) for one in none)


def test_an_unanswerable_question_teaches_the_confidence_alone() -> None:
    lessons = decided_by("keyword")
    # As above, had it been answerable: less of the keyword would be better.
    misleading = [replace(one, answerable=False) for one in decided_by("keyword", -1.0, 40)]

    one, other = learn([source([*lessons, *unanswerable()])]), learn([source([*lessons, *misleading])])

    assert one.ranking == other.ranking
    assert one.confidence != other.confidence


def test_half_an_answer_ranks_first_where_it_is_the_best_and_is_right_from_grade_two() -> None:
    def graded(grade: int) -> list[Lesson]:
        return [replace(one, grades=np.where(one.grades > 0, grade, 0)) for one in decided_by("keyword")]

    for grade in (1, 2):
        assert learn([source([*decided_by("keyword"), *graded(grade), *unanswerable()])]).ranking["keyword"] > 0.5
    assert learn([source([*graded(2), *unanswerable()])]).confidence
    with pytest.raises(EvaluationError, match="the first place is right for all questions or for none"):
        learn([source([*graded(1), *unanswerable()])])


def test_the_passage_under_the_named_heading_is_the_one_to_learn() -> None:
    # Two passages of the right article: late_z prefers the one that is not under the heading.
    draw = np.random.default_rng(0)

    def made(marked: Sequence[bool]) -> list[Lesson]:
        return [
            lesson(
                [3, 3, 0],
                {"late_z": [2, 1, draw.normal(0, 0.5)], "is_table": [0, draw.uniform(0, 1), 0]},
                articles=[0, 0, 1],
                marked=marked,
            )
            for _ in range(12)
        ]

    under = learn([source([*made([False, True, True]), *unanswerable()])])
    anywhere = learn([source([*made([True, True, True]), *unanswerable()])])

    assert under.ranking["is_table"] > 0.1
    assert under.ranking["is_table"] > anywhere.ranking["is_table"] + 0.1


def test_the_section_that_the_label_names_is_put_above_its_sisters() -> None:
    # One article alone: without its other sections there is nothing to tell apart.
    def made(shown: bool) -> list[Lesson]:
        one = lesson([3, 3], {"is_table": [1, 0]}, articles=[0, 0], marked=[True, False])
        return [replace(one, shown=np.array([True, shown], np.bool_)) for _ in range(12)]

    found = learn([source([*made(shown=True), *decided_by("keyword"), *unanswerable()])])
    unseen = learn([source([*made(shown=False), *decided_by("keyword"), *unanswerable()])])

    assert found.ranking["is_table"] > 0.1
    assert abs(unseen.ranking["is_table"]) < 0.01
    assert found.sections["is_table"] > 0.1
    # Where no label tells one section from another, the ranking's weights choose.
    assert unseen.sections == unseen.ranking


def test_several_sections_that_speak_of_it_are_learned_as_evidence() -> None:
    # The right article has two good passages, its rival one that is a little better.
    one = lesson([3, 3, 0], {"late_z": [1.0, 0.9, 1.1]}, articles=[0, 0, 1])
    alone = lesson([3, 0, 0], {"late_z": [1.1, 1.0, 0.9]}, articles=[0, 1, 1])

    def gained(lessons: list[Lesson]) -> float:
        evidence = learn([source([*lessons, *decided_by("keyword"), *unanswerable()])]).evidence
        return evidence.score([1.0, 0.9]) - evidence.score([1.0])

    assert gained([one] * 12) > gained([alone] * 12) + 0.1


def test_nothing_to_learn_from_is_said() -> None:
    for sources in ([], [source(unanswerable())], [source([lesson([3], {"keyword": [1]})])]):
        with pytest.raises(EvaluationError, match="nothing to learn the ranking from: no question has"):
            learn(sources)
    with pytest.raises(EvaluationError, match="the first place is right for all questions or for none"):
        learn([source(decided_by("keyword"))])


def test_success_counts_the_answerable_ones() -> None:
    right = lesson([0, 1], {"late_z": [0, 1]})
    wrong = lesson([0, 3], {"late_z": [1, 0]})
    beside = [replace(right, answerable=False)]

    assert success_at_1([right, wrong, right, *beside], late_z) == pytest.approx(2 / 3)
    assert np.isnan(success_at_1(beside, late_z))


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return make_assistant(small_library(), tmp_path_factory.mktemp("var"))


def test_each_question_is_a_lesson(assistant: Assistant) -> None:
    questions = (
        make_question("freight", {"return-new": 3, "refund": 2}, text="退货的运费"),
        make_question("none", text="电饭煲", answerable=False),
    )
    told: list[tuple[int, int]] = []

    lessons = prepare(assistant, questions, lambda *seen: told.append(seen[1:]))

    assert [one.answerable for one in lessons] == [True, False]
    assert told == [(1, 2), (2, 2)]
    for one in lessons:
        ordinals = one.considered.pool.ordinals
        assert one.considered.features.shape == (len(ordinals), len(FEATURES))
        np.testing.assert_array_equal(one.articles, assistant.index.article_of[ordinals])
    shown, other = (
        {assistant.index.articles[a].id: int(grade) for a, grade in zip(one.articles, one.grades, strict=True)}
        for one in lessons
    )
    assert (shown["return-new"], shown["refund"], shown["washer"]) == (3, 2, 0)
    assert set(other.values()) == {0}


def test_passages_are_marked_by_the_heading_that_a_label_names(tmp_path: Path) -> None:
    articles = [
        make_article("rule", "退货规则", "## 运费\n\n退货的运费我们出。\n\n## 期限\n\n退货要在七天内。"),
        make_article("washer", "洗衣机", "洗衣机退货要拆。"),
    ]
    assistant = make_assistant(articles, tmp_path)

    def marked(heading: str | None) -> set[tuple[str, tuple[str, ...]]]:
        question = replace(make_question("q", text="退货"), relevant=(Relevant("rule", heading),))
        one = prepare(assistant, [question])[0]
        passages = [assistant.index.passages[o] for o in one.considered.pool.ordinals]
        assert len(passages) == 3
        return {(p.article, p.headings) for p, mark in zip(passages, one.marked, strict=True) if mark}

    assert marked("期限") == {("rule", ("期限",))}
    assert marked(None) == marked("退货规则") == {("rule", ("期限",)), ("rule", ("运费",))}
    assert marked("没有") == set()


def test_the_table_shows_each_half_and_the_weights() -> None:
    lessons = decided_by("keyword")
    model = learn([source([*lessons, *unanswerable()])])
    console = Console(width=160, record=True)

    with console.capture() as shown:
        show_learning(console, model, {"learn": [source(lessons)], "test": [source(unanswerable())]})

    lines = shown.get().splitlines()
    (learned,) = (line for line in lines if "hand" in line and "learn" in line)
    (tested,) = (line for line in lines if "hand" in line and "test" in line)
    assert learned.split("│")[-2].strip() == "1.000"
    assert learned.split("│")[3].strip() == "12"
    assert tested.split("│")[3].strip() == "0"
    assert tested.split("│")[-2].strip() == "nan"
    weights = [line.split()[0] for line in lines if line[:1].isalpha() and line.split()[0] in FEATURES]
    assert weights == sorted(FEATURES, key=lambda name: -abs(model.ranking[name]))
    assert len(weights) == len(FEATURES)


def test_the_command_learns_writes_and_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workspace, "model", SimpleNamespace(card=SimpleNamespace(agreement=None)))
    monkeypatch.setattr(Workspace, "encoder", ToyEncoder())
    monkeypatch.setenv("COLUMNS", "200")
    words = ("退货", "运费", "洗衣机", "电饭煲", "发票", "优惠", "手环", "快递")
    names = [f"a{number}" for number in range(len(words))]
    write_library(
        tmp_path / "articles",
        **{name: article_text(word, f"这里说{word}。") for name, word in zip(names, words, strict=True)},
    )
    asked: list[dict[str, object]] = [
        {"id": f"{name}-{n}", "question": f"{word}{'怎么' * n}办", "relevant": [{"article": name}]}
        for name, word in zip(names, words, strict=True)
        for n in (1, 2)
    ]
    asked += [{"id": f"none-{n}", "question": f"退货{'哪' * n}", "answerable": False} for n in range(1, 9)]
    (tmp_path / "shop.jsonl").write_text("".join(json.dumps(line) + "\n" for line in asked), encoding="utf-8")
    to = tmp_path / "weights.json"
    subject = ["--library", tmp_path / "articles", "--set", tmp_path / "shop.jsonl", "--var", tmp_path / "var"]

    result = CliRunner().invoke(app, ["learn", *map(str, subject), "--to", str(to)])

    assert result.exit_code == 0, result.output
    (said,) = load_ranking_model(to).learned_on
    assert said.startswith("shop (")
    assert said.endswith("questions, weight 3)")
    assert int(said.removeprefix("shop (").split()[0]) < len(asked)
    assert "learned" in result.output
