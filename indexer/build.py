"""From articles to a new generation: split, encode what changed, write the legs, check, name it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

from indexer import analyser, late, spelling
from indexer.cache import Cached, VectorCache
from indexer.dense import DenseLeg
from indexer.generation import (
    ARTICLE_LIST,
    ARTICLES,
    DENSE,
    LATE,
    PASSAGE_LIST,
    PASSAGES,
    SHOP_WORDS,
    SHOP_WORDS_FILE,
    USER_WORDS,
    VOCABULARY,
    VOCABULARY_FILE,
    WORD_LIST,
    Generation,
)
from indexer.late import LateStore, quantise
from indexer.lexical import LexicalLeg
from indexer.manifest import FORMAT, EncoderRecord, Manifest, generation_id, record_files
from indexer.store import GenerationStore
from kb import splitter
from kb.article import Article
from kb.encoder import Encoder, Floats
from kb.errors import GenerationError
from kb.library import ShopWords
from kb.passage import Passage, PassageKind
from kb.progress import Progress, silent

_BATCH = 256
# Packages whose rules decide what the lexical legs hold.
_DECIDING = ("bm25s", "opencc", "pypinyin", "rjieba")


_GENERAL = ShopWords()


def inputs_of(articles: Sequence[Article], encoder: Encoder, words: ShopWords = _GENERAL) -> dict[str, str]:
    """Everything that decides a generation's content, as short texts."""
    digest = hashlib.sha256()
    for article in sorted(articles, key=lambda a: a.id):
        digest.update(ARTICLE_LIST.dump_json((article,)))
    return {
        "articles": digest.hexdigest(),
        "words": hashlib.sha256(SHOP_WORDS_FILE.dump_json(words)).hexdigest(),
        "encoder": encoder.fingerprint,
        "format": str(FORMAT),
        "splitter": splitter.SPLITTER,
        "spelling": spelling.VERSION,
        "analyser": str(analyser.VERSION),
        "late": str(late.VERSION),
        **{name: version(name) for name in _DECIDING},
    }


def build(
    articles: Sequence[Article],
    encoder: Encoder,
    var: Path,
    agreement: Mapping[str, float] | None = None,
    progress: Progress = silent,
    words: ShopWords = _GENERAL,
) -> str:
    """Make the generation of these articles and return its id; one that is there and whole is kept.

    agreement: the encoder's cosines against sentence-transformers, for the manifest.
    words: the shop's own beside them; a change of theirs alone is a new generation that encodes nothing.
    Nothing is activated. Raises GenerationError where what was written does not read back.
    """
    inputs = inputs_of(articles, encoder, words)
    generation = generation_id(inputs)
    store = GenerationStore(var)
    with store.building():
        if _is_whole(store.folder(generation), encoder.fingerprint):
            return generation
        ordered = tuple(sorted(articles, key=lambda a: a.id))
        passages = tuple(p for article in ordered for p in splitter.split(article))
        entries = _vectors(passages, encoder, VectorCache(var, encoder.fingerprint, encoder.dimension), progress)
        folder = store.start(generation)
        _write(folder, ordered, words, passages, entries, encoder.dimension, progress)
        manifest = Manifest(
            format=FORMAT,
            id=generation,
            inputs=inputs,
            encoder=EncoderRecord(
                name=encoder.name,
                fingerprint=encoder.fingerprint,
                dimension=encoder.dimension,
                agreement=dict(agreement or {}),
            ),
            articles=len(ordered),
            passages=len(passages),
            tokens=sum(len(tokens.scales) for _, tokens in entries),
            files=record_files(folder),
        )
        Generation.load(store.finish(folder, manifest), encoder.fingerprint)
    return generation


def searched_text(passage: Passage, article: Article) -> str:
    """What the lexical legs see of a passage: heading, text, and the words that must find its article."""
    if passage.kind is PassageKind.QUESTION:
        return passage.encoded
    return "\n".join((passage.encoded, *article.keywords, *article.products))


def _is_whole(folder: Path, fingerprint: str) -> bool:
    if not folder.exists():
        return False
    try:
        Generation.load(folder, fingerprint)
    except GenerationError:
        return False
    return True


def _vectors(passages: Sequence[Passage], encoder: Encoder, cache: VectorCache, progress: Progress) -> list[Cached]:
    """The vectors of every passage, from the cache where it has them; new ones are kept batch by batch."""
    known = cache.get(list({p.hash for p in passages}))
    missing = list({p.hash: p.encoded for p in passages if p.hash not in known}.items())
    # Texts of like length share a batch without padding.
    missing.sort(key=lambda item: len(item[1]))
    for start in range(0, len(missing), _BATCH):
        some = missing[start : start + _BATCH]
        encoded = encoder.encode_passages([text for _, text in some])
        fresh = {
            key: (vector, quantise(tokens))
            for (key, _), vector, tokens in zip(some, encoded.vectors, encoded.tokens, strict=True)
        }
        cache.put(fresh)
        known.update(fresh)
        progress("encoding passages", start + len(some), len(missing))
    return [known[p.hash] for p in passages]


def _write(
    folder: Path,
    articles: tuple[Article, ...],
    shop_words: ShopWords,
    passages: tuple[Passage, ...],
    entries: Sequence[Cached],
    dimension: int,
    progress: Progress,
) -> None:
    """Write every file of a generation but its manifest."""
    steps = 6
    (folder / ARTICLES).write_bytes(ARTICLE_LIST.dump_json(articles))
    (folder / PASSAGES).write_bytes(PASSAGE_LIST.dump_json(passages))
    (folder / SHOP_WORDS).write_bytes(SHOP_WORDS_FILE.dump_json(shop_words))
    # What the shop's owners call a word is one to the segmenter too.
    synonyms = [word for group in shop_words.synonyms.groups for word in group]
    words = tuple(analyser.user_words([*_names(articles), *synonyms]))
    (folder / USER_WORDS).write_bytes(WORD_LIST.dump_json(words))
    found = spelling.vocabulary((p.encoded for p in passages), words)
    (folder / VOCABULARY).write_bytes(VOCABULARY_FILE.dump_json(found))
    progress("writing the index", 1, steps)
    vectors: Floats = np.array([vector for vector, _ in entries], dtype=np.float32).reshape(-1, dimension)
    DenseLeg.build(vectors, folder / DENSE)
    progress("writing the index", 2, steps)
    of = {article.id: article for article in articles}
    texts = [searched_text(passage, of[passage.article]) for passage in passages]
    for number, lexical in enumerate(analyser.analysers(words), start=3):
        LexicalLeg.build(lexical, texts, folder / lexical.name)
        progress("writing the index", number, steps)
    LateStore.build([tokens for _, tokens in entries], dimension, folder / LATE)
    progress("writing the index", steps, steps)


def _names(articles: Iterable[Article]) -> Iterable[str]:
    for article in articles:
        yield article.title
        yield from article.products
        yield from article.keywords
