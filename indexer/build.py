"""From articles to a new generation: split, encode what changed, write the legs, check, name it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from indexer import analyser, compact, late, spelling
from indexer.analyser import Words, analysers
from indexer.bulk import encode_in_bulk
from indexer.cache import Cached, Held, VectorCache
from indexer.compact import compacted
from indexer.drafting import Source, content
from indexer.generation import (
    REVISIONS,
    REVISIONS_FILE,
    SHOP_WORDS,
    SHOP_WORDS_FILE,
    USER_WORDS,
    WORD_LIST,
    Generation,
)
from indexer.manifest import FORMAT, EncoderRecord, Manifest, SegmentPart, generation_id, record_files
from indexer.portion import Portion
from indexer.recutting import recut
from indexer.segment import ARTICLE_LIST, clear_leftovers, segments_root, write_segment
from indexer.store import GenerationStore
from indexer.upkeep import Fill, absorbed, sizes
from kb import splitter
from kb.article import Article
from kb.encoder import Encoder
from kb.errors import GenerationError
from kb.library import ShopWords
from kb.memo import kept
from kb.passage import Passage
from kb.progress import Progress, silent

# Entries of the cache that are read at once.
_READ = 4096
# Packages whose rules decide what the lexical legs hold.
_DECIDING = ("opencc", "pypinyin", "rjieba")
# Inputs that differ from one library to the next; with the others the same, parts of a generation can be used again.
_OF_THE_LIBRARY = frozenset({"articles", "words", "revisions"})

_GENERAL = ShopWords()
_NO_REVISIONS: Mapping[str, int] = {}


def inputs_of(
    articles: Sequence[Article],
    encoder: Encoder,
    words: ShopWords = _GENERAL,
    revisions: Mapping[str, int] = _NO_REVISIONS,
) -> dict[str, str]:
    """Everything that decides a generation's content, as short texts."""
    digest = hashlib.sha256()
    for article in sorted(articles, key=lambda a: a.id):
        digest.update(digest_of(article))
    return {
        "articles": digest.hexdigest(),
        "words": hashlib.sha256(SHOP_WORDS_FILE.dump_json(words)).hexdigest(),
        "revisions": hashlib.sha256(_written(revisions)).hexdigest(),
        "encoder": encoder.fingerprint,
        "format": str(FORMAT),
        "splitter": splitter.SPLITTER,
        "spelling": spelling.VERSION,
        "analyser": str(analyser.VERSION),
        "late": _late(articles, encoder),
        **{name: version(name) for name in _DECIDING},
    }


def _late(articles: Sequence[Article], encoder: Encoder) -> str:
    """How token vectors are kept: by the library's size, for scores of two kinds cannot be set against each other."""
    is_large = sum(len(article.source) for article in articles) >= compact.COMPACT_FROM
    is_compact = is_large and encoder.dimension % 2 == 0
    return f"{late.VERSION}.{compact.VERSION}" if is_compact else str(late.VERSION)


@kept
def digest_of(article: Article) -> bytes:
    """SHA-256 over everything in an article."""
    return hashlib.sha256(ARTICLE_LIST.dump_json((article,))).digest()


def build(
    articles: Sequence[Article],
    encoder: Encoder,
    var: Path,
    agreement: Mapping[str, float] | None = None,
    progress: Progress = silent,
    words: ShopWords = _GENERAL,
    previous: Generation | None = None,
    revisions: Mapping[str, int] = _NO_REVISIONS,
) -> str:
    """Make the generation of these articles and return its id; one that is there and whole is kept.

    agreement: the encoder's cosines against sentence-transformers, for the manifest.
    words: the shop's own beside them; a change of theirs alone is a new generation that encodes nothing.
    previous: one that is loaded, whose unchanged articles stay where they are; what is built answers as if it were
    built without. revisions: the number of each article's revision, by its id.
    Nothing is activated. Raises GenerationError where what was written does not read back.
    """
    inputs = inputs_of(articles, encoder, words, revisions)
    generation = generation_id(inputs)
    store = GenerationStore(var)
    with store.building():
        if _is_whole(store.folder(generation), encoder.fingerprint, previous):
            return generation
        root = segments_root(var)
        clear_leftovers(root)
        plan = _plan(articles, words, previous if _is_of(previous, inputs, root) else None)
        cache = VectorCache(var, encoder.fingerprint, encoder.dimension)
        segments = [SegmentPart(id=portion.segment.id, dead=portion.dead) for portion in plan.stay]
        passages = sum(len(portion.rows) for portion in plan.stay) + sum(len(s.split) for s in plan.sources)
        tokens = sum(portion.tokens for portion in plan.stay)
        for sources in _shared_out(plan.sources):
            wanted = [p for s in sources if s.portion is None for p in s.split]
            vectors = _vectors(wanted, plan.vectors, encoder, cache, progress, inputs["late"] != str(late.VERSION))
            made = content(sources, vectors, analysers(plan.user_words), encoder.dimension)
            tokens += sum(len(own.scales) for own in made.tokens)
            progress("writing the index", len(segments), len(segments) + 1)
            segments.append(SegmentPart(id=write_segment(root, made, encoder.dimension)))
        folder = store.start(generation)
        (folder / USER_WORDS).write_bytes(WORD_LIST.dump_json(plan.user_words))
        (folder / SHOP_WORDS).write_bytes(SHOP_WORDS_FILE.dump_json(words))
        (folder / REVISIONS).write_bytes(_written(revisions))
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
            articles=len(articles),
            passages=passages,
            tokens=tokens,
            segments=tuple(segments),
            files=record_files(folder),
        )
        Generation.load(store.finish(folder, manifest), encoder.fingerprint, previous)
        progress("writing the index", len(segments), len(segments))
    return generation


@dataclass(frozen=True)
class _Plan:
    """What is to be written, and what stays where it is.

    sources: by the articles' ids, ascending. vectors: of passages of older texts that may stand in the new ones too.
    """

    user_words: tuple[str, ...]
    sources: Sequence[Source]
    stay: Sequence[Portion] = ()
    vectors: Mapping[str, Held] = field(default_factory=dict)


def _plan(articles: Sequence[Article], words: ShopWords, previous: Generation | None) -> _Plan:
    """What of a library is written anew: all of it, or what differs from `previous` and what is moved with it."""
    # What the shop's owners call a word is one to the segmenter too.
    synonyms = [word for group in words.synonyms.groups for word in group]
    named = set(analyser.user_words(synonyms)).union(*map(_own_words, articles))
    user_words = tuple(sorted(named))
    if previous is None:
        ordered = sorted(articles, key=lambda a: a.id)
        return _Plan(user_words, [Source(article, splitter.split(article)) for article in ordered])
    wanted = {article.id: article for article in articles}
    older = _words(previous.user_words), _words(user_words)
    changed = named.symmetric_difference(previous.user_words)
    sources: list[Source] = []
    left: list[tuple[Portion, dict[int, Article]]] = []
    vectors: dict[str, Held] = {}
    for portion in previous.portions:
        stay, gone = _compared(portion, wanted)
        for place in gone:
            vectors |= _vectors_of(portion, place)
        every = older[0].segmenter.reserve != older[1].segmenter.reserve
        cut = [place for place in (list(stay) if every else recut(portion, changed, *older)) if place in stay]
        sources += [Source(stay.pop(place), portion.split[place], portion, place) for place in cut]
        left.append((portion, stay))
    placed = {article.id for _, stay in left for article in stay.values()} | {s.article.id for s in sources}
    sources += [Source(a, splitter.split(a)) for a in articles if a.id not in placed]
    remaining, moved = _upkeep(left, sum(len(source.split) for source in sources))
    return _Plan(user_words, sorted([*sources, *moved], key=lambda s: s.article.id), remaining, vectors)


def _compared(portion: Portion, wanted: Mapping[str, Article]) -> tuple[dict[int, Article], list[int]]:
    """Which articles of a portion are wanted as they are, by their place, and the places of the others."""
    stay, gone = {}, []
    for place, article in portion.articles.items():
        new = wanted.get(article.id)
        if new is article or (new is not None and digest_of(new) == digest_of(article)):
            stay[place] = article
        else:
            gone.append(place)
    return stay, gone


def _upkeep(left: Sequence[tuple[Portion, Mapping[int, Article]]], fresh: int) -> tuple[list[Portion], list[Source]]:
    """The segments that stay, with what is dead in them, and the articles that are moved out of the others."""
    fills = [Fill(sum(len(p.split[place]) for place in stay), p.segment.passages) for p, stay in left]
    taken = absorbed(fills, fresh)
    remaining, moved = [], []
    for number, (portion, stay) in enumerate(left):
        if number in taken:
            moved += [Source(a, portion.split[place], portion, place, counted=True) for place, a in stay.items()]
        else:
            remaining.append(portion.without([n for n in range(portion.segment.record.articles) if n not in stay]))
    return remaining, moved


def _shared_out(sources: Sequence[Source]) -> Iterable[Sequence[Source]]:
    """The articles of each new segment."""
    start = 0
    for size in sizes([len(source.split) for source in sources]):
        yield sources[start : start + size]
        start += size


def _words(user_words: tuple[str, ...]) -> Words:
    return next(one for one in analysers(user_words) if isinstance(one, Words))


def _vectors_of(portion: Portion, place: int) -> dict[str, Held]:
    """The vectors of an article's passages, by their hashes."""
    start, segment = int(portion.segment.starts[place]), portion.segment
    return {
        passage.hash: (segment.dense.vectors[row], segment.late.of(row))
        for row, passage in enumerate(portion.split[place], start=start)
    }


def _is_of(previous: Generation | None, inputs: Mapping[str, str], root: Path) -> bool:
    """Whether parts of a generation can be used again: made by the same rules, in the same place."""
    if previous is None:
        return False
    rules = [{k: v for k, v in of.items() if k not in _OF_THE_LIBRARY} for of in (inputs, previous.manifest.inputs)]
    here = all(p.segment.folder.parent == root and p.segment.folder.exists() for p in previous.portions)
    return rules[0] == rules[1] and here


def _is_whole(folder: Path, fingerprint: str, previous: Generation | None) -> bool:
    if not folder.exists():
        return False
    try:
        Generation.load(folder, fingerprint, previous)
    except GenerationError:
        return False
    return True


def _vectors(
    passages: Sequence[Passage],
    held: Mapping[str, Held],
    encoder: Encoder,
    cache: VectorCache,
    progress: Progress,
    is_compact: bool = False,
) -> dict[str, Held]:
    """The vectors of all passages by their hashes: those held, those in the cache, and new ones.

    New ones are kept in the cache step by step: a build that was killed goes on from there.
    is_compact: whether tokens are to be kept as `indexer.compact` does.
    """
    texts = {p.hash: p.encoded for p in passages}
    known = {key: held[key] for key in texts if key in held}
    wanted = [key for key in texts if key not in known]
    for start in range(0, len(wanted), _READ):
        known |= _cached(wanted[start : start + _READ], cache, is_compact)
    missing = {key: text for key, text in texts.items() if key not in known}
    for fresh in encode_in_bulk(missing, encoder, progress):
        found = _kept_as(fresh, is_compact)
        cache.put(found)
        known |= found
    return known


def _cached(wanted: Sequence[str], cache: VectorCache, is_compact: bool) -> dict[str, Held]:
    """What the cache has of these hashes; of a library that has grown large, what it kept when that was small too."""
    if not is_compact:
        return dict(cache.get(wanted))
    found = cache.get_compact(wanted)
    if grown := _kept_as(cache.get([key for key in wanted if key not in found]), is_compact):
        cache.put(grown)
    return found | grown


def _kept_as(found: Mapping[str, Cached], is_compact: bool) -> dict[str, Held]:
    """What segments keep of it, made at once: as the cache has them a large library's vectors do not fit in memory."""
    return {key: (vector, compacted(tokens) if is_compact else tokens) for key, (vector, tokens) in found.items()}


@kept
def _own_words(article: Article) -> tuple[str, ...]:
    """The user words that an article brings."""
    return tuple(analyser.user_words((article.title, *article.products, *article.keywords)))


def _written(revisions: Mapping[str, int]) -> bytes:
    return REVISIONS_FILE.dump_json(dict(sorted(revisions.items())))
