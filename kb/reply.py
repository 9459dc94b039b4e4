"""What an agent can send: approved wording first, else steps, table rows or sentences of the passage itself.

Every word of a reply stands in the article; nothing is written here but the joints between table cells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.agreement import Agreement
from kb.article import Article, Audience, Kind
from kb.leg import Alignment
from kb.passage import Passage, PassageKind
from kb.sentence import sentences
from kb.suggestion import ReplyKind

Span = tuple[int, int]

# A passage this short is sent whole; longer ones give up to three sentences of about this much.
_WHOLE = 120
_MOST = 160
_SENTENCES = 3
# A pipe of a cell's own text rarely stands free on both sides, as those between cells do.
_CELL = re.compile(r"(?<!\S)\|(?!\S)")

# What the line below a table's header is made of, quote marks and indent included.
_DASHES = "|-: \t>"


@dataclass(frozen=True)
class Reply:
    """A reply and where it comes from: character ranges of what is shown of the passage, ordered."""

    text: str
    kind: ReplyKind
    spans: tuple[Span, ...] = ()


def compose(
    article: Article, passage: Passage, siblings: Sequence[Passage], alignment: Alignment, question: str = ""
) -> Reply:
    """The reply for one passage.

    siblings: the content passages of the same article. alignment: of the passage, in coordinates of what was
    encoded. question: what was searched for. An internal article gives advice, whatever it is made of.
    """
    approved = None if article.audience is Audience.INTERNAL else _approved(article, passage, siblings)
    if approved is not None:
        whole = ((0, len(passage.shown)),) if approved is passage else ()
        return Reply(approved.text, ReplyKind.APPROVED, whole)
    reply = _own_words(article, passage, Agreement(passage, alignment, question))
    if article.audience is Audience.INTERNAL:
        return Reply(reply.text, ReplyKind.ADVICE, reply.spans)
    return reply


def _approved(article: Article, passage: Passage, siblings: Sequence[Passage]) -> Passage | None:
    """Wording approved for this passage: itself, or a reply block of its own section; a phrase's only one."""
    if passage.kind is PassageKind.REPLY:
        return passage
    blocks = [p for p in siblings if p.kind is PassageKind.REPLY]
    same = [p for p in blocks if p.headings == passage.headings]
    if same:
        return same[0]
    return blocks[0] if article.kind is Kind.PHRASE and len(blocks) == 1 else None


def _own_words(article: Article, passage: Passage, agreement: Agreement) -> Reply:
    if passage.kind is PassageKind.PROCEDURE:
        return Reply(passage.shown, ReplyKind.STEPS, ((0, len(passage.shown)),))
    if passage.kind is PassageKind.TABLE and _tables(article, passage) <= 1:
        return _rows(passage, agreement)
    return _sentences(passage, agreement)


def _sentences(passage: Passage, agreement: Agreement) -> Reply:
    """The run of up to three sentences that the question's tokens agree with most."""
    text = passage.shown
    spans = _sentence_spans(text)
    if len(text) <= _WHOLE or len(spans) <= 1:
        return Reply(text, ReplyKind.SENTENCES, ((0, len(text)),))
    # The answer to a question in a heading begins with its first sentence ("能。").
    firsts = 1 if passage.kind is PassageKind.ANSWER else len(spans)
    runs = [
        (first, last)
        for first in range(firsts)
        for last in range(first, min(first + _SENTENCES, len(spans)))
        if first == last or spans[last][1] - spans[first][0] <= _MOST
    ]
    gains = [agreement.of(spans[a][0], spans[b][1]) for a, b in runs]
    # Of runs that agree equally well the longest is whole, the earliest carries the condition.
    best = max(range(len(runs)), key=lambda i: (round(gains[i], 4), runs[i][1] - runs[i][0], -runs[i][0]))
    start, stop = spans[runs[best][0]][0], spans[runs[best][1]][1]
    return Reply(text[start:stop].strip(), ReplyKind.SENTENCES, ((start, stop),))


def _rows(passage: Passage, agreement: Agreement) -> Reply:
    """The table row that agrees most, each cell behind its column's name.

    A row whose cells cannot be told apart is given as it stands: another row would answer something else.
    """
    lines = _lines(passage.shown)
    header = next((i for i, (a, b) in enumerate(lines) if _CELL.search(passage.shown, a, b)), None)
    if header is None or header + 1 >= len(lines):
        return _sentences(passage, agreement)
    names = _cells(passage.shown, lines[header])
    rows = [span for span in lines[header + 1 :] if len(_cells(passage.shown, span)) >= len(names)]
    if not rows:
        return _sentences(passage, agreement)
    best = max(rows, key=lambda span: agreement.of(*span))
    cells = _cells(passage.shown, best)
    if len(cells) != len(names):
        return Reply(passage.shown[slice(*best)].strip(), ReplyKind.TABLE, (best,))
    named = zip(names, cells, strict=True)
    text = "；".join(f"{name}：{cell}" if name else cell for name, cell in named if cell)
    return Reply(text, ReplyKind.TABLE, (best,))


def _tables(article: Article, passage: Passage) -> int:
    """How many tables begin in a passage. Under more than one header nobody can tell which a row belongs to."""
    first, last = passage.lines
    lines = article.source.split("\n")[first - 1 : last]
    return sum("|" in line and "-" in line and not line.strip(_DASHES) for line in lines)


def _sentence_spans(text: str) -> list[Span]:
    spans, start = [], 0
    for sentence in sentences(text):
        spans.append((start, start + len(sentence.rstrip())))
        start += len(sentence)
    return spans


def _lines(text: str) -> list[Span]:
    spans, start = [], 0
    for line in text.split("\n"):
        if line.strip():
            spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans


def _cells(text: str, span: Span) -> list[str]:
    return [cell.strip() for cell in _CELL.split(text[span[0] : span[1]])]
