"""Tells when a question is suddenly asked by many: more conversations within an hour than its usual rate explains."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from kb.store.gap_store import GapStore

WINDOW = timedelta(hours=1)
LOOKED_BACK = timedelta(days=28)
LEAST = 5
"""Fewer conversations than these are no rise, however rare the question was."""
UNLIKELY = 1e-4
_YOUNG = timedelta(hours=24)
_KNOWN = 50


@dataclass(frozen=True)
class Rise:
    """A group asked for suddenly. conversations: different ones in the last hour. usual: how many one would expect.

    chance: the probability of so many at the usual rate (Poisson).
    """

    gap: int
    conversations: int
    usual: float
    chance: float


def at_least(count: int, expected: float) -> float:
    """The probability of `count` or more events where `expected` are, by Poisson's distribution."""
    if expected <= 0:
        return 0.0 if count > 0 else 1.0
    if expected > 700:
        # exp(-expected) is 0 there; far above it the normal tail is close enough.
        return 0.5 * math.erfc((count - 0.5 - expected) / math.sqrt(2 * expected))
    term = math.exp(-expected)
    below = 0.0
    for k in range(count):
        below += term
        term *= expected / (k + 1)
    tail = 0.0
    for k in range(count, count + 200):
        tail += term
        term *= expected / (k + 1)
        if term < tail * 1e-12:
            break
    return min(1.0, tail if below > 0.5 else 1 - below)


def rises(store: GapStore, now: datetime) -> list[Rise]:
    """The groups that rise now, the least likely first.

    A busy day makes every question frequent: the usual rate is raised as much as all other questions are.
    """
    begin = now - WINDOW
    just_after = now + timedelta(microseconds=1)
    busy = store.busy(begin, just_after, LEAST)
    if not busy:
        return []
    first = store.first_asked() or begin
    since = max(first, begin - LOOKED_BACK)
    hours = max(begin - since, _YOUNG) / WINDOW
    everything = store.usual(None, begin, just_after), store.usual(None, since, begin)
    found = []
    for gap, count in busy.items():
        before = store.usual(gap, since, begin)
        # Half a conversation more: what was never asked is rare, not impossible.
        usual = (before + 0.5) / hours * _traffic(everything, (count, before), hours)
        chance = at_least(count, usual)
        if chance < UNLIKELY:
            found.append(Rise(gap, count, usual, chance))
    return sorted(found, key=lambda rise: (rise.chance, -rise.conversations, rise.gap))


def _traffic(everything: tuple[int, int], own: tuple[int, int], hours: float) -> float:
    """How many times as many conversations as usual ask about anything else; at least 1."""
    others, others_before = everything[0] - own[0], everything[1] - own[1]
    if others_before < _KNOWN:
        return 1.0
    return max(1.0, others / (others_before / hours))
