"""Articles as they are served."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api.auth import ANYONE
from api.dependencies import Answering
from api.errors import documented
from api.schemas import ArticleOut, article_out
from kb.errors import UnknownArticleError
from kb.html import safe_html

router = APIRouter(tags=["answers"], dependencies=[Depends(ANYONE)], responses=documented(401, 403, 429))


@router.get(
    "/v1/articles/{article:path}",
    summary="An article of the served generation",
    responses=documented(404),
)
def read_article(article: str, assistant: Answering) -> ArticleOut:
    """Its Markdown as written, and HTML that is safe to show, in force or not."""
    index = assistant.index
    ordinal = index.ordinal(article)
    if ordinal is None:
        raise UnknownArticleError(f"no article {article!r} in generation {index.generation}")
    found = index.articles[ordinal]
    return article_out(found, index.validity.end_of(ordinal), index.generation, safe_html(found))
