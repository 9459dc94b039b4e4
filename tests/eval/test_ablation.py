from __future__ import annotations

from dataclasses import replace

import pytest

from eval.ablation import ablate, variants
from kb.assistant import Assistant, AssistantSettings
from kb.question import Question
from kb.ranking import Weights
from tests.support.library import NOW, build_generation, small_library
from tests.support.records import make_question
from tests.support.toy_encoder import ToyEncoder
from tests.support.weights import make_model

LEGS = ("dense", "chars", "words")
SERVED = AssistantSettings(weights=Weights({"dense": 0.5, "late": 1.0, "chars": 0.7}))


def test_the_variants() -> None:
    found = variants(SERVED, LEGS)
    assert list(found) == [
        "dense",
        "chars",
        "words",
        "late",
        "dense + chars",
        "dense + words",
        "dense + late",
        "chars + words",
        "chars + late",
        "words + late",
        "all",
    ]
    assert found["all"] == SERVED
    # Only what is served ranks by what was learned; a model in a variant would rank it whatever its weights say.
    learned = variants(replace(SERVED, model=make_model()), ("dense", "chars"))
    assert {name for name, settings in learned.items() if settings.model is not None} == {"all"}
    assert learned["sum"] == SERVED
    assert (found["dense"].legs, dict(found["dense"].weights.of)) == (frozenset({"dense"}), {"dense": 1.0})
    assert (found["late"].legs, dict(found["late"].weights.of)) == (None, {"late": 1.0})
    assert found["dense + late"].legs == frozenset({"dense"})
    assert dict(found["dense + words"].weights.of) == {"dense": 0.5, "words": 0.7}
    assert len({settings.config for settings in found.values()}) == len(found)


@pytest.fixture(scope="module")
def assistants(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Assistant]:
    index = build_generation(small_library(), tmp_path_factory.mktemp("var"))
    made = variants(SERVED, [leg.name for leg in index.legs])
    return {name: Assistant(index, ToyEncoder(), settings, lambda: NOW) for name, settings in made.items()}


def test_candidates_come_from_the_named_legs_alone(assistants: dict[str, Assistant]) -> None:
    # No word of the toy encoder: the lexical legs find one article, the dense leg every one in force.
    asked = Question("容量", limit=10, explain=True)
    found = {name: [s.source.article for s in assistants[name].suggest(asked).suggestions] for name in assistants}
    assert found["chars"] == found["chars + words"] == ["washer"]
    assert len(found["dense"]) == len(found["dense + late"]) == len(found["late"]) == 6
    assert found["all"][0] == "washer"


def test_the_sum_holds_the_named_scores_alone(assistants: dict[str, Assistant]) -> None:
    asked = Question("退货的运费", limit=1, explain=True)
    for name in ("dense", "chars", "words"):
        (first,) = assistants[name].suggest(asked).suggestions
        assert first.why is not None
        pool = {s.source.article for s in assistants[name].suggest(Question(asked.text, limit=10)).suggestions}
        # Of one candidate every z-score is 0; else the first has a positive one.
        assert (first.why.scores["sum"] > 0) == (len(pool) > 1)


def test_a_row_a_variant(assistants: dict[str, Assistant]) -> None:
    legs = [leg.name for leg in assistants["all"].index.legs]
    by_settings = {settings.config: name for name, settings in variants(SERVED, legs).items()}
    questions = [
        make_question("a", {"return-new": 3}, text="退货的运费"),
        make_question("b", {"washer": 3}, text="容量"),
    ]
    seen: list[tuple[int, int]] = []
    rows = ablate(
        lambda settings: assistants[by_settings[settings.config]],
        SERVED,
        questions,
        lambda _, done, total: seen.append((done, total)),
    )
    assert [row.name for row in rows] == list(assistants)
    assert rows[-1].legs == tuple(legs)
    by_name = {row.name: row for row in rows}
    assert by_name["chars"].measures["success@1"] == 1.0
    assert by_name["chars"].intervals["success@1"] == (1.0, 1.0)
    assert by_name["dense + late"].legs == ("dense",)
    assert seen[-1] == (2 * len(rows), 2 * len(rows))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
