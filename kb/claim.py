"""What an article states in numbers: each amount with its unit, its part in the sentence, and what it is said of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from kb.article import Article
from kb.content import content
from kb.markdown import Block, BlockKind, Line, Section, sections
from kb.normalise import normalise
from kb.quantity import number_of
from kb.sentence import sentences

# Each unit's dimension and its size in that; what is not here is no claim. Counted things are told apart by their
# measure word.
_SCALES = {
    "秒": ("time", 1 / 60), "分钟": ("time", 1), "刻钟": ("time", 15), "小时": ("time", 60), "钟头": ("time", 60),
    "天": ("time", 1440), "自然日": ("time", 1440), "日内": ("time", 1440), "周": ("time", 10080),
    "星期": ("time", 10080), "个月": ("time", 43200), "年": ("time", 525600),
    "个工作日": ("workday", 1), "工作日": ("workday", 1), "个工作小时": ("workhour", 1), "工作小时": ("workhour", 1),
    "元": ("money", 1), "块": ("money", 1), "块钱": ("money", 1), "万元": ("money", 10000),
    "%": ("percent", 1), "折": ("off", 1), "倍": ("times", 1),
    "mg": ("mass", 0.001), "g": ("mass", 1), "斤": ("mass", 500), "kg": ("mass", 1000), "吨": ("mass", 1_000_000),
    "mm": ("length", 1), "cm": ("length", 10), "米": ("length", 1000), "公里": ("length", 1_000_000),
    "ml": ("volume", 1), "l": ("volume", 1000), "平方米": ("area", 1), "平米": ("area", 1),
    "w": ("power", 1), "kw": ("power", 1000), "mah": ("charge", 1), "分贝": ("decibel", 1), "℃": ("degree", 1),
    "分": ("points", 1), "积分": ("points", 1),
}  # fmt: skip
_COUNTS = "件次张份瓶包罐片条双台只颗根套组盒袋箱页级层晚位期个人口粒支款步格档"
_UNIT = "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True))
_HAN = "二两三四五六七八九十百千"
_DIGITAL = r"(?<![a-z\d.])(?<!\d[:/])\d{1,9}(?:,\d{3}){0,3}(?:\.\d{1,4})?(?![\d:])"
_NUMBER = rf"{_DIGITAL}|(?<![第{_HAN}一几零〇])[{_HAN}]{{1,5}}"
_GAP = r"\s{0,2}"
_CLAIM = re.compile(
    rf"(?P<low>{_NUMBER}){_GAP}(?:(?:{_UNIT}|[{_COUNTS}])?{_GAP}(?:到|至|-){_GAP}(?P<high>{_NUMBER}){_GAP})?"
    rf"(?:(?P<unit>{_UNIT})(?![a-z])|(?P<count>[{_COUNTS}]))"
)
_TIME = r"[01]?\d|2[0-4]"
_CLOCK = re.compile(rf"(?<![a-z\d])(?P<h>{_TIME}):(?P<m>[0-5]\d)(?!\d)(?:\s?-\s?(?P<h2>{_TIME}):(?P<m2>[0-5]\d))?")
_LEAST = re.compile(r"(?:满|超过|超|大于|高于|多于|至少|最少|最低|达到|不少于|不低于|起码)\W?$")
_MOST = re.compile(r"(?:不到|不足|少于|低于|小于|未满|最多|最高|最长|最晚|最迟|不超过|上限|封顶|至多)\W?$")
_EVERY = re.compile(r"每(?:满|隔|逾期|超过?|多|增加)?\W?$")
_MOST_AFTER = re.compile(r"(?:以内|以下|之内|内|为限|为止|前|封顶)")
_LEAST_AFTER = re.compile(r"(?:以上|及以上|以后|起|开外)")
_YEARS = (1900, 2100)
# A clock right behind a date is a moment, no rule of every day; what is worked out as an example states nothing.
_DATE = re.compile(r"\d\s?[日号](?:\s|\(.*\))*$")
_EXAMPLE = re.compile(r"例如|比如|譬如|举例|例\s?[:：]|^例|e\.g\.|for example")
# A unit that goes on as another word: 三级 is a rank, 3 个月 a time, 两人间 a room.
_NOT_AFTER = re.compile(r"[月工]|人间|大类|地区|渠道|方面|条件|办法|问题|步骤|情况|地方|环节")
_AROUND = 7
_CLAUSE = re.compile(r"[,;。!?\n]")
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
# So many sums of money in one sentence are a calculation.
_SUM = 4
_ASIDE = re.compile(r"[（(][^（）()]*[）)]")
_LETTERS = re.compile(r"[^\W_]|#")


class Part(StrEnum):
    """What a number is in its sentence: a lower or an upper bound, one for every so many, or just so many."""

    LEAST = "least"
    MOST = "most"
    EVERY = "every"
    JUST = "just"


@dataclass(frozen=True)
class Statement:
    """One sentence, or one cell of a table with its row and column, of an article. lines: in the file, inclusive.

    row: of a cell, those before it.
    """

    article: str
    headings: tuple[str, ...]
    text: str
    lines: tuple[int, int]
    row: str = ""


@dataclass(frozen=True)
class Claim:
    """One number of a statement. low, high: both ends in the dimension's measure. written: as it stands there.

    around: pairs of characters right beside the number, the number as `#`. about: pairs of the sentence's words of
    content. topic: those of headings and title. fence: of a table's cell the words of its row and column.
    """

    statement: Statement
    dimension: str
    part: Part
    low: float
    high: float
    written: str
    around: frozenset[str]
    about: frozenset[str]
    topic: frozenset[str]
    fence: frozenset[str] = frozenset()

    def conflicts(self, other: Claim) -> bool:
        """Whether both cannot be meant of one thing: same kind of number, no end in common, not overlapping."""
        if self.dimension != other.dimension:
            return False
        apart = self.high < other.low or other.high < self.low
        return apart and not {self.low, self.high} & {other.low, other.high}

    def fits(self, other: Claim) -> bool:
        """Whether the two numbers have a part in their sentences that can be the same."""
        if self.dimension != other.dimension:
            return False
        parts = {self.part, other.part}
        return len(parts) == 1 or (Part.JUST in parts and Part.EVERY not in parts)


@lru_cache(maxsize=50_000)
def claims(article: Article) -> tuple[Claim, ...]:
    """Every number with a unit that an article states, in its order: title, text, tables and approved wording."""
    found: list[Claim] = []
    line = article.field_lines.get("title", 1)
    title = Statement(article.id, (), article.title, (line, line))
    found += _of(title, article)
    for section in sections(article.body, article.body_line, article.title):
        for statement, fence in _statements(section, article.id):
            found += _of(statement, article, fence)
    return tuple(found)


def _statements(section: Section, article: str) -> Iterator[tuple[Statement, str]]:
    if section.heading and not section.is_title:
        yield Statement(article, section.headings[:-1], section.heading, (section.line, section.line)), ""
    for block in section.blocks:
        if block.kind is BlockKind.TABLE:
            yield from _cells(block, section, article)
            continue
        for part in block.parts:
            for line in part:
                for sentence in sentences(line.text):
                    yield Statement(article, section.headings, sentence.strip(), line.lines), ""


def _cells(block: Block, section: Section, article: str) -> Iterator[tuple[Statement, str]]:
    rows: list[Line] = [line for part in block.parts for line in part]
    header = ("",) * len(rows[0].cells) if block.headless else rows[0].cells
    for row in rows if block.headless else rows[1:]:
        key = row.cells[0]
        # A row named by a number alone is an example that is worked out.
        if not content_pairs(_CLAIM.sub(" ", normalise(key))):
            continue
        for place, (name, cell) in enumerate(zip(header[1:], row.cells[1:], strict=False), start=1):
            said = _named(f"{key}，{name}" if name else key, cell)
            yield Statement(article, section.headings, said, row.lines, " ".join(row.cells[:place])), f"{key} {name}"


def _named(name: str, cell: str) -> str:
    return f"{name}：{cell}" if name else cell


def _of(statement: Statement, article: Article, fence: str = "") -> Iterator[Claim]:
    plain = normalise(statement.text)
    if not any(char.isdigit() or char in _HAN for char in plain) or _EXAMPLE.search(plain):
        return
    about = content_pairs(_CLAIM.sub(" ", plain))
    named = " ".join((_ASIDE.sub("", article.title), *statement.headings, statement.row))
    topic = content_pairs(_CLAIM.sub(" ", normalise(named)))
    fenced = content_pairs(_CLAIM.sub(" ", normalise(fence)))
    found = tuple(_amounts(plain))
    if sum(dimension == "money" for _, _, dimension, _, _ in found) >= _SUM:
        return
    for start, stop, dimension, low, high in found:
        part = _part(plain, start, stop)
        around = _around(plain, start, stop)
        yield Claim(statement, dimension, part, low, high, plain[start:stop], around, about, topic, fenced)


def _amounts(plain: str) -> Iterator[tuple[int, int, str, float, float]]:
    for match in _CLOCK.finditer(plain):
        if _DATE.search(plain[: match.start()]):
            continue
        low = int(match["h"]) * 60 + int(match["m"])
        high = int(match["h2"]) * 60 + int(match["m2"]) if match["h2"] else low
        yield match.start(), match.end(), "clock", low, high
    for match in _CLAIM.finditer(plain):
        first, unit, count = match["low"], match["unit"], match["count"]
        if unit == "年" and first.isdigit() and _YEARS[0] < int(first) < _YEARS[1]:
            continue
        if count and (
            _NOT_AFTER.match(plain, match.end()) or (count in "个人口" and plain[match.end() :][:1] in "个们")
        ):
            continue
        if unit == "分" and plain[match.end() : match.end() + 1] in ("之", "别"):
            continue
        dimension, scale = _SCALES[unit] if unit else (f"count {count}", 1.0)
        start_value = number_of(first) * scale
        end_value = number_of(match["high"]) * scale if match["high"] else start_value
        yield match.start(), match.end(), dimension, start_value, max(start_value, end_value)


def _part(plain: str, start: int, stop: int) -> Part:
    before, after = plain[max(0, start - 6) : start], plain[stop : stop + 4].lstrip()
    if _EVERY.search(before):
        return Part.EVERY
    if _MOST.search(before) or _MOST_AFTER.match(after):
        return Part.MOST
    if _LEAST.search(before) or _LEAST_AFTER.match(after):
        return Part.LEAST
    return Part.JUST


def _around(plain: str, start: int, stop: int) -> frozenset[str]:
    """Pairs of characters beside a number in its clause, the number as `#`; other numbers are `0`."""
    before = _CLAUSE.split(_DIGITS.sub("0", plain[:start]))[-1][-_AROUND:]
    after = _CLAUSE.split(_DIGITS.sub("0", plain[stop:]))[0][:_AROUND]
    letters = "".join(_LETTERS.findall(f"{before}#{after}"))
    return frozenset(a + b for a, b in pairwise(letters))


def content_pairs(text: str) -> frozenset[str]:
    """Pairs of characters within a text's words of content; a word of one character, or in Latin, whole."""
    found: set[str] = set()
    for word in content(text):
        found |= {word} if word[0].isascii() or len(word) == 1 else {a + b for a, b in pairwise(word)}
    return frozenset(found)
