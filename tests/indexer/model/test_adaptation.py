from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from indexer.model import adaptation, packaged, prepare
from indexer.model.adaptation import adapted, fingerprint
from indexer.model.e5s1 import read
from kb.encoder import Floats
from kb.errors import ModelError
from tests.support import tiny_model

NAME = "encoder.layer.0.intermediate.dense"


def rows(*values: list[float]) -> Floats:
    return np.array(values, dtype=np.float32)


def write(path: Path, name: str, right: Floats, left: Floats) -> Path:
    arrays = {f"{name}.a": right.astype(np.float16), f"{name}.b": left.astype(np.float16)}
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


@pytest.fixture
def difference(tmp_path: Path) -> Path:
    """Rank 1: b @ a is [[2, 4, 6], [-1, -2, -3]]."""
    return write(tmp_path / "small.npz", "up", rows([1, 2, 3]), rows([2], [-1]))


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.bin"
    tiny_model.write(path)
    return path


@pytest.fixture
def tiny_difference(tmp_path: Path) -> Path:
    """Adds 0.5 to the first row and column of one layer of the tiny model."""
    right, left = np.eye(1, tiny_model.WIDTH), 0.5 * np.eye(tiny_model.WIDE, 1)
    return write(tmp_path / "tiny.npz", NAME, right.astype(np.float32), left.astype(np.float32))


def test_the_difference_is_added_to_its_layer_alone(difference: Path) -> None:
    weights = {"up.weight": rows([1, 1, 1], [0, 0, 0.5]), "up.bias": rows([7])[0], "down.weight": rows([3])}

    merged = adapted(weights, difference)

    np.testing.assert_array_equal(merged["up.weight"], [[3, 5, 7], [-1, -2, -2.5]])
    assert merged["up.weight"].dtype == np.float32
    assert set(merged) == set(weights)
    assert merged["up.bias"] is weights["up.bias"]
    assert merged["down.weight"] is weights["down.weight"]
    np.testing.assert_array_equal(weights["up.weight"], [[1, 1, 1], [0, 0, 0.5]])


def test_ranks_add_up(tmp_path: Path) -> None:
    # [[1, 10]] @ [[1, 0], [0, 1]] = [[1, 10]]
    path = write(tmp_path / "two.npz", "up", rows([1, 0], [0, 1]), rows([1, 10]))

    np.testing.assert_array_equal(adapted({"up.weight": rows([0.5, 0.5])}, path)["up.weight"], [[1.5, 10.5]])


def test_a_layer_that_the_model_lacks_is_named(difference: Path) -> None:
    with pytest.raises(
        ModelError, match=r"small\.npz: the difference for up has shape \(2, 3\), the model has no such"
    ):
        adapted({"down.weight": rows([1, 1, 1], [1, 1, 1])}, difference)


def test_a_layer_of_another_shape_is_named_with_both(difference: Path) -> None:
    with pytest.raises(ModelError, match=r"for up has shape \(2, 3\), the model has shape \(3, 2\)"):
        adapted({"up.weight": rows([1, 1], [1, 1], [1, 1])}, difference)


def test_the_fingerprint_is_the_files(difference: Path) -> None:
    first = fingerprint(difference)
    assert first == hashlib.sha256(difference.read_bytes()).hexdigest()

    write(difference, "up", rows([1, 2, 3]), rows([2], [-2]))
    assert fingerprint(difference) != first


def test_the_same_difference_is_the_same_file(difference: Path, tmp_path: Path) -> None:
    again = write(tmp_path / "again.npz", "up", rows([1, 2, 3]), rows([2], [-1]))

    assert fingerprint(again) == fingerprint(difference)


def test_the_file_that_is_served_has_whole_pairs_of_the_packaged_models_layers() -> None:
    width, wide = 384, 1536
    shapes = {"intermediate.dense": (wide, width), "output.dense": (width, wide)}
    with np.load(adaptation.FILE, allow_pickle=False) as served:
        names = {key[:-2] for key in served.files}
        assert set(served.files) == {f"{name}.{part}" for name in names for part in ("a", "b")}
        assert names
        for name in names:
            _, _, layer, rest = name.split(".", 3)
            out, into = shapes.get(rest, (width, width))
            right, left = served[f"{name}.a"], served[f"{name}.b"]
            assert 0 <= int(layer) < 12
            assert (left.shape[0], right.shape[1]) == (out, into)
            assert left.shape[1] == right.shape[0]
            assert np.isfinite(right).all()
            assert np.isfinite(left).all()


def test_a_rebuilt_model_has_the_difference_only_where_asked(
    tiny: Path, tiny_difference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packaged, "adapted", functools.partial(adapted, path=tiny_difference))
    for name in ("plain", "adapted"):
        (tmp_path / name).mkdir()
        packaged.rebuild(tiny, tmp_path / name, adapt=name == "adapted")

    plain = load_file(tmp_path / "plain" / "model.safetensors")
    other = load_file(tmp_path / "adapted" / "model.safetensors")
    np.testing.assert_array_equal(plain[f"{NAME}.weight"], packaged.weights(read(tiny))[f"{NAME}.weight"])
    assert [name for name in plain if not np.array_equal(plain[name], other[name])] == [f"{NAME}.weight"]
    changed = other[f"{NAME}.weight"] - plain[f"{NAME}.weight"]
    assert changed[0, 0] == pytest.approx(0.5)
    assert np.count_nonzero(changed) == 1


def test_with_and_without_adaptation_are_two_models(tmp_path: Path) -> None:
    one, other = prepare._wanted(packaged.NAME, tmp_path), prepare._wanted(packaged.BASE, tmp_path)

    assert (one.name, other.name) == (packaged.TITLE, packaged.BASE_TITLE)
    assert one.key != other.key
    assert one.source != other.source
    assert Path(one.source).parent == Path(other.source).parent == tmp_path
    assert prepare._slug(one.name) != prepare._slug(other.name)


def test_another_adaptation_is_another_model_and_the_base_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, base = prepare._wanted(packaged.NAME, tmp_path), prepare._wanted(packaged.BASE, tmp_path)
    monkeypatch.setattr(adaptation, "fingerprint", lambda: "another")
    two = prepare._wanted(packaged.NAME, tmp_path)

    assert two.key != one.key
    assert two.source != one.source
    assert prepare._wanted(packaged.BASE, tmp_path) == base


def test_the_base_is_unpacked_once_and_without_the_difference(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    located: list[Path] = []

    def locate() -> Path:
        located.append(tiny)
        return tiny

    monkeypatch.setattr(packaged, "locate", locate)
    monkeypatch.setattr(packaged, "verify", lambda *_, **__: None)

    folder = prepare.unpack_base(tmp_path / "var")

    assert folder == Path(prepare._wanted(packaged.BASE, tmp_path / "var" / "models").source)
    found = load_file(folder / "model.safetensors")[f"{NAME}.weight"]
    np.testing.assert_array_equal(found, packaged.weights(read(tiny))[f"{NAME}.weight"])
    assert prepare.unpack_base(tmp_path / "var") == folder
    assert len(located) == 1
