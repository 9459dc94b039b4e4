"""From an article to its passages: what is kept together, and where a long section is cut.

A section is laid out as bricks (sentences, list items, table rows, whole procedures); runs of bricks are
then divided into passages of about equal size. No brick is dropped, repeated or moved.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kb.article import Article
from kb.markdown import Block, BlockKind, Line, Part, Section, sections
from kb.passage import Passage, PassageKind
from kb.sentence import clauses, sentences, size

SPLITTER = "1"
"""The version of these rules. It goes into a generation's inputs: other rules, other passages."""

LIMIT = 300
"""The size up to which a section is one passage, in the measure of `kb.sentence.size`."""

STEPS_FACTOR = 3
ANSWER_FACTOR = 2
INTRO = 60
"""A paragraph up to this size right before a list, a table or a procedure introduces it, colon or not."""

_LED = (BlockKind.LIST, BlockKind.STEPS, BlockKind.TABLE, BlockKind.CODE)


@dataclass(frozen=True)
class _Brick:
    """What is not cut any further. `joint` stands before it; `glued` ties it to the brick after it."""

    text: str
    lines: tuple[int, int]
    size: int
    kind: BlockKind
    joint: str = "\n"
    glued: bool = False
    lead: str = ""


@dataclass(frozen=True)
class _Draft:
    """A passage before it has its article and place."""

    kind: PassageKind
    text: str
    lines: tuple[int, int]
    headings: tuple[str, ...]
    lead: str = ""


def split(article: Article, limit: int = LIMIT) -> tuple[Passage, ...]:
    """The passages of an article: those of its body in their order, then one for each of its `questions`.

    limit: the size of a passage, in the measure of `kb.sentence.size`. An answer under a question heading
    stays whole up to twice, a procedure up to three times as much; a reply always.
    A heading with nothing below it is a passage of its own words under its parents' path, so that they can
    be found. An article without text and questions has no passages.
    """
    drafts: list[_Draft] = []
    for section in sections(article.body, article.body_line, article.title):
        drafts.extend(_section(section, limit))
    drafts.extend(_questions(article))
    return tuple(
        Passage(
            article=article.id,
            ordinal=ordinal,
            kind=draft.kind,
            title=article.title,
            headings=draft.headings,
            text=draft.text,
            lines=draft.lines,
            lead=draft.lead,
        )
        for ordinal, draft in enumerate(drafts)
    )


def _questions(article: Article) -> Iterator[_Draft]:
    for index, question in enumerate(article.questions):
        line = article.field_lines.get(f"questions[{index}]", article.field_lines.get("questions", 1))
        yield _Draft(PassageKind.QUESTION, question, (line, line), ())


def _section(section: Section, limit: int) -> Iterator[_Draft]:
    """The passages of one section; replies stand alone and part what is before from what is after."""
    if not section.blocks and section.is_leaf and section.heading and not section.is_title:
        yield _Draft(PassageKind.TEXT, section.heading, (section.line, section.line), section.headings[:-1])
    run: list[Block] = []
    for block in section.blocks:
        if block.kind is not BlockKind.REPLY:
            run.append(block)
            continue
        yield from _run(run, section, limit)
        run = []
        if block.text.strip():
            yield _Draft(PassageKind.REPLY, block.text, block.lines, section.headings)
    yield from _run(run, section, limit)


def _run(blocks: Sequence[Block], section: Section, limit: int) -> Iterator[_Draft]:
    """The passages of neighbouring blocks of one section."""
    if not blocks:
        return
    whole = [brick for block in blocks for brick in _whole(block)]
    if _sum(whole) <= limit * (ANSWER_FACTOR if section.is_question else 1):
        yield _draft(whole, section)
        return
    loose: list[_Brick] = []
    for index, block in enumerate(blocks):
        following = blocks[index + 1].kind if index + 1 < len(blocks) else None
        if block.kind is BlockKind.PARAGRAPH and following in _LED:
            loose.extend(_intro(block, limit))
            continue
        bricks = _whole(block)
        if _sum(bricks) <= limit:
            loose.extend(bricks)
        elif _stands_alone(block):
            cut = _first_glued(loose)
            yield from _divide(loose[:cut], section, limit)
            yield from _alone(loose[cut:], block, section, limit)
            loose = []
        else:
            loose.extend(_pieces(block, limit))
    yield from _divide(loose, section, limit)


def _stands_alone(block: Block) -> bool:
    """Whether a block too long for one ordinary passage keeps to itself, so that its parts stay in sight."""
    return block.kind in (BlockKind.STEPS, BlockKind.TABLE)


def _alone(intro: list[_Brick], block: Block, section: Section, limit: int) -> Iterator[_Draft]:
    """A long procedure or table with the sentence that introduces it."""
    room = limit * STEPS_FACTOR if block.kind is BlockKind.STEPS else limit
    bricks = [*intro, *_whole(block)]
    if _sum(bricks) <= room:
        yield _draft(bricks, section)
    else:
        yield from _divide([*intro, *_pieces(block, room)], section, room)


def _whole(block: Block) -> list[_Brick]:
    """A block as one brick."""
    return [_Brick(block.text, block.lines, size(block.text), block.kind)]


def _intro(block: Block, limit: int) -> list[_Brick]:
    """A paragraph before a list, table, procedure or code, with what introduces it glued to that.

    It is all of a short paragraph, and the last sentence of a long one that ends in a colon.
    """
    whole = _whole(block)
    if whole[0].size <= INTRO:
        return [replace(whole[0], glued=True)]
    if not block.text.rstrip().endswith((":", "：")):
        return whole if whole[0].size <= limit else _pieces(block, limit)
    pieces = _pieces(block, limit)
    return [*pieces[:-1], replace(pieces[-1], glued=True)]


def _first_glued(bricks: Sequence[_Brick]) -> int:
    """Where the glued bricks at the end begin."""
    cut = len(bricks)
    while cut and bricks[cut - 1].glued:
        cut -= 1
    return cut


def _pieces(block: Block, limit: int) -> list[_Brick]:
    """A block cut into its parts, a part that is too long into its lines, a line into its sentences."""
    if block.kind is BlockKind.TABLE:
        return _rows(block, limit)
    whole_parts = block.kind in (BlockKind.LIST, BlockKind.STEPS)
    return [
        brick
        for part in block.parts
        for brick in (
            [_part(part, block.kind)]
            if whole_parts and _part(part, block.kind).size <= limit
            else _lines(part, block.kind, limit)
        )
    ]


def _rows(block: Block, limit: int) -> list[_Brick]:
    """A table's rows; the header stays with the first row and leads each later one."""
    header = _part(block.parts[0], block.kind)
    rows = [replace(brick, lead=header.text) for part in block.parts[1:] for brick in _lines(part, block.kind, limit)]
    return [replace(header, glued=bool(rows)), *rows]


def _part(part: Part, kind: BlockKind) -> _Brick:
    text = "\n".join(line.text for line in part)
    lines = min(line.lines[0] for line in part), max(line.lines[1] for line in part)
    return _Brick(text, lines, size(text), kind)


def _lines(part: Iterable[Line], kind: BlockKind, limit: int) -> list[_Brick]:
    """The lines of a part, those that are too long as sentences, code as lines only if they fit."""
    bricks: list[_Brick] = []
    for line in part:
        rows = kind is BlockKind.TABLE or kind is BlockKind.CODE
        cut = (line.text,) if rows and size(line.text) <= limit else sentences(line.text)
        short = [piece for sentence in cut for piece in clauses(sentence, limit)]
        for index, piece in enumerate(short or [line.text]):
            bricks.append(_Brick(piece, line.lines, size(piece), kind, joint="" if index else "\n"))
    return bricks


def _sum(bricks: Iterable[_Brick]) -> int:
    return sum(brick.size for brick in bricks)


def _clusters(bricks: Sequence[_Brick]) -> list[list[_Brick]]:
    """Bricks with what they are glued to."""
    clusters: list[list[_Brick]] = []
    glued = False
    for brick in bricks:
        if glued:
            clusters[-1].append(brick)
        else:
            clusters.append([brick])
        glued = brick.glued
    return clusters


def _divide(bricks: Sequence[_Brick], section: Section, limit: int) -> Iterator[_Draft]:
    """Bricks divided into passages, none above the limit unless one cluster is."""
    if not bricks:
        return
    current: list[_Brick] = []
    held, left = 0, _sum(bricks)
    for cluster in _clusters(bricks):
        weight = _sum(cluster)
        if current and _is_full(held, weight, left, limit):
            yield _draft(current, section)
            left -= held
            current, held = [], 0
        current.extend(cluster)
        held += weight
    yield _draft(current, section)


def _is_full(held: int, weight: int, left: int, limit: int) -> bool:
    """Whether a passage of size `held` ends before a cluster of size `weight`.

    left: the size of all that is not yet in a passage, `held` included. It is to make as few passages as it
    can, and those alike.
    """
    if held + weight > limit:
        return True
    passages = math.ceil(left / limit)
    target = left / passages
    is_nearer = abs(held - target) < abs(held + weight - target)
    return is_nearer and left - held <= (passages - 1) * limit


def _draft(bricks: Sequence[_Brick], section: Section) -> _Draft:
    text = bricks[0].text + "".join(brick.joint + brick.text for brick in bricks[1:])
    lines = min(brick.lines[0] for brick in bricks), max(brick.lines[1] for brick in bricks)
    return _Draft(_kind(bricks, section), text.rstrip(), lines, section.headings, bricks[0].lead)


def _kind(bricks: Sequence[_Brick], section: Section) -> PassageKind:
    """What the larger part of a passage is; a procedure stays one under a question heading too."""
    half = _sum(bricks) / 2
    if _sum(brick for brick in bricks if brick.kind is BlockKind.STEPS) > half:
        return PassageKind.PROCEDURE
    if section.is_question:
        return PassageKind.ANSWER
    if _sum(brick for brick in bricks if brick.kind is BlockKind.TABLE) > half:
        return PassageKind.TABLE
    return PassageKind.TEXT
