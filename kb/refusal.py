"""A heading that refuses what stands below it ("不参加的商品"): without it a list of names would say the opposite."""

from __future__ import annotations

import re
from collections.abc import Sequence

_REFUSES = re.compile(
    r"不(?:支持|能|可|予|提供|适用|参加|参与|包括|包含|享受|退|换|赔|补|保|送|收|发|允许|得|接受|计|算|属于|在|用|要|做|说)"
    r"|无法|禁止|严禁|例外|除外|未(?!来)|勿|\bnot\b|\bno\b(?!\.)|\bnever\b|\bexcept|\bexclu",
    re.IGNORECASE,
)
# 能不能 and 退不退 refuse nothing.
_EITHER = re.compile(r"(..?)不\1")
# What asks for a way or a reason is not refused by what it asks about.
_ASKS_HOW = re.compile(r"怎么|怎样|如何|为什么|为何|为啥|咋|吗|\bhow\b|\bwhy\b", re.IGNORECASE)


def refusing(headings: Sequence[str], said: str) -> str | None:
    """The innermost heading of a path that refuses, where `said` does not refuse in the same words; else None."""
    for heading in reversed(headings):
        found = _REFUSES.search(_EITHER.sub(" ", heading))
        if found and not _ASKS_HOW.search(heading):
            return None if found.group().lower() in said.lower() else heading
    return None
