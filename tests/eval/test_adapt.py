from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from torch import Tensor, nn
from torch.nn import functional
from typer.testing import CliRunner

from eval.adapt import Learner, LowRank, Measured, Plan
from eval.cli import app
from eval.errors import EvaluationError
from eval.pairs_file import Group
from indexer.late import LateStore, quantise
from indexer.model import packaged, prepare
from indexer.model.adaptation import adapted
from kb.encoder import Floats, TokenVectors
from kb.leg import Query
from tests.support import tiny_model

PLAN = Plan(epochs=4, batch=5, first_layer=0, rank=4, learning_rate=0.05, max_tokens=24)
# In the characters of the tiny model: a passage is told by its own ones.
GROUPS = [
    Group("one", "退款", ("退款!", "A退款"), ("退.", "款.")),
    Group("one", "7天", ("7天!", "A7天"), ("7.", "天.")),
    Group("one", "refund", ("refund!",), ("refund 7.",)),
    Group("one", "é.é", ("é!", "éé"), ("A.é",)),
    Group("one", "AAA", ("A!", "AA!"), ("A.",)),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model as a sentence-transformers folder."""
    place = tmp_path_factory.mktemp("tiny")
    tiny_model.write(place / "tiny.bin")
    (place / "tiny").mkdir()
    packaged.rebuild(place / "tiny.bin", place / "tiny")
    return place / "tiny"


@pytest.fixture
def learner(folder: Path) -> Learner:
    return Learner(folder, PLAN)


def loss(learner: Learner) -> float:
    """Over all groups, with the same choice of questions each time."""
    torch.manual_seed(1)
    with torch.no_grad():
        return float(learner._loss(GROUPS, random.Random(1)))  # noqa: S311 (an order, no secret)


def state(learner: Learner) -> dict[str, Tensor]:
    return {name: values.clone() for name, values in learner._model.state_dict().items()}


def test_a_difference_starts_at_nothing_and_is_added_to_its_layer() -> None:
    linear = nn.Linear(2, 2)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 2.0]]))
        linear.bias.copy_(torch.tensor([0.5, 0.0]))
    difference = LowRank(linear, 1).train(mode=False)
    x = torch.tensor([[3.0, 5.0]])

    assert difference(x).tolist() == [[3.5, 10.0]]
    with torch.no_grad():
        difference.a.copy_(torch.tensor([[1.0, 1.0]]))
        difference.b.copy_(torch.tensor([[1.0], [-2.0]]))
    assert difference(x).tolist() == [[3.5 + 8, 10.0 - 16]]


def test_only_the_upper_layers_differ(folder: Path) -> None:
    assert set(Learner(folder, PLAN).differences) == {
        "encoder.layer.0.attention.self.query",
        "encoder.layer.0.attention.self.key",
        "encoder.layer.0.attention.self.value",
        "encoder.layer.0.attention.output.dense",
        "encoder.layer.0.intermediate.dense",
        "encoder.layer.0.output.dense",
    }
    assert Learner(folder, replace(PLAN, first_layer=1)).differences == {}


def test_before_learning_the_model_is_the_base(folder: Path, learner: Learner) -> None:
    from transformers import BertModel

    ids = torch.tensor([[0, 7, 5, 10, 2]])
    base = BertModel.from_pretrained(folder)

    torch.testing.assert_close(learner._model(ids).last_hidden_state, base(ids).last_hidden_state)


def test_the_loss_falls_and_only_the_differences_change(learner: Learner) -> None:
    before, first = state(learner), loss(learner)
    told: list[tuple[int, int]] = []

    measured = learner.learn(GROUPS, lambda *seen: told.append(seen[1:]))

    assert loss(learner) < first - 0.1
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert len(measured) == PLAN.epochs + 1
    after = state(learner)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {f"{name}.{part}" for name in learner.differences for part in "ab"}


def test_the_same_seed_learns_the_same(folder: Path) -> None:
    def learned(seed: int) -> dict[str, Tensor]:
        one = Learner(folder, replace(PLAN, epochs=2, seed=seed))
        one.learn(GROUPS)
        return state(one)

    first, again, other = learned(0), learned(0), learned(1)

    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_what_is_written_merges_to_the_same_outputs(learner: Learner, folder: Path, tmp_path: Path) -> None:
    learner.learn(GROUPS)
    learner.write(tmp_path / "difference.npz")

    weights: dict[str, Floats] = load_file(folder / "model.safetensors")
    merged = adapted(weights, tmp_path / "difference.npz")

    generator = torch.Generator().manual_seed(3)
    learner._model.train(mode=False)
    assert learner.differences
    for name, difference in learner.differences.items():
        x = torch.randn((7, difference.linear.in_features), generator=generator)
        weight, bias = (torch.from_numpy(merged[f"{name}.{part}"]) for part in ("weight", "bias"))
        torch.testing.assert_close(x @ weight.T + bias, difference(x), atol=5e-3, rtol=5e-3)
        assert not np.allclose(merged[f"{name}.weight"], weights[f"{name}.weight"], atol=1e-2)


def test_a_model_rebuilt_with_what_was_learned_encodes_as_it_did(
    learner: Learner, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import BertModel

    learner.learn(GROUPS)
    learner.write(tmp_path / "difference.npz")
    monkeypatch.setattr(packaged, "adapted", functools.partial(adapted, path=tmp_path / "difference.npz"))
    (tmp_path / "model").mkdir()
    packaged.rebuild(folder.parent / "tiny.bin", tmp_path / "model", adapt=True)

    learner._model.train(mode=False)
    ids = torch.tensor([[0, 7, 5, 10, 2]])
    with torch.no_grad():
        models = (BertModel.from_pretrained(tmp_path / "model"), BertModel.from_pretrained(folder), learner._model)
        rebuilt, base, learned = (model(ids).last_hidden_state for model in models)

    torch.testing.assert_close(rebuilt, learned, atol=1e-3, rtol=1e-3)
    assert float((rebuilt - base).abs().max()) > 0.02


VECTORS = {
    "east": [[1.0, 0.0], [0.0, 1.0]],  # the second token does not count
    "north": [[0.0, 1.0]],
    "to the east": [[1.0, 0.0]],
    "to the north": [[0.0, 1.0]],
    "rather east": [[0.6, 0.8]],
    "not north": [[1.0, 0.0]],
    "both": [[1.0, 0.0], [0.0, 1.0]],
}


def by_hand(texts: Sequence[str], _: str) -> tuple[Tensor, Tensor, Tensor]:
    """The VECTORS as tokens, the first of each as the sentence's; of "east" only the first counts."""
    tokens, kept = torch.zeros((len(texts), 2, 2)), torch.zeros((len(texts), 2), dtype=torch.bool)
    for row, text in enumerate(texts):
        vectors = torch.tensor(VECTORS[text])
        tokens[row, : len(vectors)] = vectors
        kept[row, : 1 if text == "east" else len(vectors)] = True
    return tokens[:, 0], tokens, kept


def test_scores_by_hand(learner: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner, "_encode", by_hand)
    asked = ["to the east", "rather east", "both"]

    found = learner._scores(asked, [Group("s", "east", ()), Group("s", "north", ())])

    torch.testing.assert_close(found.late, torch.tensor([[1.0, 0.0], [0.6, 0.8], [0.5, 0.5]]))
    torch.testing.assert_close(found.dense, torch.tensor([[1.0, 0.0], [0.6, 0.8], [1.0, 0.0]]))
    # Of two tokens the one that agrees less; of one, that.
    torch.testing.assert_close(found.weak, torch.tensor([[1.0, 0.0], [0.6, 0.8], [0.0, 0.0]]))


def test_the_weak_score_is_that_of_serving(learner: Learner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(5)
    lengths = {"q1": 1, "q2": 4, "q3": 7, "p1": 3, "p2": 9}
    vectors = {
        name: functional.normalize(torch.randn((length, 4), generator=generator), dim=-1)
        for name, length in lengths.items()
    }

    def encode(texts: Sequence[str], _: str) -> tuple[Tensor, Tensor, Tensor]:
        tokens = nn.utils.rnn.pad_sequence([vectors[text] for text in texts], batch_first=True)
        kept = torch.tensor([[n < lengths[text] for n in range(tokens.shape[1])] for text in texts])
        return tokens[:, 0], tokens, kept

    monkeypatch.setattr(learner, "_encode", encode)
    found = learner._scores(["q1", "q2", "q3"], [Group("s", "p1", ()), Group("s", "p2", ())])

    def as_tokens(name: str) -> TokenVectors:
        return TokenVectors(vectors[name].numpy(), np.zeros((lengths[name], 2), np.int32))

    LateStore.build([quantise(as_tokens("p1")), quantise(as_tokens("p2"))], 4, tmp_path / "late")
    store = LateStore.load(tmp_path / "late")
    for row, name in enumerate(("q1", "q2", "q3")):
        served = store.scores(Query(name, np.zeros(4, np.float32), as_tokens(name)), np.array([0, 1]))
        np.testing.assert_allclose(found.late[row].numpy(), served.mean, atol=0.02)
        np.testing.assert_allclose(found.weak[row].numpy(), served.weak, atol=0.02)


def test_measures_by_hand(learner: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner, "_encode", by_hand)
    groups = [
        Group("s", "east", ("to the east", "to the north"), ("rather east",)),
        Group("s", "north", ("to the north",), ("not north",)),
    ]

    measured = learner.measure(groups)

    # With their own passages: answered 1, 0 and 1, missed 0.6 and 0; of the six pairs four are in order.
    assert measured.first == pytest.approx(2 / 3)
    assert measured.answered_above_near == pytest.approx(4 / 6)


def test_a_near_miss_that_nothing_answers_counts_with_the_best_passage(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learner, "_encode", by_hand)
    asked = Group("s", "east", ("to the east",))
    alone = Group("s", "north", ("to the north",), ("not north",), "题", "", ("not north",))

    # "not north" agrees with the other passage as much as its own question does: not above.
    assert learner.measure([asked, alone]).answered_above_near == 0
    assert learner.measure([asked, replace(alone, unanswered=())]).answered_above_near == 1


def test_the_loss_by_hand(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = replace(
        PLAN, late_temperature=0.5, dense_temperature=1, near_temperature=1, dense_weight=10, near_weight=100
    )
    learner = Learner(folder, plain)
    monkeypatch.setattr(learner, "_encode", by_hand)
    batch = [
        Group("s", "east", ("to the east",), ("rather east",)),
        Group("s", "north", ("to the north",), ("not north",)),
    ]

    def softplus(x: float) -> float:
        return float(np.log(1 + np.exp(x)))

    # Each question has 1 with its own passage and 0 with the other; the near misses have 0.6 and 0 with theirs.
    # Apart from all near misses of the batch and, once more, from those of the same passage.
    late, dense, near = softplus(-2), softplus(-1), softplus(0.6 - 1) + softplus(0 - 1)
    found = learner._loss(batch, random.Random(0))  # noqa: S311 (an order, no secret)
    assert float(found) == pytest.approx(late + 10 * dense + 100 * near, rel=1e-5)
    alone = [replace(group, near_misses=()) for group in batch]
    found = learner._loss(alone, random.Random(0))  # noqa: S311 (an order, no secret)
    assert float(found) == pytest.approx(late + 10 * dense, rel=1e-5)


def test_nothing_held_out_is_no_number(learner: Learner) -> None:
    measured = learner.measure([])

    assert np.isnan([measured.first, measured.answered_above_near]).all()


def test_what_is_held_out_is_never_learned(learner: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    groups = [Group("s", f"near{n}", ("q",), ("n",), f"near{n}") for n in range(40)]
    others = [Group("t", f"plain{n}", ("q",)) for n in range(8)]
    measured: list[set[str]] = []
    learned: set[str] = set()

    def measure(held: Sequence[Group]) -> Measured:
        measured.append({group.passage for group in held})
        return Measured(0.5, 0.5)

    def one_loss(batch: Sequence[Group], _: random.Random) -> Tensor:
        learned.update(group.passage for group in batch)
        assert len({group.source for group in batch}) == 1
        return torch.stack([d.b.sum() for d in learner.differences.values()]).sum()

    monkeypatch.setattr(learner, "measure", measure)
    monkeypatch.setattr(learner, "_loss", one_loss)

    learner.learn([*groups, *others])

    held = {g.passage for g in groups if g.held_out}
    assert 2 <= len(held) <= 15
    assert measured == [held] * (PLAN.epochs + 1)
    assert not learned & held
    # Batches of five, the last of a source of fewer than four left: which those are changes.
    assert len({name for name in learned if name.startswith("near")}) > len(groups) - len(held) - 4
    assert len({name for name in learned if name.startswith("plain")}) > 5


def test_an_articles_passages_stay_in_one_batch(learner: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    titles = [f"题{n}" for n in range(30) if not Group("s", "", (), (), f"题{n}").held_out][:12]
    groups = [Group("s", f"{title}{part}", ("q",), (), title) for title in titles for part in range(3)]
    batches: list[list[str]] = []

    def one_loss(batch: Sequence[Group], _: random.Random) -> Tensor:
        batches.append([group.title for group in batch])
        return torch.stack([d.b.sum() for d in learner.differences.values()]).sum()

    monkeypatch.setattr(learner, "_loss", one_loss)

    learner.learn(groups)

    assert {len(batch) for batch in batches} == {6}
    assert all(batch.count(title) == 3 for batch in batches for title in batch)


def test_too_few_groups_are_refused(learner: Learner) -> None:
    with pytest.raises(EvaluationError, match="no file or folder has 4 groups"):
        learner.learn([*GROUPS[:3], *(replace(group, source="two") for group in GROUPS[:3])])


def test_the_command_writes_a_difference_and_says_how_it_went(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "unpack_base", lambda *_: folder)
    monkeypatch.setattr("eval.adapt.Plan", lambda epochs: replace(PLAN, epochs=epochs))
    lines = [
        f'{{"domain": "d", "title": "退款{n}", "passage": "7天 {n}", "questions": ["A{n}!"], "near_misses": ["é{n}"]}}'
        for n in range(6)
    ]
    (tmp_path / "pairs").mkdir()
    (tmp_path / "pairs" / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    to = tmp_path / "difference"

    result = CliRunner().invoke(app, ["adapt", "--pairs", str(tmp_path / "pairs"), "--epochs", "1", "--to", str(to)])

    assert result.exit_code == 0, result.output
    assert "6 groups" in result.output
    assert "1: passage first" in result.output
    with np.load(to) as written:
        assert len(written.files) == 12
        assert {array.dtype for array in written.values()} == {np.dtype(np.float16)}


def test_learning_goes_on_from_what_was_written(learner: Learner, folder: Path, tmp_path: Path) -> None:
    learner.learn(GROUPS)
    learner.write(tmp_path / "before.npz")

    wider = Learner(folder, replace(PLAN, rank=PLAN.rank + 2, seed=1))
    wider.go_on_from(tmp_path / "before.npz")

    ids = torch.tensor([[0, 7, 5, 10, 2]])
    for one in (learner, wider):
        one._model.train(mode=False)
    with torch.no_grad():
        outputs = [one._model(ids).last_hidden_state for one in (learner, wider)]
    torch.testing.assert_close(outputs[1], outputs[0], atol=5e-3, rtol=5e-3)
    with pytest.raises(EvaluationError, match=r"before\.npz: has rank 4, more than 3"):
        Learner(folder, replace(PLAN, rank=3)).go_on_from(tmp_path / "before.npz")


def test_going_on_from_a_difference_to_fewer_layers(learner: Learner, folder: Path, tmp_path: Path) -> None:
    learner.learn(GROUPS)
    learner.write(tmp_path / "before.npz")
    with np.load(tmp_path / "before.npz") as before:
        known = {name: array for name, array in before.items() if ".attention." in name}
    np.savez(tmp_path / "fewer.npz", **known)
    other = Learner(folder, PLAN)
    other.go_on_from(tmp_path / "fewer.npz")
    for name, difference in other.differences.items():
        assert bool(difference.b.any()) == (".attention." in name)
    np.savez(tmp_path / "foreign.npz", np.zeros((1, 1)))
    with pytest.raises(EvaluationError, match=r"foreign\.npz: is a difference to other layers"):
        other.go_on_from(tmp_path / "foreign.npz")
