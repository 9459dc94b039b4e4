from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kb.errors import SettingsError
from kb.features import FEATURES
from kb.ranking_model import CONFIDENCE, FILE, FORMAT, confidence_features, load_ranking_model, peaks
from tests.support.weights import make_model

Change = Callable[[dict[str, Any]], object]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    model = make_model({"late_z": 1.25, "later": -0.5}, {"lead": 2.0, "dense": 0.125}, -1.5)
    path = tmp_path / "weights.json"
    path.write_text(model.written(), encoding="utf-8")
    assert load_ranking_model(path) == model


def test_the_file_is_for_people(tmp_path: Path) -> None:
    written = make_model({"late_z": 1 / 3}, {"lead": -2 / 3}, 1e-9).written()
    said = json.loads(written)
    assert list(said) == ["format", "learned_on", "ranking", "evidence", "sections", "confidence", "intercept"]
    assert list(said["ranking"]) == list(FEATURES)
    assert list(said["sections"]) == list(FEATURES)
    assert said["evidence"] == {"best": 1.0, "second": 0.0, "third": 0.0, "count": 0.0}
    assert list(said["confidence"]) == list(CONFIDENCE)
    assert (said["ranking"]["late_z"], said["confidence"]["lead"], said["intercept"]) == (0.33333, -0.66667, 0.0)
    assert said["learned_on"] == ["made by hand"]
    assert written.endswith("}\n")
    path = tmp_path / "weights.json"
    path.write_text(written, encoding="utf-8")
    assert load_ranking_model(path).written() == written


def test_whole_numbers_are_weights_too(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    path.write_text(make_model({"late_z": 1.0}).written().replace("1.0", "1"), encoding="utf-8")
    assert load_ranking_model(path).written() == make_model({"late_z": 1.0}).written()


def test_the_vector_has_the_order_of_the_features() -> None:
    vector = make_model({name: float(place) for place, name in enumerate(FEATURES)}).vector
    assert vector.tolist() == list(range(len(FEATURES)))
    assert vector.dtype == np.float32


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        # -1 + 2 lead + 0.5 late
        ({}, 1 / (1 + math.e)),
        ({"lead": 0.5}, 0.5),
        ({"lead": 1.0, "late": 2.0}, 1 / (1 + math.exp(-2))),
        ({"words": 9.0}, 1 / (1 + math.e)),
        # Far out it is all but sure, and never an overflow.
        ({"lead": 1e9}, 1.0),
        ({"lead": -1e9}, 0.0),
    ],
)
def test_probability_by_hand(features: dict[str, float], expected: float) -> None:
    model = make_model(confidence={"lead": 2.0, "late": 0.5}, intercept=-1.0)
    assert model.probability(dict.fromkeys(CONFIDENCE, 0.0) | features) == pytest.approx(expected, abs=1e-12)


def _lacking(said: dict[str, Any]) -> None:
    del said["ranking"]["late_z"]


def _with(part: str, name: str, value: object) -> Change:
    def change(said: dict[str, Any]) -> None:
        said[part][name] = value

    return change


def _set(name: str, value: object) -> Change:
    return lambda said: said.update({name: value})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_set("format", FORMAT + 1), f"format {FORMAT + 1}, this program reads {FORMAT}; run `kb eval learn`"),
        (_set("format", None), "format None"),
        # Another format may have other parts: it is named before they are missed.
        (lambda said: (said.pop("intercept"), said.update(format=9)), "format 9"),
        (lambda said: said.pop("format"), "cannot be read as ranking weights .'format'"),
        (lambda said: said.pop("intercept"), "cannot be read as ranking weights .'intercept'.; run `kb eval learn`"),
        (lambda said: said.pop("learned_on"), "'learned_on'"),
        (_lacking, "`ranking` and this program differ in late_z; run `kb eval learn`"),
        (_with("ranking", "colour", 1.0), "`ranking` and this program differ in colour;"),
        (_with("confidence", "colour", 1.0), "`confidence` and this program differ in colour;"),
        (_with("ranking", "late_z", "much"), "cannot be read as ranking weights .*much"),
        (_with("sections", "colour", 1.0), "`sections` and this program differ in colour;"),
        (lambda said: said["evidence"].pop("count"), "cannot be read as ranking weights .'count'"),
        (_with("evidence", "best", float("nan")), "best is nan"),
        (_with("ranking", "late_z", None), "cannot be read as ranking weights"),
        (_with("ranking", "late_z", float("nan")), "late_z is nan"),
        (_with("confidence", "lead", float("inf")), "lead is inf"),
        (_set("intercept", float("-inf")), "intercept is -inf"),
        (_set("ranking", list(FEATURES)), "cannot be read as ranking weights"),
        (_set("confidence", None), "cannot be read as ranking weights"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name(tmp_path: Path, change: Change, message: str) -> None:
    said = json.loads(make_model().written())
    change(said)
    path = tmp_path / "weights.json"
    path.write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(SettingsError, match=message) as caught:
        load_ranking_model(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"\xff\xfe", b"null"])
def test_a_file_that_is_no_such_thing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.json"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"weights\.json: cannot be read as ranking weights"):
        load_ranking_model(path)


def test_a_missing_file_is_looked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    with pytest.raises(SettingsError, match=r"weights\.json: cannot be read .*No such file.*run `kb eval learn`"):
        load_ranking_model(path)
    path.write_text(make_model().written(), encoding="utf-8")
    assert load_ranking_model(path) == make_model()


def test_the_packaged_weights() -> None:
    model = load_ranking_model()
    assert model.learned_on
    assert np.isfinite(model.vector).all()
    assert model.vector.any()
    assert any(model.confidence.values())
    # Nothing that a formatter or a hand changed: `kb eval learn` would write the same bytes.
    assert FILE.read_text(encoding="utf-8") == model.written()


def features_of(**values: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.array([values.get(name, 0.0) for name in FEATURES], dtype=np.float32)


def test_confidence_features_by_hand() -> None:
    found = confidence_features(
        0,
        [5.0, 3.0, 2.0, 1.0],
        {"late": 0.9, "weak": 0.4, "dense": 0.8, "chars": math.e - 1, "words": 0.0, "sounds": 7.0},
        features_of(
            body_share=0.5, weak_gap=-3.0, title_share=0.6, late_z=2.0, code_here=1.0, length=0.75, dense_z=9.0
        ),
        "七个字的一句话",
    )
    assert set(found) | set(peaks({})) == set(CONFIDENCE)
    told = {name: value for name, value in found.items() if value}
    assert told == pytest.approx(
        {
            "lead": 2.0,
            "lead_over_five": 3.0,  # 5 - (3 + 2 + 1) / 3
            "score": 5.0,
            "late": 9.0,
            "weak": 4.0,
            "dense": 8.0,
            "chars": 1.0,
            "length": math.log(8),  # of the message, not of the passage
            "body_share": 0.5,
            "title_share": 0.6,
            "weak_gap": -3.0,
            "code_here": 1.0,
            "late_z": 2.0,
        }
    )


@pytest.mark.parametrize(
    ("place", "combined", "lead", "over_five"),
    [
        (0, [5.0, 3.0], 2.0, 2.0),
        # A lower place lies behind the first.
        (1, [5.0, 3.0, 1.0], -2.0, 0.0),
        (0, [5.0, 5.0], 0.0, 0.0),
        # Alone it leads by three.
        (0, [4.0], 3.0, 3.0),
        # The sixth and later rivals count no more: 9 - (5 + 4 + 3 + 2 + 1) / 5.
        (0, [9.0, 5.0, 4.0, 3.0, 2.0, 1.0, -50.0], 4.0, 6.0),
        # 3 - (9 + 5 + 4 + 2 + 1) / 5
        (3, [9.0, 5.0, 4.0, 3.0, 2.0, 1.0, -50.0], -6.0, -1.2),
    ],
)
def test_the_lead_is_over_the_others(place: int, combined: list[float], lead: float, over_five: float) -> None:
    found = confidence_features(place, combined, {}, features_of(), "")
    assert (found["lead"], found["lead_over_five"]) == pytest.approx((lead, over_five))
    assert found["score"] == combined[place]


def test_scores_below_nought_and_legs_that_are_missing_count_nothing() -> None:
    found = confidence_features(0, [1.0], {"chars": -3.0}, features_of(), "")
    assert [found[name] for name in ("late", "dense", "chars", "words", "length")] == [0, 0, 0, 0, 0]


def test_peaks_by_hand() -> None:
    late = np.array([0.5, 0.9, 0.4, 0.3, 0.6, 0.2], dtype=np.float32)
    found = peaks({"late": late})
    # 0.9 above the mean of 0.6, 0.5, 0.4, 0.3 and 0.2; nothing stands below the tenth.
    assert found["late_peak"] == pytest.approx((0.9 - 0.4) * 20, rel=1e-5)
    assert found["late_over_rest"] == 0
    assert found["weak_peak"] == found["dense_peak"] == 0
    eleven = np.array([0.9, *[0.5] * 9, 0.1], dtype=np.float32)
    assert peaks({"weak": eleven})["weak_over_rest"] == pytest.approx((0.9 - 0.1) * 20, rel=1e-5)
