"""Runs to make reports of, and a text that tries to be markup."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from eval.record import Record
from eval.report import Run
from eval.run import Setup, summarise
from kb.assistant import AssistantSettings
from tests.support.records import lost_record, make_record

MADE = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOSTILE = '</script><script>alert("x")</script><img src=x onerror=alert(1)><!-- \u202egnp.exe \u2028 & \' "'


def make_run(records: Sequence[Record], name: str = "shop") -> Run:
    return Run(summarise(records, AssistantSettings(), "g1", Setup(name, "articles", "set.jsonl")), tuple(records))


def some_records() -> list[Record]:
    return [
        make_record("q1", ["x"], {"x": 3}, tags=("plain",), reply="7 天"),
        make_record("q2", ["y", "x"], {"x": 3}, tags=("plain", "typo"), confidence=0.8, text="洗衣机 w10 咋退"),
        make_record("q3", ["x"], {"x": 3}, tags=("typo",), answer_contains=("15 天",), reply="7 天", confidence=0.4),
        make_record("q4", ["z"], answerable=False, tags=("unanswerable",), confidence=0.7, text="有季卡没"),
        make_record("q5", ["z"], answerable=False, served=False, confidence=0.2),
        make_record("q6", ["x"], {"x": 3}, served=False, confidence=0.3, tags=("plain",)),
        lost_record("q7", {"x": 3}),
    ]
