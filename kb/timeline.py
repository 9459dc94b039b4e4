"""Which rule follows which, and what to tell an agent about the time of the one that was used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kb.article import Article
from kb.date_mention import OrderDate
from kb.period import Change, Period
from kb.question import Context
from kb.validity import FOLLOWS_THE_CLOCK, ends


class Timeline:
    """The chains of `supersedes` of n articles. Articles are addressed by their ordinal."""

    def __init__(self, articles: Sequence[Article], zone: ZoneInfo) -> None:
        self._articles = articles
        self._ends = ends(articles)
        self._zone = zone
        ordinal = {article.id: n for n, article in enumerate(articles)}
        self._before = {n: ordinal[a.supersedes] for n, a in enumerate(articles) if a.supersedes in ordinal}
        self._after: dict[int, int] = {}
        for newer in sorted(self._before, key=lambda n: (articles[n].effective_from is not None, self._start(n))):
            self._after.setdefault(self._before[newer], newer)

    def period(self, ordinal: int, context: Context, at: datetime, said: OrderDate | None) -> Period | None:
        """The time of the rule that answered; None where neither the article nor the question knows of any.

        context: the one that decided, with its `as_of`. at: when the question is asked. said: what set `as_of`.
        """
        article, end = self._articles[ordinal], self._ends[ordinal]
        if article.kind in FOLLOWS_THE_CLOCK:
            context, said = Context(), None
        in_chain = ordinal in self._before or ordinal in self._after
        if not (article.effective_from or end or in_chain or context.as_of):
            return None
        as_of = context.as_of or at
        change = self._change(ordinal, as_of, at, said)
        if context.as_of is None:
            note = self._window(article.effective_from, end)
        else:
            note = self._bought(as_of, said) + self._then(as_of, at, end, change, said)
        return Period(as_of, said.words if said else None, article.effective_from, end, change, note)

    def upcoming(self, ordinal: int) -> Period:
        """The time of a rule that is not yet in force."""
        start = self._start(ordinal)
        note = f"{self._moment(start)} 起生效"
        return Period(start, None, start, self._ends[ordinal], None, note)

    def _start(self, ordinal: int) -> datetime:
        return self._articles[ordinal].effective_from or datetime.min.replace(tzinfo=self._zone)

    def _change(self, ordinal: int, as_of: datetime, at: datetime, said: OrderDate | None) -> Change | None:
        """Where the rule changes: best within the stretch that was said, else up to the question."""
        before, after = self._before.get(ordinal), self._after.get(ordinal)
        start = self._articles[ordinal].effective_from
        if after is not None and as_of < self._start(after) <= (said.end if said else at):
            return self._to(after, self._start(after))
        if before is not None and start is not None and said and said.begin < start <= as_of:
            return self._to(before, start)
        if after is not None and as_of < self._start(after) <= at:
            return self._to(after, self._start(after))
        return None

    def _to(self, ordinal: int, at: datetime) -> Change:
        return Change(at, self._articles[ordinal].id, self._articles[ordinal].title)

    def _bought(self, as_of: datetime, said: OrderDate | None) -> str:
        first, last = self._day(as_of), ""
        if said:
            first = self._day(said.begin)
            last = self._day(said.end - timedelta(microseconds=1))
        day = first if last in ("", first) else f"{first} 至 {_short(last, first)}"
        return f"按 {day} 下单时的规则"

    def _then(
        self, as_of: datetime, at: datetime, end: datetime | None, change: Change | None, said: OrderDate | None
    ) -> str:
        if change is None:
            ended = end is not None and end <= at
            return f"；{_short(self._moment(end), self._day(as_of))} 已结束" if end and ended else ""
        when = _short(self._moment(change.at), self._day(as_of)).removesuffix(" 00:00")
        turn = f"{when} 起改为《{change.title}》" if change.at > as_of else f"{when} 之前按《{change.title}》"
        inside = said is not None and said.begin < change.at < said.end
        return f"；其间有变：{turn}，请问清下单日期" if inside else f"；{turn}"

    def _window(self, start: datetime | None, end: datetime | None) -> str:
        if start and end:
            return f"{self._moment(start)} 至 {_short(self._moment(end), self._day(start))} 有效"
        if start:
            return f"{self._moment(start)} 起有效"
        return f"{self._moment(end)} 前有效" if end else "现行规则"

    def _day(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%Y-%m-%d}"

    def _moment(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M}"


def _short(written: str, beside: str) -> str:
    """A date without its year where another that is said before it has the same."""
    return written[5:] if written[:5] == beside[:5] else written
