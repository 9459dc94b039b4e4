"""A generation on disk, loaded: the Index that the Assistant answers from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from indexer.analyser import analysers
from indexer.dense import DenseLeg
from indexer.late import LateStore
from indexer.lexical import LexicalLeg
from indexer.manifest import Manifest, read_manifest, verify_files
from indexer.portion import Portion, arranged
from indexer.segment import LEGS, SPELLING, load_segment, segments_root
from indexer.spelling import Spelling, vocabulary
from kb.errors import GenerationError
from kb.leg import LateInteraction, Leg, Ordinals
from kb.library import ShopWords
from kb.validity import Validity

USER_WORDS = "user-words.json"
SHOP_WORDS = "shop-words.json"
REVISIONS = "revisions.json"

WORD_LIST = TypeAdapter(tuple[str, ...])
SHOP_WORDS_FILE = TypeAdapter(ShopWords)
REVISIONS_FILE = TypeAdapter(dict[str, int])


class Generation:
    """One immutable generation, read-only; several threads may use it at once. See kb.index.Index."""

    def __init__(
        self,
        manifest: Manifest,
        portions: Sequence[Portion],
        user_words: tuple[str, ...],
        shop_words: ShopWords,
        revisions: Mapping[str, int],
    ) -> None:
        self.manifest = manifest
        self.generation = manifest.id
        self.portions = tuple(portions)
        self.user_words = user_words
        self.synonyms = shop_words.synonyms
        self.moods = shop_words.moods
        self.revisions = revisions
        self.articles, splits, layout = arranged(self.portions)
        self.passages = tuple(chain.from_iterable(splits))
        sizes = np.fromiter(map(len, splits), np.int64, len(splits))
        self.article_of: Ordinals = np.repeat(np.arange(len(splits)), sizes)
        self._starts = np.concatenate([[0], np.cumsum(sizes)])
        segments = [portion.segment for portion in self.portions]
        self.legs: tuple[Leg, ...] = (
            DenseLeg([segment.dense for segment in segments], layout),
            *(
                LexicalLeg(leg, [segment.postings[name] for segment in segments], layout)
                for name, leg in zip(LEGS, analysers(user_words), strict=True)
            ),
        )
        self.late: LateInteraction = LateStore([segment.late for segment in segments], layout)
        self.validity = Validity(self.articles)
        self._ordinals = {article.id: number for number, article in enumerate(self.articles)}
        self.overridden_by: dict[int, tuple[int, ...]] = {}
        for upper, article in enumerate(self.articles):
            for name in article.overrides:
                if (lower := self._ordinals.get(name)) is not None:
                    self.overridden_by[lower] = (*self.overridden_by.get(lower, ()), upper)

    def ordinal(self, article: str) -> int | None:
        """The ordinal of the article of that id, or None."""
        return self._ordinals.get(article)

    def revision_of(self, article: int) -> int | None:
        """The number of the article's revision in the published library; None where it comes from a folder."""
        return self.revisions.get(self.articles[article].id)

    def respell(self, text: str) -> str:
        """A message with its pinyin fragments in the library's words; see `indexer.spelling`."""
        return self._spelling.respell(text)

    def passages_of(self, article: int) -> range:
        """The ordinals of the passages of one article."""
        return range(int(self._starts[article]), int(self._starts[article + 1]))

    @cached_property
    def _spelling(self) -> Spelling:
        counts: dict[str, int] = {}
        for portion in self.portions:
            postings = portion.segment.postings[SPELLING]
            for word, count in zip(postings.terms, portion.word_totals.tolist(), strict=True):
                if count:
                    counts[word] = counts.get(word, 0) + count
        return Spelling(vocabulary(counts.items()))

    @classmethod
    def load(cls, folder: Path, fingerprint: str, previous: Generation | None = None) -> Generation:
        """Check a generation's folder and its segments and map them.

        fingerprint: the serving encoder's; a generation of another encoder is foreign. previous: one that is loaded
        already, whose segments are not checked and read again.
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
            return cls._read(folder, manifest, previous)
        except GenerationError as error:
            raise GenerationError(f"generation {manifest.id}: {error}") from error
        except (ValueError, RuntimeError, OSError) as error:
            # Whole, and yet not what this version writes.
            raise GenerationError(f"generation {manifest.id} cannot be read ({error}); run `kb index` again") from error

    @classmethod
    def _read(cls, folder: Path, manifest: Manifest, previous: Generation | None) -> Generation:
        user_words = WORD_LIST.validate_json((folder / USER_WORDS).read_bytes())
        shop_words = SHOP_WORDS_FILE.validate_json((folder / SHOP_WORDS).read_bytes())
        revisions = REVISIONS_FILE.validate_json((folder / REVISIONS).read_bytes())
        root = segments_root(folder.parents[1])
        loaded = () if previous is None else previous.portions
        held = {portion.segment.folder: portion for portion in loaded}
        portions = []
        for part in manifest.segments:
            own = held.get(root / part.id)
            if own is None:
                portions.append(Portion.read(load_segment(root, part.id), part.dead, loaded))
            else:
                portions.append(own.without(part.dead))
        return cls(manifest, portions, user_words, shop_words, revisions)
