"""What an agent can send: approved wording first, else steps, table rows or sentences of the passage itself.

Every word of a reply stands in the article; nothing is written here but the joints between table cells, the colon
behind a heading that refuses, and what the context gives for the blanks of approved wording.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from kb.agreement import Agreement, Asked
from kb.article import Article, Audience, Kind
from kb.blanks import blanks, fill
from kb.highlight import marked
from kb.index import Index
from kb.layout import Unit, units
from kb.leg import Alignment
from kb.normalise import normalise
from kb.passage import Passage, PassageKind
from kb.refusal import refusing
from kb.suggestion import ReplyKind
from kb.table import ArticleBlocks, Row, Span, Table

# A passage this short is sent whole; longer ones give up to three sentences of about this much, and what limits
# them up to that much.
_WHOLE = 120
_MOST = 160
_WITH_LIMITS = 240
_SENTENCES = 3
# Rows that agree nearly as well as the best are given with it: a wrong row alone would be a wrong answer.
_NEAR_ROW = 0.05
_ROWS = 2
_WHOLE_TABLE = 6
# A sentence beside a table is only the answer where it agrees this much more than every row.
_BESIDE = 0.08
# A sentence below a table is a note on it more often than an answer.
_BELOW = 0.15
# So much more than a section's first sentences must others agree.
_LEAD = 0.06
# Of a row longer than this only the columns that the question names are given, and those that may limit them.
_LONG_ROW = 60
_CONDITIONS = re.compile(r"备注|说明|条件|限制|例外|注意|要求|前提|范围|note|remark|condition|limit|except")
# Wording approved in a section stands for a passage of it that it repeats: this share of its answer's pairs of
# characters, or every number of it.
_REPEATS = 0.3
_NUMBER = re.compile(r"\d+(?:[.:]\d+)*")
_NEGATION = re.compile(r"[不没无非勿未别禁]")


_STEP = re.compile(r"^\s*\d{1,2}[.、)]\s+", re.MULTILINE)


@dataclass(frozen=True)
class Reply:
    """A reply and where it comes from: character ranges of what is shown of the passage, ordered, not touching.

    words: finer ranges, of the words that answer. blanks: the names of the blanks left open.
    """

    text: str
    kind: ReplyKind
    spans: tuple[Span, ...] = ()
    words: tuple[Span, ...] = ()
    blanks: tuple[str, ...] = ()


class _Laid:
    """One passage with what is computed of it once."""

    def __init__(self, passage: Passage, tables: ArticleBlocks) -> None:
        self.passage = passage
        self._source = tables

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        return self._source.tables(self.passage)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        return units(self.passage.shown, self.tables, self._source.listed(self.passage))

    @cached_property
    def plain(self) -> str:
        return normalise(self.passage.shown)


class Replies:
    """Composes the replies of one generation; what does not depend on the question is kept. Safe across threads."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._laid: dict[int, _Laid] = {}
        self._blocks: dict[int, ArticleBlocks] = {}
        self._approved: dict[int, list[_Laid]] = {}

    def reply(self, asked: Asked, ordinal: int, slots: Mapping[str, str] | None = None) -> Reply:
        """The reply for the passage of that ordinal. slots: what the blanks of approved wording are filled with."""
        index = self._index
        number = int(index.article_of[ordinal])
        blocks = self._approved.get(number)
        if blocks is None:
            kinds = [(o, index.passages[o].kind) for o in index.passages_of(number)]
            blocks = self._approved[number] = [self._lay(o) for o, kind in kinds if kind is PassageKind.REPLY]
        alignment = index.late.align(asked.query, ordinal)
        return _compose(index.articles[number], self._lay(ordinal), blocks, alignment, asked, slots or {})

    def _lay(self, ordinal: int) -> _Laid:
        laid = self._laid.get(ordinal)
        if laid is None:
            article = int(self._index.article_of[ordinal])
            if article not in self._blocks:
                self._blocks[article] = ArticleBlocks(self._index.articles[article])
            laid = self._laid[ordinal] = _Laid(self._index.passages[ordinal], self._blocks[article])
        return laid


def compose(
    article: Article,
    passage: Passage,
    siblings: Sequence[Passage],
    alignment: Alignment,
    asked: Asked,
    slots: Mapping[str, str] | None = None,
) -> Reply:
    """The reply for one passage.

    siblings: the content passages of the same article. alignment: of the passage, in coordinates of what was
    encoded. An internal article gives advice, whatever it is made of; one of the article's `questions` is never
    a reply.
    """
    tables = ArticleBlocks(article)
    blocks = [_Laid(p, tables) for p in siblings if p.kind is PassageKind.REPLY]
    return _compose(article, _Laid(passage, tables), blocks, alignment, asked, slots or {})


def _compose(
    article: Article,
    laid: _Laid,
    blocks: Sequence[_Laid],
    alignment: Alignment,
    asked: Asked,
    slots: Mapping[str, str],
) -> Reply:
    passage = laid.passage
    internal = article.audience is Audience.INTERNAL
    words = marked(passage, alignment, asked)
    if passage.kind is PassageKind.QUESTION:
        return Reply("", ReplyKind.ADVICE if internal else ReplyKind.SENTENCES, (), words)
    if passage.kind is PassageKind.REPLY:
        kind = ReplyKind.ADVICE if internal else ReplyKind.APPROVED
        return _filled(passage.shown, kind, ((0, len(passage.shown)),), words, slots)
    own = _under_its_heading(passage, _own_words(laid, alignment, asked))
    if internal:
        return Reply(own.text, ReplyKind.ADVICE, own.spans, words)
    block = _approved(article, passage, blocks, own.text) if blocks else None
    if block is not None:
        return _filled(block.passage.shown, ReplyKind.APPROVED, (), words, slots)
    return Reply(own.text, own.kind, own.spans, words)


def _filled(
    text: str, kind: ReplyKind, spans: tuple[Span, ...], words: tuple[Span, ...], slots: Mapping[str, str]
) -> Reply:
    return Reply(fill(text, slots), kind, spans, words, tuple(name for name in blanks(text) if name not in slots))


def _approved(article: Article, passage: Passage, blocks: Sequence[_Laid], answer: str) -> _Laid | None:
    """Wording approved for what a passage answers: a block of its section that repeats it; a phrase's only one."""
    if article.kind is Kind.PHRASE and len(blocks) == 1:
        return blocks[0]
    same = [block for block in blocks if block.passage.headings == passage.headings]
    # The steps' own numbers are no part of what they say.
    said = normalise(_STEP.sub("", answer)) if same else ""
    return next((block for block in same if _repeats(block.plain, said)), None)


def _repeats(wording: str, answer: str) -> bool:
    """Whether approved wording says what the answer says; a refusal is not repeated by what refuses nothing."""
    if _NEGATION.search(answer) and not _NEGATION.search(wording):
        return False
    numbers = set(_NUMBER.findall(answer))
    if numbers and not numbers <= set(_NUMBER.findall(wording)):
        return False
    pairs = {a + b for a, b in pairwise(answer) if a.isalnum() and b.isalnum()}
    return bool(numbers) or not pairs or sum(pair in wording for pair in pairs) >= _REPEATS * len(pairs)


def _under_its_heading(passage: Passage, own: Reply) -> Reply:
    """A reply behind the heading that refuses what it says, where it does not say so itself."""
    heading = refusing(passage.headings, own.text)
    if heading is None:
        return own
    joint = "\n" if heading.endswith(("：", ":", "？", "?")) else "：\n"
    return replace(own, text=f"{heading}{joint}{own.text}")


def _own_words(laid: _Laid, alignment: Alignment, asked: Asked) -> Reply:
    passage = laid.passage
    whole = Reply(passage.shown, ReplyKind.SENTENCES, ((0, len(passage.shown)),))
    if passage.kind is PassageKind.PROCEDURE:
        return Reply(whole.text, ReplyKind.STEPS, whole.spans)
    short = not laid.tables and len(passage.shown) <= _WHOLE
    if short or (len(laid.units) <= 1 and not laid.tables) or not laid.units:
        return whole
    agreement = Agreement(passage, laid.units, alignment, asked)
    rows = _of_its_products([n for n, unit in enumerate(laid.units) if unit.row is not None], laid, asked)
    best = _best_sentences(laid, agreement)
    if rows and (best is None or _speak_more(laid, agreement, rows, best)):
        return _rows(laid, agreement, rows, asked)
    return whole if best is None else _sentences(laid, *best)


def _speak_more(laid: _Laid, agreement: Agreement, rows: Sequence[int], best: tuple[int, int]) -> bool:
    """Whether a table's rows are the answer rather than the best sentences beside it."""
    beside = _BELOW if best[0] > min(n for n, unit in enumerate(laid.units) if unit.row is not None) else _BESIDE
    return max(agreement.of(row, row) for row in rows) >= agreement.of(*best) - beside


def _of_its_products(rows: list[int], laid: _Laid, asked: Asked) -> list[int]:
    """Those of a passage's rows that name a product asked about, or all: its neighbour's row holds other numbers."""
    if asked.products is None:
        return rows
    texts = [laid.passage.shown[laid.units[n].start : laid.units[n].stop] for n in rows]
    return [rows[number] for number in asked.products.named_in(texts)] or rows


def _best_sentences(laid: _Laid, agreement: Agreement) -> tuple[int, int] | None:
    """The run of up to three sentences that agrees most, as its first and last unit; None without sentences."""
    # The answer to a question in a heading begins with its first sentence ("能。").
    firsts = 1 if laid.passage.kind is PassageKind.ANSWER and not laid.tables else len(laid.units)
    most = 1 if laid.tables else _SENTENCES
    runs = [run for first in range(firsts) for run in _runs(laid.units, first, most)]
    if not runs:
        return None
    # Of runs that agree equally well the longest is whole, the earliest carries the condition.
    best = max(runs, key=lambda run: (round(agreement.of(*run), 4), run[1] - run[0], -run[0]))
    # Where nothing in the question tells one sentence from another, a section says what matters first.
    leads = [run for run in runs if run[0] == 0]
    lead = max(leads, key=lambda run: (round(agreement.of(*run), 4), run[1] - run[0]), default=best)
    return lead if agreement.of(*lead) >= agreement.of(*best) - _LEAD else best


def _runs(all_units: Sequence[Unit], first: int, most: int) -> Iterator[tuple[int, int]]:
    """Runs of sentences from `first` on: none of rows, none that only introduces a table, none out of its list."""
    head = all_units[first].headed
    for last in range(first, min(first + most, len(all_units))):
        unit = all_units[last]
        if unit.row is not None or (head is not None and unit.headed != head):
            return
        before_a_row = last + 1 < len(all_units) and all_units[last + 1].row is not None
        if (first == last or unit.stop - all_units[first].start <= _MOST) and not (before_a_row and unit.heads):
            yield first, last


def _sentences(laid: _Laid, first: int, last: int) -> Reply:
    """A run of sentences with what it needs before it and what limits it behind it, as it stands."""
    text, all_units = laid.passage.shown, laid.units
    while first and all_units[first].points_back and all_units[first - 1].row is None:
        first -= 1
    end = last
    while last + 1 < len(all_units) and _belongs(all_units, first, last, first_limit=last == end):
        last += 1
    spans = [*_heads(all_units, first), (all_units[first].start, all_units[last].stop)]
    return _as_it_stands(text, spans)


def _belongs(all_units: Sequence[Unit], first: int, last: int, *, first_limit: bool) -> bool:
    """Whether the unit behind a run limits it, or is of the list that the run's last sentence introduces.

    What limits it right behind it belongs to it however long that is.
    """
    following = all_units[last + 1]
    if all_units[last].heads or (following.headed is not None and following.headed >= first):
        return following.row is None
    return following.limits and (first_limit or following.stop - all_units[first].start <= _WITH_LIMITS)


def _heads(all_units: Sequence[Unit], first: int) -> list[Span]:
    """What introduces a unit, outermost first: a line of a list is not whole without it."""
    found: list[Span] = []
    head = all_units[first].headed
    while head is not None:
        found.insert(0, (all_units[head].start, all_units[head].stop))
        head = all_units[head].headed
    return found


def _as_it_stands(text: str, spans: Sequence[Span]) -> Reply:
    joined = _joined(spans, text)
    return Reply("\n".join(text[a:b] for a, b in joined), ReplyKind.SENTENCES, tuple(joined))


def _joined(spans: Sequence[Span], text: str) -> list[Span]:
    """Ordered ranges with those between which only white space stands made one."""
    made: list[Span] = []
    for start, stop in spans:
        if made and not text[made[-1][1] : start].strip():
            made[-1] = (made[-1][0], stop)
        else:
            made.append((start, stop))
    return made


def _rows(laid: _Laid, agreement: Agreement, rows: Sequence[int], asked: Asked) -> Reply:
    """The row that agrees most, and those nearly as good, each with what refuses it before and limits it behind.

    Where more are as good than can be given, a table of a few rows is given whole. Each cell stands behind its
    column's name.
    """
    gains = agreement.of_rows(rows)
    order = sorted(range(len(rows)), key=lambda i: (-round(float(gains[i]), 4), i))
    near = [i for i in order if gains[i] >= gains[order[0]] - _NEAR_ROW]
    # Of a table of which the question tells no rows apart nobody can choose two.
    whole = len(near) > _ROWS and len(rows) <= _WHOLE_TABLE
    chosen = list(rows) if whole else sorted(rows[i] for i in near[:_ROWS])
    text = laid.passage.shown
    said: dict[Span, str] = {}
    for number in chosen:
        unit = laid.units[number]
        said |= {(a, b): text[a:b] for a, b in (*_heads(laid.units, number), *_limits(laid.units, number))}
        if unit.row is not None:
            said[unit.start, unit.stop] = unit.row.text(_columns(unit.row, asked))
    spans = sorted(said)
    return Reply("\n".join(said[span] for span in spans), ReplyKind.TABLE, tuple(_joined(spans, text)))


def _limits(all_units: Sequence[Unit], row: int) -> list[Span]:
    """The sentence right below a row's table, if it limits what the table says, with the list that it introduces."""
    place = next((n for n in range(row + 1, len(all_units)) if all_units[n].row is None), None)
    if place is None or not all_units[place].limits:
        return []
    last = place
    while last + 1 < len(all_units) and (all_units[last].heads or (all_units[last + 1].headed or 0) >= place):
        if all_units[last + 1].row is not None:
            break
        last += 1
    # What introduces nothing but another table limits this one not.
    return [] if all_units[last].heads else [(all_units[place].start, all_units[last].stop)]


def _columns(row: Row, asked: Asked) -> tuple[int, ...] | None:
    """The columns that the question names, or of a product it is about, and any of conditions; None: all.

    Of names that stand in the question within each other the longest count.
    """
    if len(row.names) <= 2 or (len(row.text()) <= _LONG_ROW and not row.is_of_values):
        return None
    names = {c: "".join(normalise(name).split()) for c, name in enumerate(row.names) if c and len(name) > 1}
    said = "".join(asked.plain.split())
    named = [c for c, name in names.items() if name in said]
    longest = [c for c in named if not any(names[c] != names[d] and names[c] in names[d] for d in named)]
    of_products = asked.products.named_in(row.names[1:]) if asked.products is not None else []
    wanted = {*longest, *(number + 1 for number in of_products)}
    if not wanted:
        return None
    return tuple(c for c, name in enumerate(row.names) if c in wanted or (c and _CONDITIONS.search(name.lower())))
