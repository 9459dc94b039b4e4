from __future__ import annotations

from pathlib import Path

import pytest

from kb.assistant import AssistantSettings
from kb.question import Context, Question
from kb.suggestion import Offer
from kb.why import Weighed, weigh
from tests.support.articles import make_article
from tests.support.library import make_assistant, small_library
from tests.support.weights import make_model


def test_contributions_are_sorted_and_zeros_left_out() -> None:
    weighed = weigh({"a": 2.0, "b": 0.0, "c": 3.0}, {"a": 1.0, "b": 5.0, "c": -1.0})
    assert weighed == (Weighed("c", 3.0, -1.0, -3.0), Weighed("a", 2.0, 1.0, 2.0))


def test_learned_contributions_add_up(tmp_path: Path) -> None:
    model = make_model({"late_z": 1.0, "title_share": 2.0}, {"late": 0.5, "length": -0.25}, 0.5)
    assistant = make_assistant(small_library(), tmp_path, AssistantSettings(model=model))
    first = assistant.suggest(Question("退货的运费", explain=True)).suggestions[0]
    assert first.why is not None
    assert sum(w.contribution for w in first.why.features) == pytest.approx(first.why.scores["sum"], abs=1e-4)
    assert {w.name for w in first.why.confidence} == {"late", "length", "intercept"}
    odds = sum(w.contribution for w in first.why.confidence)
    assert first.confidence == pytest.approx(1 / (1 + 2.718281828**-odds), abs=1e-6)


def test_the_sum_explains_itself(tmp_path: Path) -> None:
    first = make_assistant(small_library(), tmp_path).suggest(Question("退货的运费", explain=True)).suggestions[0]
    assert first.why is not None
    assert sum(w.contribution for w in first.why.features) == pytest.approx(first.why.scores["sum"], abs=1e-4)
    # Late interaction is 1: (1 - 0.86) / 0.015 in log odds.
    assert sum(w.contribution for w in first.why.confidence) == pytest.approx(9.333, abs=1e-3)


def test_what_was_left_out_and_by_which_rule(tmp_path: Path) -> None:
    goods = [make_article(f"p{n}", "手环续航", "手环续航。", "product", products=[f"B{n}"]) for n in (71, 72)]
    assistant = make_assistant([*small_library(), *goods], tmp_path)
    answer = assistant.suggest(Question("退货的运费", explain=True))
    assert [(f.article, f.title, f.reason) for f in answer.filtered] == [
        ("return-old", "退货规则", "ended on 2026-09-01T00:00:00+08:00")
    ]
    assert "return-old" not in {s.source.article for s in answer.suggestions}
    asked = assistant.suggest(Question("B71 手环", explain=True))
    assert ("p72", "another product is named: b71") in [(f.article, f.reason) for f in asked.filtered]
    invoice = assistant.suggest(Question("发票", context=Context(channel="taobao"), explain=True))
    assert ("invoice-jd", "applies to channel jd only") in [(f.article, f.reason) for f in invoice.filtered]
    assert assistant.suggest(Question("退货的运费")).filtered == ()


def test_what_is_offered(tmp_path: Path) -> None:
    assistant = make_assistant([make_article("a", "运费", "运费八元。", owner="物流组")], tmp_path)
    answer = assistant.suggest(Question("运费"))
    assert (answer.offered, answer.lacking, answer.whom_to_ask) == (Offer.ANSWER, (), "")
    nearest = assistant.suggest(Question("手环能游泳吗"))
    assert (nearest.offered, nearest.whom_to_ask) == (Offer.NEAREST, "物流组")
    assert nearest.lacking == ("手环", "游泳")
    empty = make_assistant([], tmp_path / "none").suggest(Question("手环"))
    assert (empty.offered, empty.lacking, empty.whom_to_ask) == (Offer.NONE, (), "")
