"""The blanks `{name}` of approved wording, filled with what is known of the customer's order."""

from __future__ import annotations

import re
from collections.abc import Mapping

_BLANK = re.compile(r"\{([^{}\n]{1,40})\}")


def blanks(text: str) -> tuple[str, ...]:
    """The names of a text's blanks in their order, each once."""
    return tuple(dict.fromkeys(match.group(1).strip() for match in _BLANK.finditer(text)))


def fill(text: str, slots: Mapping[str, str]) -> str:
    """The text with its blanks filled as far as `slots` knows them; what is filled in is never read for blanks."""
    return _BLANK.sub(lambda match: slots.get(match.group(1).strip(), match.group()), text) if slots else text
