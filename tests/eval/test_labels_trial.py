from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from eval.compare import WHOLE, Comparison, Difference, Word
from eval.errors import EvaluationError
from eval.labels_command import show_trial
from eval.labels_trial import Effect, Trial, Tried, try_labels, usable
from eval.question_set import LabelledQuestion, Relevant
from eval.split import half
from kb.assistant import Assistant, AssistantSettings
from kb.ranking_model import load_ranking_model
from tests.support.articles import make_article
from tests.support.library import make_assistant

WORDS = ("发票", "手环", "奶粉", "酒店", "课程", "猫粮", "窗帘", "话费", "面霜", "打印机", "电饭煲", "羽绒服")


def asked(number: int, article: str, text: str) -> LabelledQuestion:
    return LabelledQuestion(f"q{number}", text, relevant=(Relevant(article),))


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """A shop of twelve articles, each with two questions, and four questions without an answer."""
    articles = [make_article(f"a{n}", f"{word}说明", f"{word}的规则在这里。") for n, word in enumerate(WORDS)]
    made = make_assistant(articles, tmp_path_factory.mktemp("shop"))
    questions = [asked(n, f"a{n}", f"{word}怎么弄") for n, word in enumerate(WORDS)]
    questions += [asked(n + 50, f"a{n}", f"{word}的规则") for n, word in enumerate(WORDS)]
    questions += [LabelledQuestion(f"none{n}", f"没有的东西{n}", answerable=False) for n in range(8)]

    def make(settings: AssistantSettings | None = None) -> Assistant:
        by = settings or replace(made.settings, model=load_ranking_model())
        return Assistant(made.index, made.encoder, by)

    return Tried("shop", 3.0, make, questions)


def of(wanted: str, questions: Sequence[LabelledQuestion]) -> list[LabelledQuestion]:
    return [question for question in questions if half(question) == wanted]


def test_nothing_of_a_test_half_is_learned_from(tried: Tried) -> None:
    learn, test = of("learn", tried.questions)[0], of("test", tried.questions)[0]
    other = next(f"a{n}" for n in range(99) if half(asked(0, f"a{n}", "x")) == "learn")
    # A label of a test question's words, told of an article of the learn half.
    copied = asked(2, other, f" {test.text}？ ")
    assert usable([learn, test, copied], [tried]) == [learn]
    with pytest.raises(EvaluationError, match="no label may be learned from"):
        try_labels([tried], [test, copied])


def test_both_halves_of_the_trial_by_hand(tried: Tried) -> None:
    good = [
        asked(n + 200, x.relevant[0].article, f"{x.text}啊")
        for n, x in enumerate(of("learn", tried.questions))
        if x.answerable
    ]
    found = try_labels([tried], [*good, of("test", tried.questions)[0]])
    assert (found.used, found.left_out) == (len(good), 1)
    assert found.model.learned_on[-1] == f"labels ({len(good)} questions, weight 1)"
    (effect,) = found.effects
    assert effect.of_labels.n == len(of("test", tried.questions))
    # Labels that say what the set says change nothing for the worse.
    assert found.harms == []


def difference(measure: str, before: float, after: float, p: float, word: Word) -> Difference:
    return Difference(WHOLE, measure, 100, before, after, p, word)


def trial(*differences: Difference) -> Trial:
    none = Comparison(100, 0, 0, (), (), ())
    return Trial(load_ranking_model(), 7, 2, (Effect("shop", replace(none, differences=differences), none),))


@pytest.mark.parametrize(
    ("found", "harm"),
    [
        (difference("success@1", 0.76, 0.74, 0.3, "not shown"), "which may be chance"),
        (difference("success@1", 0.76, 0.755, 0.3, "not shown"), None),
        (difference("answer@1", 0.60, 0.50, 0.01, "worse"), "answer@1 0.600 → 0.500 (p 0.010)"),
        (difference("ece", 0.05, 0.09, 0.02, "worse"), "ece 0.050 → 0.090"),
        (difference("none_auroc", 0.80, 0.82, 0.02, "better"), None),
        (difference("forbidden", 0.0, 0.01, 1.0, "not shown"), "forbidden 0.000 → 0.010"),
        (difference("mrr@10", 0.8, 0.5, 0.001, "worse"), None),
    ],
)
def test_harm_is_said(found: Difference, harm: str | None) -> None:
    harms = trial(found).harms
    assert (harms == []) if harm is None else (len(harms) == 1 and harm in harms[0])
    shown = io.StringIO()
    show_trial(Console(file=shown, width=200), trial(found), 5)
    assert "7 label(s) learned from; 2 of test halves left out" in shown.getvalue()
    assert ("harm: shop: the labels make" in shown.getvalue()) is (harm is not None)


def test_nothing_is_written_by_a_trial(tried: Tried, tmp_path: Path) -> None:
    before = load_ranking_model()
    good = [
        asked(n + 300, x.relevant[0].article, f"{x.text}呀")
        for n, x in enumerate(of("learn", tried.questions))
        if x.answerable
    ]
    try_labels([tried], good)
    assert load_ranking_model() == before
    assert list(tmp_path.iterdir()) == []
