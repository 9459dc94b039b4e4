"""Amounts with their unit in a message or a table's cell, so that 12斤 finds the row "6 到 8 公斤"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from kb.normalise import normalise

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "俩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7} | {
    "八": 8,
    "九": 9,
}
_TENS = {"十": 10, "百": 100, "千": 1000, "万": 10000}

# Each unit's dimension, and its size in the dimension's smallest.
_UNITS = {
    "分钟": ("time", 1), "刻钟": ("time", 15), "小时": ("time", 60), "钟头": ("time", 60), "天": ("time", 1440),
    "周": ("time", 10080), "星期": ("time", 10080), "礼拜": ("time", 10080), "个月": ("time", 43200),
    "年": ("time", 525600), "岁": ("time", 525600), "周岁": ("time", 525600),
    "克": ("mass", 1), "g": ("mass", 1), "斤": ("mass", 500), "公斤": ("mass", 1000), "千克": ("mass", 1000),
    "kg": ("mass", 1000), "吨": ("mass", 1_000_000),
    "元": ("money", 1), "块": ("money", 1), "块钱": ("money", 1),
    "毫米": ("length", 1), "mm": ("length", 1), "厘米": ("length", 10), "公分": ("length", 10), "cm": ("length", 10),
    "米": ("length", 1000), "寸": ("inch", 1), "英寸": ("inch", 1),
    "毫升": ("volume", 1), "ml": ("volume", 1), "升": ("volume", 1000), "l": ("volume", 1000),
    "平": ("area", 1), "平米": ("area", 1), "平方": ("area", 1), "平方米": ("area", 1),
    "件": ("piece", 1), "次": ("times", 1), "人": ("person", 1), "口人": ("person", 1), "个人": ("person", 1),
    "公里": ("way", 1), "度": ("degree", 1), "℃": ("degree", 1),
}  # fmt: skip
_HAN = "零〇一二两俩三四五六七八九十百千万"
# Bounded, and begun at its first character alone: a message of one digit must not be read in every way there is.
_NUMBER = rf"(?<!\d)(?<!\d\.)\d{{1,9}}(?:,\d{{3}}){{0,3}}(?:\.\d{{1,9}})?|(?<![{_HAN}])[{_HAN}]{{1,9}}|半"
_GAP = r"\s{0,3}"
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True)).replace("个月", "个月|个半月")
_AMOUNT = re.compile(
    rf"(?P<under>不到|不足|少于|低于|小于|未满|最多)?(?P<over>满|超过|超|大于|高于|多于|至少)?{_GAP}"
    rf"(?P<low>{_NUMBER}){_GAP}个?(?:(?:{_UNIT})?{_GAP}(?:到|至|[-–—]){_GAP}(?P<high>{_NUMBER}){_GAP})?"
    rf"(?P<unit>{_UNIT})(?![a-z])(?P<half>半)?{_GAP}(?P<after>以内|以下|之内|内|以上|及以上|起)?"
)
_YEAR = re.compile(r"\d{4}")
"""2026 年 is a date."""


@dataclass(frozen=True)
class Amount:
    """An amount or a range of one dimension, both ends included; `low` and `high` in its smallest unit."""

    dimension: str
    low: float
    high: float

    def holds(self, other: Amount) -> bool:
        """Whether another amount lies in this range."""
        return self.dimension == other.dimension and self.low <= other.low and other.high <= self.high


def amounts(text: str) -> tuple[Amount, ...]:
    """The amounts of a text in their order; a number without a known unit is none."""
    found = _AMOUNT.finditer(normalise(text))
    return tuple(_amount(match) for match in found if match["unit"] != "年" or not _YEAR.fullmatch(match["low"]))


def _amount(match: re.Match[str]) -> Amount:
    unit = match["unit"]
    middle = unit == "个半月"
    dimension, scale = _UNITS["个月" if middle else unit]
    half = 0.5 if middle or match["half"] else 0.0
    low = (number_of(match["low"]) + (0.0 if match["high"] else half)) * scale
    high = (number_of(match["high"]) + half) * scale if match["high"] else low
    if match["under"] or (match["after"] or "").endswith(("内", "下")):
        low = 0.0
        # "不到 4 公斤" leaves 4 to the next row.
        high = math.nextafter(high, 0.0) if match["under"] not in (None, "最多") else high
    elif match["over"] or match["after"]:
        high = math.inf
        low = math.nextafter(low, math.inf) if match["over"] in ("超过", "超", "大于", "高于", "多于") else low
    return Amount(dimension, low, high)


def number_of(written: str) -> float:
    """A number in digits or Chinese numerals: 1,200, 三百五, 半."""
    if written == "半":
        return 0.5
    if written[0].isdigit():
        return float(written.replace(",", ""))
    whole, total, digit, last = 0, 0, 0, 1
    for char in written:
        if char in _DIGITS:
            digit = _DIGITS[char]
            last = 1 if digit == 0 else last
        elif char == "万":
            whole, total, digit, last = (total + digit or 1) * _TENS[char], 0, 0, _TENS[char]
        else:
            total, digit, last = total + (digit or 1) * _TENS[char], 0, _TENS[char]
    # 三百五 is 350, 三百零五 305, 十五 15.
    return float(whole + total + digit * (last // 10 if last > 10 else 1))
