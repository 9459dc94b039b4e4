"""The digest as Markdown, and as one HTML page; what customers wrote is shown as text, never as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from markdown_it import MarkdownIt
from markupsafe import escape

from kb.digest import Digest, Topic

# Texts stand in cells and headings, where no line begins: -, +, # and ! mean nothing there without what is escaped.
_MARKUP = re.compile(r"([\\`*_{}\[\]|<>&~$:])")
_GAPS_SHOWN = 10
_KINDS = {"wrong": "答错", "outdated": "过时", "incomplete": "不全", "threat": "要投诉", "anger": "生气"}
_STATES = {"open": "未分派", "assigned": "已分派", "drafted": "已起草", "answered": "已回答"}
_NOBODY = "（未定）"
_LONGEST = 60
_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #8886;padding:.3rem .5rem;text-align:left;"
    "vertical-align:top}th{white-space:nowrap}"
)


def digest_markdown(digest: Digest) -> str:
    """The digest as Markdown."""
    last = digest.until.date().toordinal() - digest.since.date().toordinal() - 1
    end = digest.since.date().fromordinal(digest.since.date().toordinal() + last)
    parts = [
        f"# 客户问题周报 {digest.name}",
        f"{digest.since.date()} 至 {end}：{digest.conversations} 个会话，{digest.questions} 个问题，"
        f"{digest.served:.0%} 的回答被采用，{digest.unanswered:.0%} 没有可靠的答案。",
        *([] if digest.is_whole else ["这一周或之前四周的部分记录已按保存期限删除，数字不完整。"]),
        "## 突然增多",
        _topics(digest, digest.rose),
        "## 问得最多",
        _topics(digest, digest.asked),
        "## 投诉与报错",
        _table(
            ("商品", "类型", "会话", "例子"),
            ((c.product or "—", _KINDS.get(c.kind, c.kind), c.conversations, c.example) for c in digest.complaints),
        ),
        "## 待补的答案",
        *_gaps(digest),
        "## 发送前常被修改",
        _table(
            ("文章", "采用", "其中改过", "平均改动字数"),
            ((digest.title_of(e.article), e.used, e.edited, f"{e.distance:.0f}") for e in digest.edited),
        ),
    ]
    return "\n\n".join(parts) + "\n"


def digest_html(digest: Digest) -> str:
    """The digest as a page that needs nothing else."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(digest_markdown(digest))
    return (
        f'<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(digest.name)}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n{body}</body></html>\n"
    )


def _topics(digest: Digest, topics: Sequence[Topic]) -> str:
    return _table(
        ("问题", "会话", "平时每周", "采用率", "排在最前的文章"),
        (
            (t.title, t.conversations, f"{t.before:.1f}", f"{t.served:.0%}", digest.title_of(t.article) or "—")
            for t in topics
        ),
    )


def _gaps(digest: Digest) -> list[str]:
    parts = []
    for owner, gaps in digest.gaps.items():
        rows = (
            (
                g.number,
                g.examples[0] if g.examples else g.group.title,
                g.conversations,
                _STATES[g.group.state],
                digest.title_of(g.nearest) or "—",
            )
            for g in gaps[:_GAPS_SHOWN]
        )
        parts += [f"### {_plain(owner) or _NOBODY}", _table(("编号", "例子", "会话", "状态", "最接近的文章"), rows)]
        if more := gaps[_GAPS_SHOWN:]:
            parts.append(f"另有 {len(more)} 个，每个至多 {max(g.conversations for g in more)} 个会话。")
    return parts or ["没有。"]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(_plain(str(cell)) for cell in row) + " |" for row in rows]
    if not lines:
        return "没有。"
    return "\n".join(["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *lines])


def _plain(text: str) -> str:
    """Somebody's text as one line of Markdown that shows it as it is."""
    line = " ".join(text.split())
    return _MARKUP.sub(r"\\\1", line[:_LONGEST] + ("…" if len(line) > _LONGEST else ""))
