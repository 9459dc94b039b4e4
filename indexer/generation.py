"""A generation on disk, loaded: the Index that the Assistant answers from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from indexer.analyser import analysers
from indexer.dense import DenseLeg
from indexer.late import LateStore
from indexer.lexical import LexicalLeg
from indexer.manifest import Manifest, read_manifest, verify_files
from indexer.spelling import Spelling, Vocabulary
from kb.article import Article
from kb.errors import GenerationError
from kb.leg import LateInteraction, Leg, Ordinals
from kb.library import ShopWords
from kb.passage import Passage
from kb.validity import Validity

ARTICLES = "articles.json"
PASSAGES = "passages.json"
USER_WORDS = "user-words.json"
SHOP_WORDS = "shop-words.json"
VOCABULARY = "vocabulary.json"
DENSE = "dense.faiss"
LATE = "late"

ARTICLE_LIST = TypeAdapter(tuple[Article, ...])
PASSAGE_LIST = TypeAdapter(tuple[Passage, ...])
WORD_LIST = TypeAdapter(tuple[str, ...])
SHOP_WORDS_FILE = TypeAdapter(ShopWords)
VOCABULARY_FILE = TypeAdapter(Vocabulary)


class Generation:
    """One immutable generation, read-only; several threads may use it at once. See kb.index.Index."""

    def __init__(
        self,
        manifest: Manifest,
        articles: Sequence[Article],
        passages: Sequence[Passage],
        legs: Sequence[Leg],
        late: LateInteraction,
        words: ShopWords,
        vocabulary: Vocabulary,
    ) -> None:
        self.manifest = manifest
        self.generation = manifest.id
        self.articles = articles
        self.passages = passages
        self.legs = legs
        self.late = late
        self.synonyms = words.synonyms
        self.moods = words.moods
        self._spelling = Spelling(vocabulary)
        self.validity = Validity(articles)
        self._ordinals = {article.id: number for number, article in enumerate(articles)}
        self.article_of: Ordinals = np.array([self._ordinals[p.article] for p in passages], dtype=np.int64)
        self.overridden_by: dict[int, tuple[int, ...]] = {}
        for upper, article in enumerate(articles):
            for name in article.overrides:
                if (lower := self._ordinals.get(name)) is not None:
                    self.overridden_by[lower] = (*self.overridden_by.get(lower, ()), upper)
        self._starts = np.searchsorted(self.article_of, np.arange(len(articles) + 1))

    def ordinal(self, article: str) -> int | None:
        """The ordinal of the article of that id, or None."""
        return self._ordinals.get(article)

    def respell(self, text: str) -> str:
        """A message with its pinyin fragments in the library's words; see `indexer.spelling`."""
        return self._spelling.respell(text)

    def passages_of(self, article: int) -> range:
        """The ordinals of the passages of one article."""
        return range(int(self._starts[article]), int(self._starts[article + 1]))

    @classmethod
    def load(cls, folder: Path, fingerprint: str) -> Generation:
        """Check a generation's folder and map it.

        fingerprint: the serving encoder's; a generation of another encoder is foreign.
        Raises GenerationError naming the generation and what is wrong with it.
        """
        manifest = read_manifest(folder)
        if manifest.encoder.fingerprint != fingerprint:
            raise GenerationError(
                f"generation {manifest.id} was made by encoder {manifest.encoder.fingerprint[:12]} "
                f"({manifest.encoder.name}), the serving one is {fingerprint[:12]}; run `kb index` again"
            )
        verify_files(folder, manifest)
        try:
            return cls._read(folder, manifest)
        except (ValueError, RuntimeError, OSError) as error:
            # Whole, and yet not what this version writes.
            raise GenerationError(f"generation {manifest.id} cannot be read ({error}); run `kb index` again") from error

    @classmethod
    def _read(cls, folder: Path, manifest: Manifest) -> Generation:
        passages = PASSAGE_LIST.validate_json((folder / PASSAGES).read_bytes())
        words = WORD_LIST.validate_json((folder / USER_WORDS).read_bytes())
        legs: tuple[Leg, ...] = (
            DenseLeg.load(folder / DENSE),
            *(LexicalLeg.load(a, folder / a.name, len(passages)) for a in analysers(words)),
        )
        articles = ARTICLE_LIST.validate_json((folder / ARTICLES).read_bytes())
        vocabulary = VOCABULARY_FILE.validate_json((folder / VOCABULARY).read_bytes())
        shop = SHOP_WORDS_FILE.validate_json((folder / SHOP_WORDS).read_bytes())
        return cls(manifest, articles, passages, legs, LateStore.load(folder / LATE), shop, vocabulary)
