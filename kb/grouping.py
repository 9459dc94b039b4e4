"""Groups questions of one meaning as they come in: average linkage over the encoder's vectors, ids that stay.

A question joins the group whose questions it resembles most on average, if that is enough; groups never merge, so that
a number once told to an owner keeps its meaning. Which likeness is enough was measured (`eval/grouping.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kb.encoder import Encoder, Floats

SAME = 0.44
"""The likeness from which a question belongs to a group; 0 is what unrelated messages have, 1 is the same text."""

SAME_AS_REPLY = 0.48
"""The likeness from which a unified reply is for a question; one for another question does harm."""
AHEAD = 0.1
"""How much less a question must resemble every other meaning's group, to get a group's unified reply."""

_UNRELATED = (
    "什么时候发货",
    "能开发票吗",
    "退款多久到账",
    "这个怎么安装",
    "洗了会掉色吗",
    "有优惠券吗",
    "保修几年",
    "蓝牙连不上",
    "穿多大码合适",
    "孕妇能用吗",
    "积分怎么兑换",
    "可以改地址吗",
    "屏幕碎了怎么办",
    "几个人用合适",
    "保质期多久",
    "声音太大了",
    "课程在哪里看",
    "能送货上楼吗",
    "赠品没有收到",
    "是正品吗",
)


@dataclass(frozen=True)
class Likeness:
    """How alike vectors of one encoder are: cosines, put so that unrelated messages are 0 whatever the encoder."""

    encoder: Encoder

    @cached_property
    def baseline(self) -> float:
        """The mean cosine of messages that have nothing to do with each other."""
        vectors = self.encoder.encode_queries(_UNRELATED).vectors
        return float(min(0.95, cosines_between(vectors)))

    def scaled(self, cosines: Floats) -> Floats:
        """Cosines as likenesses; at most 1, below 0 for less alike than unrelated ones."""
        return ((cosines - self.baseline) / (1 - self.baseline)).astype(np.float32)


def cosines_between(vectors: Floats) -> float:
    """The mean cosine of different rows of `[n, d]` unit vectors."""
    count = len(vectors)
    return float((vectors @ vectors.T).sum() - count) / max(1, count * (count - 1))


class Groups:
    """Sums of vectors by group number, and where a new question belongs."""

    def __init__(self, dimension: int) -> None:
        self._numbers: list[int] = []
        self._place: dict[int, int] = {}
        self._means: Floats = np.zeros((0, dimension), dtype=np.float32)
        self._used = 0

    def __len__(self) -> int:
        return self._used

    def put(self, number: int, centre: Floats, size: int) -> None:
        """Set a group's sum of vectors, `[d]`, and how many there are."""
        if number not in self._place:
            if self._used == len(self._means):
                more = np.zeros((max(64, self._used), self._means.shape[1]), dtype=np.float32)
                self._means = np.concatenate([self._means, more])
            self._place[number] = self._used
            self._numbers.append(number)
            self._used += 1
        self._means[self._place[number]] = centre / max(1, size)

    def nearest(self, vector: Floats, likeness: Likeness) -> tuple[int, float] | None:
        """The group that a question resembles most on average, and how much; None without any group.

        The product with a mean of unit vectors is the mean of the cosines.
        """
        if not self._used:
            return None
        cosines = self._means[: self._used] @ vector
        best = int(np.argmax(cosines))
        return self._numbers[best], float(likeness.scaled(cosines[best : best + 1])[0])

    def likeness(self, number: int, vector: Floats, likeness: Likeness) -> float:
        """How much a question resembles one group; below 0 for a number that is not known."""
        place = self._place.get(number)
        if place is None:
            return -1.0
        return float(likeness.scaled(np.array([self._means[place] @ vector], dtype=np.float32))[0])


def reply_for(
    vector: Floats, replies: Floats, rivals: Floats, likeness: Likeness, least: float = SAME_AS_REPLY
) -> int | None:
    """The place of the group whose unified reply is for a question; None: none is.

    replies: `[n, d]`, the means of the vectors of the groups that have one. rivals: `[m, d]`, those of other groups;
    one that is itself as like a reply's group as its questions are is the same meaning told apart by chance, and no
    rival.
    """
    if not len(replies):
        return None
    own = likeness.scaled(replies @ vector)
    best = int(np.argmax(own))
    if own[best] < least:
        return None
    if len(rivals):
        kin = likeness.scaled(rivals @ replies[best]) >= SAME
        nearest = np.where(kin, -np.inf, likeness.scaled(rivals @ vector)).max()
        if nearest > own[best] - AHEAD:
            return None
    return best


def grouped(vectors: Floats, likeness: Likeness, same: float = SAME) -> list[int]:
    """The group of each of `[n, d]` vectors in their order, numbered from 0; to measure with."""
    groups = Groups(vectors.shape[1])
    sums: dict[int, tuple[Floats, int]] = {}
    found: list[int] = []
    for vector in vectors:
        number = belongs(groups, vector, likeness, same)
        chosen = len(sums) if number is None else number
        total, size = sums.get(chosen, (np.zeros_like(vector), 0))
        sums[chosen] = (total + vector, size + 1)
        groups.put(chosen, *sums[chosen])
        found.append(chosen)
    return found


def belongs(groups: Groups, vector: Floats, likeness: Likeness, same: float = SAME) -> int | None:
    """The group that a question belongs to; None: none yet."""
    nearest = groups.nearest(vector, likeness)
    return nearest[0] if nearest and nearest[1] >= same else None
