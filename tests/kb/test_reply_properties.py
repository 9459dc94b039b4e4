"""What must hold for every reply of every article of the demo library, whatever late interaction says."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from kb.agreement import Asked
from kb.article import Article, Audience
from kb.encoder import TokenVectors
from kb.folder import read_folder
from kb.highlight import marked
from kb.leg import Alignment, Query
from kb.passage import Passage, PassageKind
from kb.refusal import refusing
from kb.reply import Reply, compose
from kb.sentence import sentences
from kb.splitter import split
from kb.suggestion import ReplyKind
from tests.support.toy_encoder import ToyEncoder

ARTICLES = Path(__file__).parents[2] / "articles"
NEGATION = re.compile(r"[不没无非勿未别禁]")
PAIRS = [tuple(pair) for pair in ("（）", "()", "“”", "「」", "《》", "【】", "‘’")]
JOINTS = re.compile(r"[\s：；（）]+")


@cache
def library() -> tuple[Article, ...]:
    return read_folder(ARTICLES, ZoneInfo("Asia/Shanghai"))


def alignment(passage: Passage, rng: np.random.Generator, tokens: int) -> Alignment:
    """Random cosines for tokens of one or two characters."""
    cuts = np.unique([0, *rng.integers(0, len(passage.encoded), len(passage.encoded) // 2), len(passage.encoded)])
    spans = np.array(list(pairwise(cuts.tolist())), np.int32).reshape(-1, 2)
    return Alignment(spans, rng.random((tokens, len(spans)), dtype=np.float32))


def asked(article: Article, rng: np.random.Generator) -> Asked:
    """One of the article's own questions, a token a character."""
    text = str(rng.choice(list(article.questions) or ["几天能退运费多少"]))
    tokens = TokenVectors(
        np.ones((len(text), 1), np.float32), np.array([(i, i + 1) for i in range(len(text))], np.int32)
    )
    return Asked(Query(text, np.ones(1, np.float32), tokens))


def toy(passage: Passage, question: Asked) -> tuple[Alignment, Asked]:
    encoder = ToyEncoder()
    text = encoder.encode_queries([question.query.text])
    stored = encoder.encode_passages([passage.encoded]).tokens[0]
    query = Query(question.query.text, text.vectors[0], text.tokens[0])
    return Alignment(stored.spans, text.tokens[0].vectors @ stored.vectors.T), Asked(query)


def replies(article: Article, seed: int) -> list[tuple[Passage, Reply, list[Passage]]]:
    rng = np.random.default_rng(seed)
    passages = list(split(article))
    blocks = [p for p in passages if p.kind is PassageKind.REPLY]
    made = []
    for passage in passages:
        question = asked(article, rng)
        aligned, question = (
            toy(passage, question)
            if seed == 0
            else (alignment(passage, rng, len(question.query.tokens.spans)), question)
        )
        reply = compose(article, passage, passages, aligned, question)
        assert reply.words == marked(passage, aligned, question)
        made.append((passage, reply, blocks))
    return made


@pytest.mark.parametrize("seed", range(4))
def test_every_reply_stands_in_its_source(seed: int) -> None:
    count = 0
    for article in library():
        for passage, reply, blocks in replies(article, seed):
            _check_ranges(passage, reply)
            _check_kind(article, passage, reply)
            if reply.kind is not ReplyKind.APPROVED:
                reply = _without_heading(passage, reply)
            if reply.kind is ReplyKind.APPROVED:
                assert reply.text in {block.shown for block in blocks}
            elif reply.kind is ReplyKind.TABLE or (
                reply.kind is ReplyKind.ADVICE and not _as_it_stands(passage, reply)
            ):
                _check_rows(passage, reply)
            else:
                assert _as_it_stands(passage, reply)
                _check_whole(passage, reply)
            count += 1
    assert count > 1000


def _check_ranges(passage: Passage, reply: Reply) -> None:
    for ranges in (reply.spans, reply.words):
        assert all(0 <= start < stop <= len(passage.shown) for start, stop in ranges)
        assert all(stop < start for (_, stop), (start, _) in pairwise(ranges))
    for start, stop in reply.words:
        assert not (passage.shown[start - 1 : start].isdigit() and passage.shown[start].isdigit())
        assert not (passage.shown[stop - 1].isdigit() and passage.shown[stop : stop + 1].isdigit())


def _check_kind(article: Article, passage: Passage, reply: Reply) -> None:
    if article.audience is Audience.INTERNAL:
        assert reply.kind is ReplyKind.ADVICE
    if passage.kind is PassageKind.QUESTION:
        assert not reply.text
    else:
        assert reply.text.strip()


def _without_heading(passage: Passage, reply: Reply) -> Reply:
    """A reply without the line of the heading that refuses what it says."""
    heading = refusing(passage.headings, reply.text.partition("\n")[2])
    if heading is None or not reply.text.startswith((f"{heading}：\n", f"{heading}\n")):
        return reply
    return replace(reply, text=reply.text.partition("\n")[2])


def _as_it_stands(passage: Passage, reply: Reply) -> bool:
    return reply.text == "\n".join(passage.shown[start:stop] for start, stop in reply.spans)


def _check_whole(passage: Passage, reply: Reply) -> None:
    """No sentence is cut, nor a number, a unit, a bracket or a quotation, nor a refusal off what it refuses."""
    text = passage.shown
    ends = np.cumsum([0, *(len(sentence) for sentence in sentences(text))]).tolist()
    stops = {len(text[:end].rstrip()) for end in ends} | {i for i, c in enumerate(text) if c == "\n"}
    begins = {0, *ends} | {
        i for i in range(len(text)) if not text[:i].rstrip(" \t") or text[:i].rstrip(" \t")[-1] == "\n"
    }
    for start, stop in reply.spans:
        assert start in begins
        assert stop in stops
        used = text[start:stop]
        before, behind = text[:start].rstrip(), text[stop:].lstrip(" \t")
        assert not (before.endswith(("；", ";", "，")) and "\n" not in text[len(before) : start])
        assert behind.startswith("\n") or not used.endswith(("；", ";", "，")) or not behind
        for opening, closing in PAIRS:
            for line in used.split("\n"):
                whole = next(one for one in text.split("\n") if line in one)
                if whole.count(opening) == whole.count(closing):
                    assert line.count(opening) == line.count(closing)


def _check_rows(passage: Passage, reply: Reply) -> None:
    """Cell for cell: all that a reply says stands in its row and the header, in the source's order."""
    said = reply.text.split("\n")
    shown = [line for start, stop in reply.spans for line in passage.shown[start:stop].split("\n")]
    assert len(said) == len(shown)
    for reply_line, line in zip(said, shown, strict=True):
        if reply_line == line:
            continue
        before = passage.shown[: passage.shown.index(line)].split("\n")
        cells = [cell.strip() for cell in line.split(" | ")]
        headers = [one.split(" | ") for one in before if one.count(" | ") >= len(cells) - 1]
        names = {name.strip() for header in headers for name in header}
        at = 0
        for cell in filter(None, cells):
            place = reply_line.find(cell, at)
            # A column that was not asked for is left out whole.
            at = place + len(cell) if place >= 0 else at
        assert cells[0] in reply_line
        rest = reply_line
        for piece in sorted({*cells, *names} - {""}, key=len, reverse=True):
            rest = rest.replace(piece, "")
        assert not JOINTS.sub("", rest)
        kept = [cell for cell in cells if cell and cell in reply_line]
        wanted = [mark for cell in kept for mark in _marks(cell)]
        assert _is_in_order(wanted, _marks(reply_line))


def _marks(text: str) -> list[str]:
    return [match.group() for match in re.finditer(rf"{NEGATION.pattern}|\d[\d,.:/]*\d|\d", text)]


def _is_in_order(wanted: list[str], found: list[str]) -> bool:
    left = iter(found)
    return all(any(mark == other for other in left) for mark in wanted)


def test_the_oracle_sees_what_it_must_not_miss() -> None:
    assert _marks("不超过 1,000 元，8:30 起 24 小时内没有答复") == ["不", "1,000", "8:30", "24", "没"]
    assert not _is_in_order(["不", "1"], _marks("超过 1"))
    assert not _is_in_order(["1", "不"], _marks("不到 1"))
