"""An article's body as HTML that is safe to show inside a page.

Two walls, either of which would do: the parser takes raw HTML as text, and what it renders is cleaned down
to a short list of tags. Images are shown as their alternative text: opening an article must not call a
stranger's server.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any

import nh3
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from kb.article import Article
from kb.markdown import parser, tokens

_LINE = "data-line"
_TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "a"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}


def safe_html(article: Article) -> str:
    """The body as HTML: blocks, list items and table rows carry `data-line`, their first line in the file.

    Links lead to http, https and mailto only, open apart and tell the target nothing of the page. A fence of
    approved wording has the class `language-reply`. An empty body gives an empty text.
    """
    found = tokens(article.body)
    for token in found:
        if token.block and token.map and token.nesting >= 0 and token.type != "inline":
            token.attrSet(_LINE, str(article.body_line + token.map[0]))
    rendered: str = _Renderer().render(found, parser().options, {})
    return nh3.clean(
        rendered,
        tags=_TAGS,
        clean_content_tags=set(),
        attributes={"*": {_LINE}, "a": {"href", "title"}, "ol": {"start"}},
        allowed_classes={"code": {"language-reply"}},
        set_tag_attribute_values={"a": {"target": "_blank"}},
        link_rel="noopener noreferrer nofollow",
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
    )


class _Renderer(RendererHTML):
    """markdown-it's renderer, with words for images."""

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        return escapeHtml(self.renderInlineAsText(tokens[idx].children, options, env))
