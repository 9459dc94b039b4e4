"""If-Match and If-None-Match: nobody overwrites what another has written in the meantime (RFC 9110, 13.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from fastapi import Header
from starlette.exceptions import HTTPException

from kb.errors import UnknownArticleError
from kb.store.records import Entry

IfMatch = Annotated[str | None, Header(max_length=2000, description="The ETag of the article as you read it.")]
IfNoneMatch = Annotated[str | None, Header(max_length=2000, description="`*` for an article that is to be new.")]

_TAG = re.compile(r'\s*(?:W/)?"([^"]*)"\s*')
_MISSING = "send If-Match with the ETag that you read"
_EITHER = f"{_MISSING}, or `If-None-Match: *` for a new article"


def seen(entry: Callable[[], Entry], if_match: str | None) -> str:
    """The etag that the caller has seen, for the store to compare.

    A proxy that compresses makes an ETag weak; here it names a state and not bytes, so that a weak one counts.
    Raises HTTPException 428 without one and 400 for what is none.
    """
    if if_match is None:
        raise HTTPException(428, _MISSING)
    tags = _tags(if_match)
    if len(tags) == 1:
        return tags[0]
    now = entry().etag
    return now if now in tags else tags[0]


def seen_or_new(entry: Callable[[], Entry], if_match: str | None, if_none_match: str | None) -> str | None:
    """As `seen`; None for an article that is to be new, which the store sees to.

    Raises HTTPException 428 without either header, 400 with both, 412 for one that was seen and is not there.
    """
    if if_match is not None and if_none_match is not None:
        raise HTTPException(400, "send If-Match or If-None-Match, not both")
    if if_match is None and if_none_match is None:
        raise HTTPException(428, _EITHER)
    if if_match is None:
        if (if_none_match or "").strip() != "*":
            raise HTTPException(400, "If-None-Match can only be `*` here: the article is to be new")
        return None
    try:
        entry()
    except UnknownArticleError as error:
        raise HTTPException(412, f"{error}; send `If-None-Match: *` to make it") from error
    return seen(entry, if_match)


def _tags(header: str) -> list[str]:
    if header.strip() == "*":
        raise HTTPException(428, f"`If-Match: *` would overwrite what you have not seen; {_MISSING}")
    found = [_TAG.fullmatch(part) for part in header.split(",")]
    tags = [match.group(1) for match in found if match is not None]
    if len(tags) != len(found):
        raise HTTPException(400, 'If-Match must be an ETag in double quotes, as `"…"`')
    return tags
