from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from eval.impact import Turn, impact, written
from eval.publish_gate import EvaluationGate
from kb.article import Article
from kb.assistant import Assistant
from kb.gate import GateVerdict
from tests.support.articles import make_article
from tests.support.library import NOW, build_generation
from tests.support.toy_encoder import WORDS, ToyEncoder

QUESTIONS = """\
{"id": "q1", "question": "退货的运费谁付", "relevant": [{"article": "freight"}], "answer_contains": ["12 元"]}
{"id": "q2", "question": "洗衣机多重", "relevant": [{"article": "washer"}], "forbidden": ["cooker"]}
{"id": "q3", "question": "发票怎么开", "relevant": [{"article": "invoice"}]}
{"id": "q4", "question": "优惠能叠加吗", "relevant": [{"article": "coupon"}]}
"""


def articles() -> list[Article]:
    return [
        make_article("coupon", "优惠说明", "优惠券不能叠加。", must_pass=["优惠能不能叠加"]),
        make_article("cooker", "电饭煲", "电饭煲重 3 公斤。", "product"),
        make_article("freight", "退货运费", "退货的运费店铺付 12 元。", must_pass=["退货的运费谁付"]),
        make_article("invoice", "发票", "发票在订单页开具。"),
        make_article("washer", "洗衣机", "洗衣机重 66 公斤。", "product"),
    ]


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path)


class Work:
    """Builds Assistants over libraries, and a gate with a question set."""

    def __init__(self, folder: Path) -> None:
        self.var = folder / "var"
        self.questions = folder / "set.jsonl"
        self.questions.write_text(QUESTIONS, encoding="utf-8")
        self.gate = EvaluationGate(self.var, self.questions)

    def assistant(self, some: Sequence[Article]) -> Assistant:
        ordered = sorted(some, key=lambda one: one.path)
        return Assistant(build_generation(ordered, self.var), ToyEncoder(), clock=lambda: NOW)

    def judge(self, old: Sequence[Article] | None, new: Sequence[Article], *changed: str) -> GateVerdict:
        return self.gate.judge(self.assistant(new), self.assistant(old) if old else None, changed)


def changed(some: Sequence[Article], *others: Article) -> list[Article]:
    fresh = {one.id: one for one in others}
    return [fresh.pop(one.id, one) for one in some] + list(fresh.values())


def test_a_first_publication_is_kept_back_by_a_must_pass_alone(work: Work) -> None:
    assert work.judge(None, articles()).is_open
    bad = changed(articles(), make_article("cooker", "电饭煲", "电饭煲重 3 公斤。", must_pass=["洗衣机多重"]))
    verdict = work.judge(None, bad)
    assert [(f.name, f.article) for f in verdict.failures] == [("洗衣机多重", "cooker")]
    assert verdict.failures[0].why == "must_pass of cooker, but washer comes first"
    assert verdict.asked == 7


def test_a_must_pass_that_failed_before_is_known_and_keeps_nothing_back(work: Work) -> None:
    bad = changed(articles(), make_article("cooker", "电饭煲", "电饭煲重 3 公斤。", must_pass=["洗衣机多重"]))
    verdict = work.judge(bad, changed(bad, make_article("invoice", "发票", "发票在订单页下载。")), "invoice")
    assert verdict.is_open
    assert [f.article for f in verdict.known] == ["cooker"]


def test_a_forbidden_suggestion_that_is_new_keeps_it_back(work: Work) -> None:
    work.questions.write_text(
        '{"id": "q2", "question": "洗衣机多重", "relevant": [{"article": "washer"}], "forbidden": ["rumour"]}\n',
        encoding="utf-8",
    )
    verdict = work.judge(
        articles(), changed(articles(), make_article("rumour", "洗衣机", "洗衣机重 99 公斤。")), "rumour"
    )
    assert [(f.name, f.article) for f in verdict.failures] == [("q2", "rumour")]
    assert verdict.measures["forbidden"] == (0.0, 1.0)


def test_a_fall_counts_from_two_questions_and_names_them(work: Work) -> None:
    gone = [one for one in articles() if one.id != "invoice"]
    one_lost = work.judge(articles(), gone, "invoice")
    assert one_lost.is_open
    assert one_lost.measures["success@1"] == (1.0, 0.75)
    fewer = [one for one in gone if one.id != "washer"]
    (failure,) = work.judge(articles(), fewer, "invoice", "washer").failures
    assert failure.name == "success@1"
    assert failure.why.startswith("fell from 1.000 to 0.500 over 4 questions; lost q2「洗衣机多重」now ")
    assert "q3「发票怎么开」" in failure.why


def test_what_a_change_cannot_reach_is_not_asked_again_and_nothing_is_encoded_twice(work: Work) -> None:
    old, new = articles(), changed(articles(), make_article("invoice", "发票", "发票在订单页下载。"))
    work.judge(None, old)
    again = work.gate.judge(work.assistant(old), work.assistant(old), ())
    assert (again.asked, again.unaffected) == (0, 6)
    verdict = work.judge(old, new, "invoice")
    assert verdict.asked + verdict.unaffected == 6
    assert verdict.asked < 6
    restarted = EvaluationGate(work.var, work.questions)
    encoder = ToyEncoder()
    assistant = work.assistant(new).using(encoder)
    restarted.judge(assistant, work.assistant(old), ["invoice"])
    assert encoder.encoded == []


def test_damaged_records_are_asked_again(work: Work) -> None:
    work.judge(None, articles())
    for file in (work.var / "gate").iterdir():
        file.write_bytes(b"{")
    verdict = EvaluationGate(work.var, work.questions).judge(work.assistant(articles()), work.assistant(articles()), ())
    assert verdict.is_open


def test_the_screened_verdict_is_the_full_one(tmp_path: Path) -> None:
    """Over many random edits: numbers, sentences, titles, questions, withdrawals, copies."""
    chance = random.Random(5)  # noqa: S311
    work = Work(tmp_path)
    topics = [f"{one}{other}" for one in WORDS for other in ("时间", "流程", "费用")]
    base = [
        make_article(
            f"a{n}", topic, f"{topic}要 {n + 2} 天。{chance.choice(topics)}另算。", must_pass=[f"{topic}是多少"]
        )
        for n, topic in enumerate(topics)
    ]
    lines = [
        f'{{"id": "s{n}", "question": "{topic}怎么算", "relevant": [{{"article": "a{n}"}}], '
        f'"answer_contains": ["{n + 2} 天"]}}'
        for n, topic in enumerate(topics)
    ]
    work.questions.write_text("\n".join(lines), encoding="utf-8")
    work.judge(None, base)
    asked = 0
    for _ in range(25):
        new, name = _edited(base, topics, chance)
        old_assistant, new_assistant = work.assistant(base), work.assistant(new)
        screened = work.gate.judge(new_assistant, old_assistant, [name])
        full = EvaluationGate(tmp_path / "full", work.questions, full=True).judge(new_assistant, old_assistant, [name])
        assert screened.failures == full.failures
        assert screened.known == full.known
        assert screened.measures == full.measures
        asked += screened.asked
        base = new
    assert asked < 25 * 48 * 0.9


def _edited(base: list[Article], topics: list[str], chance: random.Random) -> tuple[list[Article], str]:
    one, topic, number = chance.choice(base), chance.choice(topics), chance.randrange(2, 60)
    kind = chance.randrange(5)
    if kind == 0 and len(base) > 12:
        return [other for other in base if other is not one], one.id
    if kind == 1:
        fresh = make_article(
            f"b{chance.randrange(10**6)}", topic, f"{topic}要 {number} 天。", must_pass=[f"{topic}几天"]
        )
        return [*base, fresh], fresh.id
    title = topic if kind == 2 else one.title
    body = f"{title}要 {number} 天。" if kind == 3 else f"{one.body}\n\n{topic}要 {number} 天。"
    return changed(base, make_article(one.id, title, body, must_pass=one.must_pass)), one.id


def test_impact_shows_old_beside_new_and_says_when_a_rule_ends(work: Work) -> None:
    newer = make_article(
        "freight-new", "退货运费", "退货的运费店铺付 25 元。", supersedes="freight", effective_from="2026-12-01"
    )
    edited = make_article("freight", "退货运费", "退货的运费店铺付 8 元。", must_pass=["退货的运费谁付"])
    report = impact(
        work.assistant(articles()),
        work.assistant(changed(articles(), newer, edited)),
        ["freight-new", "freight"],
        work.gate,
        recent=[("退货的运费谁付呀", 7)],
    )
    (worse,) = report.of(Turn.WORSE)
    assert (worse.name, worse.before.article, worse.after.article) == ("q1", "freight", "freight")
    assert "12 元" in worse.before.reply
    assert "8 元" in worse.after.reply
    assert worse.why == ("decisive words missing: 12 元",)
    assert [(one.question, one.count) for one in report.of(Turn.CHANGED) if one.origin == "recent"] == [
        ("退货的运费谁付呀", 7)
    ]
    found = {one.article: one for one in report.windows}
    ends = found["freight"].after
    assert ends is not None
    assert ends.until is not None
    assert ends.until.isoformat() == "2026-12-01T00:00:00+08:00"
    assert found["freight-new"].before is None
    assert written(report)["changed"][0]["turn"] == "worse"


def test_a_clock_that_passed_a_beginning_asks_again(work: Work) -> None:
    soon = make_article(
        "festival", "优惠节", "优惠节能叠加优惠。", "promotion", overrides=["coupon"], effective_from="2026-11-23"
    )
    some = changed(articles(), soon)
    work.judge(None, some)
    later = NOW.replace(day=24)
    old = replace_clock(work.assistant(some), later)
    verdict = work.gate.judge(old, old, ())
    assert verdict.asked >= 1


def replace_clock(assistant: Assistant, now: object) -> Assistant:
    return assistant.using(assistant.encoder, lambda: now)  # type: ignore[arg-type,return-value]


def test_the_set_is_read_again_when_it_changes(work: Work) -> None:
    assert len(work.gate.questions()) == 4
    work.questions.write_text(QUESTIONS.splitlines()[0], encoding="utf-8")
    assert len(work.gate.questions()) == 1
    assert replace(work.gate.questions()[0], line=0).id == "q1"
