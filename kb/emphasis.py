"""Emphasis that works in Chinese.

CommonMark looks for spaces around `**“七天”**内`, which Chinese does not write, and would leave the asterisks
in the text. Beside a Chinese, Japanese or Korean character no space is asked for, as the CommonMark
amendment "CJK-friendly emphasis" proposes; all else is as CommonMark has it.
"""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_inline.emphasis import tokenize
from markdown_it.rules_inline.state_inline import StateInline

from kb.sentence import is_wide

_STAR = ord("*")


def emphasis_plugin(markdown: MarkdownIt) -> None:
    """Let asterisks open and close emphasis beside wide characters."""
    markdown.inline.ruler.at("emphasis", _emphasis)


def _emphasis(state: StateInline, silent: bool) -> bool:
    start, known = state.pos, len(state.delimiters)
    if not tokenize(state, silent):
        return False
    before = state.src[start - 1 : start]
    after = state.src[state.pos : state.pos + 1]
    for delimiter in state.delimiters[known:]:
        if delimiter.marker == _STAR:
            delimiter.open = delimiter.open or (is_wide(before) and not _is_blank(after))
            delimiter.close = delimiter.close or (is_wide(after) and not _is_blank(before))
    return True


def _is_blank(char: str) -> bool:
    return not char or char.isspace()
