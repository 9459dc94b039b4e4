"""Dates as customers write them: words and digits to days, looking back from a day. What they date is not asked here.

A small grammar of its own: general date parsers read every number with a dot as a date and know no 双11.
Festivals of the lunar calendar and those on a moving weekday are left out rather than guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

# A date without a year is the latest one past, but not where the next is this near and that one this far (days).
_NEAR = 45
_FAR = 200

_FESTIVALS: dict[str, tuple[int, int, int]] = {
    # as written: month, first day, last day
    **dict.fromkeys(("双11", "双十一", "光棍节"), (11, 11, 11)),
    **dict.fromkeys(("双12", "双十二"), (12, 12, 12)),
    **dict.fromkeys(("618", "六一八"), (6, 18, 18)),
    **dict.fromkeys(("818", "八一八"), (8, 18, 18)),
    **dict.fromkeys(("99大促", "九九大促", "99划算节"), (9, 9, 9)),
    **dict.fromkeys(("520", "五二零"), (5, 20, 20)),
    **dict.fromkeys(("三八妇女节", "三八节", "38节", "三八", "妇女节", "女神节", "女王节"), (3, 8, 8)),
    **dict.fromkeys(("国庆节", "国庆", "十一假期", "十一黄金周", "十一长假"), (10, 1, 7)),
    **dict.fromkeys(("五一节", "五一", "劳动节"), (5, 1, 5)),
    **dict.fromkeys(("六一节", "六一", "儿童节"), (6, 1, 1)),
    **dict.fromkeys(("元旦节", "元旦"), (1, 1, 1)),
    **dict.fromkeys(("圣诞节", "圣诞"), (12, 25, 25)),
    **dict.fromkeys(("平安夜",), (12, 24, 24)),
    **dict.fromkeys(("跨年夜",), (12, 31, 31)),
    **dict.fromkeys(("教师节",), (9, 10, 10)),
    **dict.fromkeys(("万圣节",), (10, 31, 31)),
}
_NUMERALS = {
    **dict(zip("零〇一二三四五六七八九", (0, 0, *range(1, 10)), strict=True)),
    "两": 2,
    "俩": 2,
    "仨": 3,
}
_TENS = {"十": 10, "廿": 20, "卅": 30}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_UNITS = {
    "天": 1,
    "日": 1,
    "晚": 1,
    "周": 7,
    "星期": 7,
    "礼拜": 7,
    "月": 30,
    "年": 365,
    "day": 1,
    "week": 7,
    "month": 30,
}
_YEARS_AGO = {"今": 0, "本": 0, "去": 1, "前": 2}
_WEEKDAYS = "一二三四五六日"
# A part of a month: its first and last day; 31 stands for the month's last.
_THIRDS = {
    "上旬": (1, 10),
    "中旬": (11, 20),
    "下旬": (21, 31),
    "初": (1, 7),
    "头": (1, 7),
    "中": (11, 20),
    "底": (25, 31),
}
# Words for a while ago: from so many days ago to so many.
_VAGUE = (
    (re.compile(r"(?<![大以提之])前[两2二][天日]"), (3, 1)),
    (re.compile(r"这[几两2二]天"), (4, 0)),
    (re.compile(r"(?<![大以提之])前[几些][天日]|前不久|前些日子"), (7, 2)),
    (re.compile(r"前一?阵子?|前一?段时间"), (40, 7)),
    (re.compile(r"前[几两2二]个?(?:周|星期|礼拜)"), (28, 7)),
    (re.compile(r"前[几两2二]个月"), (120, 30)),
)

_MONTH = r"(?P<month>\d{1,2}|十[一二]?|[一二三四五六七八九])"
_N = r"(?:\d{1,2}|[零〇一二两俩三仨四五六七八九十廿卅]{1,3})"
_DAY = rf"(?:{_N}[号日]|{_N}(?![\d个件块元天折片包斤.:：点时分年月周笔次台条双套箱盒份瓶罐袋张位样人家]|单(?!子)))"
_THIRD = r"(?:[上中下]旬|月?[初头末底中])"
_YEAR = r"(?:(?:(?P<year>20\d\d|\d\d)年|(?P<years_ago>[今去本前])年)的?)"
_INSIDE = rf"(?:(?P<day>{_DAY})|(?P<third>{_THIRD}))"
_NO_CODE = r"(?<![\dA-Za-z.¥￥$\-/])"
_NO_UNIT = r"(?![\d./\-]|\s*[A-Za-z%°寸米元块折升斤克毛角度万分点])"
LENGTH = (
    rf"(?P<count>半|好?几|个把|十几|{_N}(?:点5|\.5)?)(?P<some>来|多|几)?个?(?P<half>半)?(?P<more>多|来)?"
    r"(?P<unit>[天日晚周月年]|星期|礼拜)(?P<about>多|半|左右)?"
)
"""A length of time (两个半月, 二十来天), for `back_by`."""

Days = tuple[date, date]


@dataclass(frozen=True)
class DateWords:
    """A date in a text. days: first and last, or None where nobody can tell which is meant.

    start, stop: its characters `[start, stop)`. past: whether it is past whatever is said of it; 20号 and 周一, or a
    date long ago, may also mean one to come.
    """

    days: Days | None
    start: int
    stop: int
    past: bool


def date_words(text: str, today: date) -> list[DateWords]:
    """The dates in a text in order, none over another; of those that begin at one place the longest.

    text: in simplified characters and half-width digits.
    """
    found = [
        _read(match, resolve, within, today) for pattern, resolve, within in _RULES for match in pattern.finditer(text)
    ]
    found.sort(key=lambda item: (item.start, -item.stop))
    kept: list[DateWords] = []
    for item in found:
        if not kept or item.start >= kept[-1].stop:
            kept.append(item)
    return kept


def _read(
    match: re.Match[str], resolve: Callable[[re.Match[str], date], Days | None], within: int, today: date
) -> DateWords:
    days = _past(resolve(match, today), today)
    past = days is not None and 0 < (today - days[1]).days < within
    return DateWords(days, match.start(), match.end(), past)


def back_by(length: re.Match[str], today: date) -> Days:
    """The days so long before a day, from a match of `LENGTH`; round numbers are meant roughly."""
    unit = _UNITS[length["unit"]]
    count, slack = _count(length["count"])
    if length["half"] or length["about"] == "半":
        count += 0.5
    more = length["some"] or length["more"] or length["about"] == "多"
    if more or length["about"] == "左右":
        slack = max(slack, 0.3 if count < 3 else 0.15 * count)
    middle = unit * (count + slack if more else count)
    spread = unit * slack + (0 if unit == 1 else middle / 10)
    return today - timedelta(days=round(middle + spread)), today - timedelta(days=round(middle - spread))


def _count(written: str) -> tuple[float, float]:
    """A count of units, and how far off it may be."""
    if written == "半":
        return 0.5, 0.05
    if written.endswith("几"):
        return (15, 4) if written == "十几" else (4, 2)
    if written == "个把":
        return 1, 0.3
    if written[-2:] in ("点5", ".5"):
        return _number(written[:-2]) + 0.5, 0
    if len(written) == 2 and all(c in _NUMERALS for c in written):  # 两三天
        low, high = _NUMERALS[written[0]], _NUMERALS[written[1]]
        return (low + high) / 2, abs(high - low) / 2
    return _number(written), 0


def _number(written: str) -> int:
    """A whole number in digits or in Chinese numerals under 100."""
    if written.isdigit():
        return int(written)
    total = 0
    for character in written:
        if character in _TENS:
            total = (total or 1) * 10 if character == "十" else total + _TENS[character]
        else:
            total += _NUMERALS[character]
    return total


def _past(days: Days | None, today: date) -> Days | None:
    """The days up to today; None where they have not begun."""
    if days is None or days[0] > today:
        return None
    return days[0], min(days[1], today)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month(year: int, month: int, first: int = 1, last: int = 31) -> Days:
    """Days of a month; a last of 31 is its end."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, first), min(date(year, month, 1) + timedelta(days=last - 1), following - timedelta(days=1))


def _in_month(match: re.Match[str], year: int, month: int) -> Days | None:
    """What a match says of a month: one day, a part of it, or all."""
    if not 1 <= month <= 12:
        return None
    if match["day"]:
        day = _day(year, month, _number(match["day"].rstrip("号日")))
        return (day, day) if day else None
    if match["third"]:
        third = match["third"].removeprefix("月").replace("末", "底")
        return _month(year, month, *_THIRDS[third])
    return _month(year, month)


def _in_year(match: re.Match[str], today: date, of: Callable[[int], Days | None]) -> Days | None:
    """What `of` gives for the year said, else for the latest year in which it is past."""
    if match["year"]:
        return of(int(match["year"]) % 100 + 2000)
    if match["years_ago"]:
        return of(today.year - _YEARS_AGO[match["years_ago"]])
    return _latest(today, of)


def _latest(today: date, of: Callable[[int], Days | None]) -> Days | None:
    tried = [days for year in range(today.year + 1, today.year - 9, -1) if (days := of(year))]
    past = next((days for days in tried if days[0] <= today), None)
    ahead = next((days for days in reversed(tried) if days[0] > today), None)
    if past and ahead and (today - past[1]).days >= _FAR and (ahead[0] - today).days <= _NEAR:
        return None
    return past


def _iso(match: re.Match[str], today: date) -> Days | None:  # noqa: ARG001
    day = _day(*(int(part) for part in re.findall(r"\d+", match.group())))
    return (day, day) if day else None


def _festival(match: re.Match[str], today: date) -> Days | None:
    month, first, last = _FESTIVALS[match["festival"]]
    return _in_year(match, today, lambda year: (date(year, month, first), date(year, month, last)))


def _month_day(match: re.Match[str], today: date) -> Days | None:
    return _in_year(match, today, lambda year: _in_month(match, year, _number(match["month"])))


def _month_back(match: re.Match[str], today: date) -> Days | None:
    months = today.year * 12 + today.month - 1 - match["back"].count("上")
    return _in_month(match, months // 12, months % 12 + 1)


def _dotted(match: re.Match[str], today: date) -> Days | None:
    """11.5, 11/5. So far back that it rather is a price, it is none; so is 9.9, everybody's price."""
    month, day = int(match["month"]), int(match["day"])
    if day == 9 and month < 10:
        return None
    days = _in_year(match, today, lambda year: (found, found) if (found := _day(year, month, day)) else None)
    dated = match["year"] or match["years_ago"]
    return days if days and (dated or (today - days[0]).days <= _FAR) else None


def _week_back(match: re.Match[str], today: date) -> Days | None:
    monday = today - timedelta(days=today.weekday() + 7 * match["back"].count("上"))
    return _of_week(monday, match["weekday"])


def _weekday(match: re.Match[str], today: date) -> Days | None:
    """The latest such day before today."""
    monday = today - timedelta(days=today.weekday())
    days = _of_week(monday, match["weekday"])
    return days if days[0] < today else (days[0] - timedelta(days=7), days[1] - timedelta(days=7))


def _of_week(monday: date, written: str | None) -> Days:
    if written is None:
        return monday, monday + timedelta(days=6)
    if written == "末":
        return monday + timedelta(days=5), monday + timedelta(days=6)
    number = int(written) - 1 if written.isdigit() else _WEEKDAYS.index(written.replace("天", "日"))
    day = monday + timedelta(days=number)
    return day, day


def _day_back(match: re.Match[str], today: date) -> Days | None:
    word = match.group().lower()
    days = 3 if word.startswith("大") else {"前": 2, "昨": 1, "今": 0, "y": 1}[word[0]]
    day = today - timedelta(days=days)
    return day, day


def _vague(days: tuple[int, int]) -> Callable[[re.Match[str], date], Days | None]:
    return lambda match, today: (today - timedelta(days=days[0]), today - timedelta(days=days[1]))  # noqa: ARG005


def _whole_year(match: re.Match[str], today: date) -> Days | None:
    year = today.year - _YEARS_AGO[match["years_ago"]]
    first, last = {None: (1, 12), "初": (1, 1), "底": (12, 12), "末": (12, 12), "中": (6, 7)}[match["part"]]
    return date(year, first, 1), _month(year, last)[1]


def _only_day(match: re.Match[str], today: date) -> Days | None:
    """20号: the latest one past."""
    number = _number(match["day"])
    for back in range(3):
        months = today.year * 12 + today.month - 1 - back
        day = _day(months // 12, months % 12 + 1, number)
        if day and day <= today:
            return day, day
    return None


def _only_third(match: re.Match[str], today: date) -> Days | None:
    """月初, 中旬: the latest one past."""
    third = match.group().removeprefix("月").replace("末", "底")
    months = today.year * 12 + today.month - 1
    months -= _THIRDS[third][0] > today.day
    return _month(months // 12, months % 12 + 1, *_THIRDS[third])


def _english_ago(match: re.Match[str], today: date) -> Days | None:
    word, unit = match["count"].lower(), _UNITS[match["unit"].lower()]
    word = "one" if word in ("a", "an") else word
    if not word.isdigit() and word not in _ENGLISH:
        return None
    back = unit * (int(word) if word.isdigit() else _ENGLISH.index(word))
    return today - timedelta(days=back + unit // 10), today - timedelta(days=back - unit // 10)


def _english_last(match: re.Match[str], today: date) -> Days | None:
    if match["unit"].lower() == "week":
        return _of_week(today - timedelta(days=today.weekday() + 7), None)
    months = today.year * 12 + today.month - 2
    return _month(months // 12, months % 12 + 1)


def _english_day(match: re.Match[str], today: date) -> Days | None:
    month = _MONTHS.index(match["month"].lower()) + 1
    return _latest(today, lambda year: (found, found) if (found := _day(year, month, int(match["day"]))) else None)


_ALWAYS = 1_000_000
_RECENT = 60
_Rule = tuple[re.Pattern[str], Callable[[re.Match[str], date], Days | None], int]
_WEEKDAY = r"(?P<weekday>[一二三四五六日天末1-6])"
_NO_DAY = r"(?![链连色店机楼线球码款床柜门窗口铺主直仓电汽鞋裤衣])"

# Pattern, its days, and within how many days it is past whatever is said of it.
_RULES: tuple[_Rule, ...] = (
    (
        re.compile(r"(?<![\d.\-])20\d\d(?:[./\-]\d\d?[./\-]\d\d?|年\d\d?月\d\d?)[日号]?(?![\d\-])"),
        _iso,
        _ALWAYS,
    ),
    (
        re.compile(rf"{_NO_CODE}{_YEAR}?(?P<festival>{'|'.join(sorted(_FESTIVALS, key=len)[::-1])}){_NO_UNIT}"),
        _festival,
        _RECENT,
    ),
    (re.compile(rf"(?<![\d.第]){_YEAR}?{_MONTH}月份?的?{_INSIDE}?(?![饼龄嫂经])"), _month_day, _RECENT),
    (re.compile(rf"(?P<back>上+个?|这个?|本)月份?的?{_INSIDE}?"), _month_back, _ALWAYS),
    (
        re.compile(rf"{_NO_CODE}{_YEAR}?(?P<month>1[0-2]|0?[1-9])[./\-](?P<day>3[01]|[12]\d|0?[1-9])[日号]?{_NO_UNIT}"),
        _dotted,
        _RECENT,
    ),
    (re.compile(rf"(?P<back>上+个?|这个?|本)(?:周|星期|礼拜){_WEEKDAY}?"), _week_back, _ALWAYS),
    (re.compile(rf"(?<![天下每隔一二两三四五六七八九十几\d个])(?:周|星期|礼拜){_WEEKDAY}"), _weekday, 0),
    (
        re.compile(
            r"大前[天日]|(?<![以之目提大])[前昨](?:[天日](?!天)|儿个?|(?=[晚夜早晨]))|今(?:[天日]|儿个?|(?=[晚早晨]))"
            r"|(?i:\byesterday\b)"
        ),
        _day_back,
        _ALWAYS,
    ),
    *((pattern, _vague(days), _ALWAYS) for pattern, days in _VAGUE),
    (re.compile(rf"(?<![\d.]){LENGTH}(?:之|以)?前(?!台)"), back_by, _ALWAYS),
    (re.compile(r"(?P<years_ago>[今去本前])年(?:年?(?P<part>[初底末中]))?"), _whole_year, _ALWAYS),
    (re.compile(rf"(?<![\dA-Za-z.月第零一二三四五六七八九十])(?P<day>{_N})[号日]{_NO_DAY}"), _only_day, 0),
    (re.compile(r"(?<!\d)月[初头末底中]|[上中下]旬"), _only_third, 0),
    (re.compile(r"(?i:\b(?P<count>\d{1,2}|[a-z]+) (?P<unit>day|week|month)s? ago\b)"), _english_ago, _ALWAYS),
    (re.compile(r"(?i:\blast (?P<unit>week|month)\b)"), _english_last, _ALWAYS),
    (
        re.compile(rf"(?i:\b(?P<month>{'|'.join(_MONTHS)})[a-z]*\.? (?P<day>\d\d?)(?:st|nd|rd|th)?\b)"),
        _english_day,
        _RECENT,
    ),
)
