"""The products and channels of an article as they are compared, worked out once for each article."""

from __future__ import annotations

from kb.article import Article
from kb.memo import kept
from kb.normalise import normalise_code


@kept
def product_codes(article: Article) -> tuple[str, ...]:
    """The article's products for comparison, in their order."""
    return tuple(map(normalise_code, article.products))


@kept
def channel_codes(article: Article) -> tuple[str, ...]:
    """The article's channels for comparison, in their order."""
    return tuple(map(normalise_code, article.channels))
