from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from indexer.model.packaged import locate
from indexer.model.vocabulary import Parted, part
from indexer.tokens import PIECES, RULES, TOKENIZER, TokenReader
from kb.errors import ModelError

# "aab" loses against its parts; nothing stands for ж or x.
VOCABULARY = [
    ("<s>", 0.0),
    ("<pad>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    ("▁", -2.0),
    ("退款", -3.0),
    ("退", -4.0),
    ("款", -4.5),
    ("ab", -2.5),
    ("bc", -3.5),
    ("c", -1.5),
    ("a", -3.0),
    ("b", -3.0),
    ("aab", -9.0),
    ("▁a", -2.5),
    ("ﷺ", -5.0),
    ("<mask>", 0.0),
]


def tokenizer(lstrip: bool = True) -> Tokenizer:
    from tokenizers import AddedToken

    made = Tokenizer(models.Unigram(VOCABULARY, unk_id=3, byte_fallback=False))
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    made.decoder = decoders.Metaspace()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    plain = [AddedToken(mark, special=True, normalized=False) for mark in ("<s>", "<pad>", "</s>", "<unk>")]
    made.add_special_tokens([*plain, AddedToken("<mask>", special=True, normalized=False, lstrip=lstrip)])
    return made


class Both:
    """The library's tokenizer and the mapped one, the latter's ids put back to the former's."""

    def __init__(self, whole: Path, folder: Path, max_tokens: int = 32) -> None:
        parted = part(whole)
        assert parted is not None
        parted.write(folder)
        self.parted: Parted = parted
        self.theirs = TokenReader(whole, max_tokens)
        self.ours = TokenReader(folder / TOKENIZER, max_tokens)

    def check(self, texts: list[str], prompt: str = "") -> None:
        for text, ours, theirs in zip(
            texts, self.ours.read(texts, prompt), self.theirs.read(texts, prompt), strict=True
        ):
            assert [int(self.parted.order[i]) for i in ours.ids] == theirs.ids.tolist(), text
            assert ours.kept.tolist() == theirs.kept.tolist(), text
            assert ours.spans.tolist() == theirs.spans.tolist(), text


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Both:
    place = tmp_path_factory.mktemp("small")
    (place / "parted").mkdir()
    tokenizer().save(str(place / TOKENIZER))
    return Both(place / TOKENIZER, place / "parted")


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """The packaged model's own 250,002 pieces."""
    from indexer.model.e5s1 import read
    from indexer.model.packaged import tokenizer_json

    place = tmp_path_factory.mktemp("packaged")
    (place / "parted").mkdir()
    (place / TOKENIZER).write_text(tokenizer_json(read(locate())), encoding="utf-8")
    return Both(place / TOKENIZER, place / "parted", 512)


def names(both: Both, text: str) -> list[str]:
    return [VOCABULARY[int(both.parted.order[i])][0] for i in both.ours.read([text], "")[0].ids]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", ["<s>", "</s>"]),
        ("退款", ["<s>", "▁", "退款", "</s>"]),
        ("abc", ["<s>", "▁a", "bc", "</s>"]),  # -2.5 -3.5 as -2 -2.5 -1.5 for ▁, ab and c: the first found stays
        ("款ж xж", ["<s>", "▁", "款", "<unk>", "▁", "<unk>", "</s>"]),
        ("a<mask>退", ["<s>", "▁a", "<mask>", "▁", "退", "</s>"]),
        ("a <mask> 退", ["<s>", "▁a", "<mask>", "▁", "退", "</s>"]),
    ],
)
def test_the_best_pieces_are_found(small: Both, text: str, pieces: list[str]) -> None:
    small.check([text])
    assert names(small, text) == pieces


def test_marks_keep_their_ids_and_all_others_are_sorted(small: Both) -> None:
    order = small.parted.order.tolist()

    assert [order[i] for i in (0, 1, 2, 3, 16)] == [0, 1, 2, 3, 16]
    assert sorted(order) == list(range(len(VOCABULARY)))
    rest = [VOCABULARY[i][0] for i in order[4:16]]
    assert rest == ["a", "aab", "ab", "b", "bc", "c", "▁", "▁a", "款", "退", "退款", "ﷺ"]


def test_a_long_text_is_cut_alike(small: Both) -> None:
    small.check(["退款ab" * 40, "<mask>" * 40, "a " * 30 + "退" * 3])


def test_what_no_piece_has_is_unknown_and_takes_one_id(small: Both) -> None:
    read = small.ours.read(["مرحبا كيف"], "")[0]

    assert names(small, "مرحبا كيف") == ["<s>", "▁", "<unk>", "▁", "<unk>", "</s>"]
    assert read.spans.tolist() == [[0, 5], [6, 9]]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(alphabet="ab c退款ж▁ﷺ\n<mask>/sé\u0301Ａ①", max_size=24), min_size=1, max_size=3))
def test_small_vocabulary_alike(small: Both, texts: list[str]) -> None:
    small.check(texts)
    small.check(texts, "ab c: ")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=3))
def test_any_text_alike(packaged: Both, texts: list[str]) -> None:
    packaged.check(texts, "query: ")


def test_every_article_and_every_question_alike(packaged: Both) -> None:
    root = Path(__file__).parents[2]
    texts = [path.read_text(encoding="utf-8") for path in sorted((root / "articles").rglob("*.md"))]
    for path in sorted((root / "eval").rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            if isinstance(one, dict) and isinstance(one.get("question"), str):
                texts.append(one["question"])
    assert len(texts) > 900
    packaged.check([text[at : at + 800] for text in texts for at in range(0, max(len(text), 1), 800)], "passage: ")


@pytest.mark.parametrize(
    "text",
    ["مرحبا، أين طلبي؟", "Где мой заказ?", "สินค้าอยู่ที่ไหน", "मेरा ऑर्डर कहाँ है", "👨‍👩‍👧", "\U00020bb7\x00\ue000"],
)
def test_no_script_is_left_out(packaged: Both, text: str) -> None:
    packaged.check([text], "query: ")


@pytest.mark.parametrize(
    "change",
    [
        {"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}},
        {"model": {"type": "Unigram", "unk_id": None, "vocab": [["a", 0.0]]}},
        {"model": {"type": "Unigram", "unk_id": 0, "byte_fallback": True, "vocab": [["a", 0.0]]}},
    ],
)
def test_other_models_stay_whole(tmp_path: Path, change: dict[str, object]) -> None:
    content = json.loads(tokenizer().to_str()) | {"added_tokens": []} | change
    (tmp_path / TOKENIZER).write_text(json.dumps(content), encoding="utf-8")

    assert part(tmp_path / TOKENIZER) is None


def test_damaged_pieces_say_what_to_do(tmp_path: Path) -> None:
    tokenizer().save(str(tmp_path / TOKENIZER))
    parted = part(tmp_path / TOKENIZER)
    assert parted is not None
    parted.write(tmp_path)
    (tmp_path / PIECES).write_bytes(b"{}\n")

    with pytest.raises(ModelError, match=r"tokenizer-pieces\.bin: cannot be read .*; delete the folder to prepare it"):
        TokenReader(tmp_path / TOKENIZER, 32)
    (tmp_path / RULES).write_text("{}")
    with pytest.raises(ModelError, match=r"tokenizer-rules\.json: cannot be read"):
        TokenReader(tmp_path / TOKENIZER, 32)
