"""Reading a moment as people write it: ISO 8601 with an offset, or a bare date in the shop's time zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MIDNIGHT = re.compile(r"(?<=[Tt ])24:00(:00)?(?=$|[Zz+-])")


class NaiveMomentError(ValueError):
    """A date-time without an offset: nobody can say which moment it is."""


class OutOfRangeError(ValueError):
    """A moment that has no counterpart in UTC, before the year 1 or after 9999."""


def parse_moment(written: str, zone: ZoneInfo) -> datetime:
    """The moment; a bare date is 00:00 in `zone`, 24:00 the end of its day.

    Raises NaiveMomentError for a date-time without an offset, ValueError for anything else that is no moment.
    """
    text = written.strip()
    day = parse_date(text)
    moment = datetime.combine(day, time(), zone) if day else _parse_time(text)
    if moment is None:
        raise ValueError(f"{text} is not a time; write 2026-11-01T00:00:00+08:00, or a date, 2026-11-01")
    if moment.tzinfo is None:
        raise NaiveMomentError(f"{text} has no offset; add +08:00 (or its own) at the end")
    try:
        moment.astimezone(UTC)
    except OverflowError as error:
        raise OutOfRangeError(f"{text} is out of range; leave it out for an open end") from error
    return moment


def parse_date(written: str) -> date | None:
    """A date as 2026-11-01; None for anything else."""
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        return None


def _parse_time(text: str) -> datetime | None:
    early = _MIDNIGHT.sub(r"00:00\1", text)
    try:
        moment = datetime.fromisoformat(early)
        return moment + timedelta(days=1) if early != text else moment
    except (ValueError, OverflowError):
        return None


def shown_moment(moment: datetime, zone: ZoneInfo) -> str:
    """A moment for people, to the minute, in the shop's time; that of a rule that never applied is the beginning."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment.year > 1 else "the beginning"
