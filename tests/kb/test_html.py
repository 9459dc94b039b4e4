from __future__ import annotations

import re

import pytest

from kb.article import Article, Kind
from kb.html import safe_html


def html(body: str, body_line: int = 1) -> str:
    return safe_html(Article("a", "题", Kind.POLICY, "a.md", "\n" * (body_line - 1) + body, body_line))


def test_blocks_items_and_rows_carry_their_line_in_the_file() -> None:
    shown = html("# 题\n\n字\n\n1. 一\n2. 二\n\n| a |\n|---|\n| 1 |\n\n```\n码\n```\n\n---\n", 7)
    found = re.findall(r'<(\w+)[^>]* ?data-line="(\d+)"', shown)
    assert found == [
        ("h1", "7"), ("p", "9"), ("ol", "11"), ("li", "11"), ("li", "12"),
        ("table", "14"), ("thead", "14"), ("tr", "14"), ("tbody", "16"), ("tr", "16"),
        ("code", "18"), ("hr", "22"),
    ]  # fmt: skip


def test_an_empty_body_gives_an_empty_text() -> None:
    assert html("") == ""


def test_links_lead_to_the_web_and_mail_only() -> None:
    assert html('[a](https://x.y "t")') == (
        '<p data-line="1"><a href="https://x.y" title="t" target="_blank" '
        'rel="noopener noreferrer nofollow">a</a></p>\n'
    )
    assert 'href="mailto:a@b.c"' in html("<a@b.c>")


@pytest.mark.parametrize(
    "body",
    [
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](java&#115;cript:alert(1))",
        "[a](&#x6A;avascript:alert(1))",
        "[a](vbscript:x)",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "[a](file:///etc/passwd)",
        "[a](ftp://x.y)",
        "[a](/admin/delete)",
        "[a](//evil.example)",
        "[a](?x)",
        "<javascript:alert(1)>",
        "[a]\n\n[a]: javascript:alert(1)",
    ],
)
def test_other_links_lead_nowhere(body: str) -> None:
    assert "href" not in html(body)


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<iframe src=x></iframe>",
        "<style>*{}</style>",
        "# <script>alert(1)</script>",
        "- <script>alert(1)</script>",
        "| <script>alert(1)</script> |\n|---|\n| <img onerror=x> |\n",
        "`<script>alert(1)</script>`",
        "```\n</code></pre><script>alert(1)</script>\n```",
        '```reply"><script>alert(1)</script>\n字\n```',
        "![<script>alert(1)</script>](x)",
        '![" onerror="alert(1)](x)',
        '[x](https://a.b "\\"><script>alert(1)</script>")',
        "<!-- --><script>alert(1)</script>",
        "<a href='javascript:alert(1)'>x</a>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
    ],
)
def test_markup_in_a_body_is_text(body: str) -> None:
    tags = re.findall(r"<([^>]*)>", html(body))
    names = {tag.strip("/").split()[0] for tag in tags}
    assert names <= {"p", "h1", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "a"}
    for tag in tags:
        attributes = set(re.findall(r'([\w-]+)="[^"]*"', tag))
        assert attributes <= {"data-line", "class", "href", "title", "target", "rel"}


def test_markup_stays_readable() -> None:
    assert html("<b>粗</b>") == '<p data-line="1">&lt;b&gt;粗&lt;/b&gt;</p>\n'


def test_images_are_shown_by_their_words() -> None:
    assert html("![尺码**表**](http://t.example/x.png)") == '<p data-line="1">尺码表</p>\n'


def test_replies_can_be_told_from_code() -> None:
    assert 'class="language-reply"' in html("```reply\n您好\n```")
    assert "language" not in html("```sh\nls\n```")
