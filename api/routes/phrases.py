"""The approved phrases in force, for the sidebar's shortcut, with the first letters of their names' sounds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from api.auth import ANYONE
from api.dependencies import Answering
from api.errors import documented
from api.schemas import SourceOut
from kb.article import Audience, Kind
from kb.assistant import Assistant
from kb.blanks import blanks
from kb.passage import PassageKind
from kb.question import MAX_NAME, Context
from kb.suggestion import Source

router = APIRouter(tags=["answers"], dependencies=[Depends(ANYONE)], responses=documented(401, 403, 422, 429))

Name = Annotated[str | None, Query(min_length=1, max_length=MAX_NAME)]


class PhraseOut(BaseModel):
    """Approved wording. `blanks`: names of its `{…}`. `letters`: first letters of the sounds of heading and title."""

    text: str
    blanks: list[str]
    letters: list[str]
    source: SourceOut


class PhrasesOut(BaseModel):
    """The phrases of the generation that answers, in the order of their articles."""

    phrases: list[PhraseOut]
    generation: str


@router.get("/v1/phrases", summary="Approved phrases in force")
def read_phrases(assistant: Answering, channel: Name = None, product: Name = None) -> PhrasesOut:
    """Wording approved for sending, of articles of the kind `phrase` that customers may read."""
    found = list(_phrases(assistant, Context(channel=channel, product=product)))
    return PhrasesOut(phrases=found, generation=assistant.index.generation)


def _phrases(assistant: Assistant, context: Context) -> Iterator[PhraseOut]:
    index = assistant.index
    allowed = index.validity.in_force(context, datetime.now(UTC))
    for ordinal, article in enumerate(index.articles):
        if not allowed[ordinal] or article.kind is not Kind.PHRASE or article.audience is Audience.INTERNAL:
            continue
        for place in index.passages_of(ordinal):
            passage = index.passages[place]
            if passage.kind is not PassageKind.REPLY:
                continue
            source = Source.of(article, passage, index.validity.end_of(ordinal), index.revision_of(ordinal))
            names = dict.fromkeys((*reversed(passage.headings), article.title))
            yield PhraseOut(
                text=passage.text,
                blanks=list(blanks(passage.text)),
                letters=list(dict.fromkeys(letters for name in names if (letters := _letters(name)))),
                source=SourceOut.model_validate(source),
            )


def _letters(text: str) -> str:
    """`话术：道歉` as `hsdq`: first letters of Chinese sounds, other letters and digits as they are."""
    # Its dictionaries take 50 MB: not before somebody asks for phrases.
    from pypinyin import Style, lazy_pinyin

    parts = lazy_pinyin(text.lower(), style=Style.FIRST_LETTER)
    return "".join(letter for part in parts for letter in part if letter.isascii() and letter.isalnum())
