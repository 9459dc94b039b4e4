"""Where a sentence ends, and how long a text is, in Chinese and Latin script mixed."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CLOSERS = "”’」』）)】》〉\"'"
_END = re.compile(
    rf"(?:[。！？；…]+"  # always an end
    rf"|[!?;]+(?![A-Za-z0-9_/=&.,:%#-])"  # not inside an address or code
    rf"|(?<=[^\W\d_])[.](?=\s|$))"  # a full stop after a letter, before a space: neither 1.5L nor 3. is one
    rf"[!?！？。…]*[{_CLOSERS}]*"
    rf"|\n"
)
_CLAUSE = re.compile(r"[，、,：:；;]|\s")
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_UNIT = re.compile(rf"[{_WIDE}]|[^\W{_WIDE}]+|\S")
_ONE_WIDE = re.compile(rf"[{_WIDE}]")
_WORD_SIZE = 2
_WORD_LETTERS = 8


def is_wide(char: str) -> bool:
    """Whether a character is Chinese, Japanese or Korean, full-width punctuation included."""
    return bool(_ONE_WIDE.fullmatch(char))


def size(text: str) -> int:
    """How long a text is, in Chinese characters.

    A Latin word or a number counts as two, longer runs of letters as a quarter of their letters; spaces
    count nothing.
    """
    return sum(_unit_size(match.group()) for match in _UNIT.finditer(text))


def _unit_size(unit: str) -> int:
    if len(unit) == 1:
        return 1
    return _WORD_SIZE if len(unit) <= _WORD_LETTERS else (len(unit) + 3) // 4


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text; joined they are the text again, spaces and newlines between them included.

    A sentence ends at 。！？；… and their half-width kin, and at a newline; closing quotes and brackets stay
    with it. An empty text has none.
    """
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        while end < len(text) and text[end].isspace():
            end += 1
        if end <= start:
            continue
        if text[start:end].strip():
            found.append(text[start:end])
            start = end
    if start < len(text):
        if text[start:].strip() or not found:
            found.append(text[start:])
        else:
            found[-1] += text[start:]
    return tuple(found)


def clauses(text: str, limit: int) -> tuple[str, ...]:
    """A sentence too long for `limit` (in the measure of `size`), cut at commas or spaces or else anywhere.

    Joined the pieces are the text again.
    """
    if size(text) <= limit:
        return (text,)
    pieces: list[str] = []
    current = ""
    for clause in _clauses(text, limit * _WORD_LETTERS):
        if current and size(current + clause) > limit:
            pieces.append(current)
            current = ""
        current += clause
        while size(current) > limit:
            cut = _cut(current, limit)
            pieces.append(current[:cut])
            current = current[cut:]
    if current:
        pieces.append(current)
    return tuple(pieces)


def _clauses(text: str, longest: int) -> Iterator[str]:
    """Stretches up to the next comma or space, none with more than `longest` characters."""
    ends = [match.end() for match in _CLAUSE.finditer(text)]
    start = 0
    for end in [*ends, len(text)]:
        for at in range(start, end, longest):
            yield text[at : min(at + longest, end)]
        start = end


def _cut(text: str, limit: int) -> int:
    """The largest number of leading characters whose size stays within the limit, at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if size(text[:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    return low
