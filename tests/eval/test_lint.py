from __future__ import annotations

import pytest

from eval.lint import lint
from eval.question_set import LabelledQuestion, Relevant
from kb.moment import parse_moment
from kb.question import Context, Role, Turn
from tests.support.articles import ZONE, make_article
from tests.support.library import NOW
from tests.support.records import make_question

ARTICLES = (
    make_article("old", "运费", "退货运费 12 元。"),
    make_article("new", "运费", "退货运费 25 元。", supersedes="old", effective_from="2026-09-01"),
    make_article(
        "washer",
        "洗衣机",
        "## 容量\n\n洗 10 公斤。\n\n## 保修\n\n整机三年。\n\n```reply\n亲，电机保十年哦\n```\n\n## 空的",
        "product",
        products=["QY-W10"],
        questions=["能洗羽绒服吗？"],
        must_pass=["洗衣机 多大"],
    ),
    make_article("jd", "京东发票", "由京东开票。", channels=["jd"]),
)


def wanted(article: str, heading: str | None = None, grade: int = 3) -> tuple[Relevant, ...]:
    return (Relevant(article, heading, grade),)


def asked(relevant: tuple[Relevant, ...] = (), text: str = "问一下", **more: object) -> LabelledQuestion:
    return LabelledQuestion("q", text, relevant=relevant, line=4, **more)  # type: ignore[arg-type]


def at(day: str) -> Context:
    return Context(at=parse_moment(day, ZONE))


def problems(*questions: LabelledQuestion) -> list[str]:
    return [str(problem) for problem in lint(questions, ARTICLES, NOW, "set.jsonl").problems]


@pytest.mark.parametrize(
    "question",
    [
        asked(wanted("new")),
        asked(wanted("new"), forbidden=("old",)),
        asked(wanted("old"), context=at("2026-08-31"), forbidden=("new",)),
        asked(wanted("old"), context=Context(as_of=parse_moment("2026-08-31", ZONE)), forbidden=("new",)),
        asked(wanted("washer", "容量"), answer_contains=("10公斤",)),
        asked(wanted("washer", "保修"), answer_contains=("三年", "十年")),
        asked(wanted("new"), context=Context(channel="taobao"), forbidden=("jd",)),
        asked(wanted("new"), context=Context(product="QY-W8"), forbidden=("washer",)),
        asked(answerable=False),
        asked(wanted("washer", grade=1), answerable=False),
        asked(wanted("washer"), context=Context(product="qy w10")),
    ],
)
def test_sound_questions(question: LabelledQuestion) -> None:
    assert problems(question) == []


@pytest.mark.parametrize(
    ("question", "what"),
    [
        (asked(), "q: `relevant`: is empty"),
        (asked(wanted("gone")), "q: `relevant`: no article is called gone"),
        (asked(wanted("new"), forbidden=("gone",)), "q: `forbidden`: no article is called gone"),
        (asked(wanted("washer", "重量")), "washer has no passage under a heading 重量 — its headings are: 容量; 保修"),
        (asked(wanted("washer", "空的")), "washer has no passage under a heading 空的"),
        (asked(wanted("old")), "old is not in force for this question: ended on 2026-09-01T00:00:00+08:00"),
        (asked(wanted("new"), context=at("2026-08-31")), "new is not in force for this question: in force only from"),
        (asked(wanted("jd"), context=Context(channel="taobao")), "jd is not in force for this question: applies to"),
        (asked(wanted("new"), forbidden=("jd",)), "`forbidden`: jd is in force for this question"),
        (asked(wanted("new"), answer_contains=("12元",)), "`answer_contains`: 12元 does not stand in new"),
        (asked(wanted("new"), answer_contains=("5元",)), "`answer_contains`: 5元 does not stand in new"),
        (asked(wanted("new"), answer_contains=("。",)), "`answer_contains`: 。 has no letter or digit"),
        (asked(wanted("washer"), "能洗羽绒服吗"), "`question`: stands among the questions of washer already"),
        (asked(wanted("washer"), "洗衣机多大？"), "`question`: stands among the questions of washer already"),
        (asked(answerable=False, answer_contains=("x",)), "a question that is not answerable has no answer"),
        (asked(wanted("new"), answerable=False), "`relevant`: grade 3 answers in full"),
    ],
)
def test_problems(question: LabelledQuestion, what: str) -> None:
    found = problems(question)
    assert len(found) == 1, found
    assert found[0].startswith("set.jsonl:4: q: ")
    assert what in found[0]


def test_the_decisive_strings_must_stand_in_one_of_the_relevant_articles() -> None:
    both = (*wanted("new"), *wanted("washer"))
    assert problems(asked(both, answer_contains=("25元",))) == []
    # Two articles hold one each: neither holds both.
    assert len(problems(asked(both, answer_contains=("25元", "10公斤")))) == 1


def test_the_same_question_twice() -> None:
    twice = [make_question(name, {"new": 3}, text=text) for name, text in (("a", "运费？"), ("b", "运 费"))]
    assert problems(*twice) == ["set.jsonl:0: b: asks what a asks — take one of the two out"]
    other = make_question("c", {"new": 3}, text="运费", history=(Turn(Role.CUSTOMER, "退货"),))
    assert problems(twice[0], other) == []


def test_strings_that_no_passage_holds_together_are_doubted() -> None:
    apart = asked(wanted("washer"), answer_contains=("10公斤", "三年"))
    found = lint([apart], ARTICLES, NOW, "set.jsonl")
    assert found.problems == ()
    assert [doubt.what for doubt in found.doubts] == ["q: `answer_contains`: no single passage holds 10公斤 and 三年"]
    elsewhere = asked(wanted("washer", "容量"), answer_contains=("三年",))
    assert len(lint([elsewhere], ARTICLES, NOW, "set.jsonl").doubts) == 1


def test_overlap_by_hand() -> None:
    # 退货 货运 运费 费几 几块: three of five stand in the article.
    near = make_question("near", {"new": 3}, text="退货运费几块？")
    # 多少 alone has no bigram there.
    far = make_question("far", {"new": 3}, text="多少")
    none = make_question("none", text="退货运费", answerable=False)
    found = lint([far, near, none], ARTICLES, NOW, "set.jsonl")
    assert [(o.id, o.share) for o in found.highest] == [("near", pytest.approx(0.6)), ("far", 0.0)]
    assert found.overlap == pytest.approx(0.3)


def test_what_a_set_is_made_of() -> None:
    questions = [
        make_question("a", {"new": 3}, tags=("typo", "sku"), answer_contains=("25元",)),
        make_question("b", {"washer": 3}, tags=("typo",)),
        make_question("c", answerable=False),
    ]
    found = lint(questions, ARTICLES, NOW, "set.jsonl")
    assert (found.questions, found.unanswerable, found.with_strings) == (3, 1, 1)
    assert found.tags == {"sku": 1, "typo": 2}
    assert sum(found.halves.values()) == 3
    empty = lint([], ARTICLES, NOW, "set.jsonl")
    assert (empty.questions, empty.overlap, empty.highest, empty.tags) == (0, None, (), {})
