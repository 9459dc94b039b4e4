from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.errors import EvaluationError, QuestionSetError
from eval.pairs_file import Group, read_pairs, read_set
from eval.question_set import read_question_set
from eval.split import half
from kb.normalise import normalise
from tests.support.articles import ZONE
from tests.support.records import make_question

ROOT = Path(__file__).parents[2]
GOOD: dict[str, object] = {
    "domain": "退货",
    "title": "琴行退货",
    "heading": "能退",
    "passage": "十天内可退。",
    "questions": ["能退不", "咋退"],
    "near_misses": ["邮费谁出"],
}


def write(path: Path, *lines: object) -> None:
    text = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")


def test_a_line_is_a_group_of_its_file(tmp_path: Path) -> None:
    plain = {"domain": "d", "title": "题", "passage": "文", "questions": ["问"]}
    write(tmp_path / "b.jsonl", GOOD, "", plain)
    write(tmp_path / "a.jsonl", plain)
    (tmp_path / "README.md").write_text("no pairs")

    assert read_pairs(tmp_path) == [
        Group("a", "题\n文", ("问",), title="题"),
        Group("b", "琴行退货 > 能退\n十天内可退。", ("能退不", "咋退"), ("邮费谁出",), "琴行退货", "能退"),
        Group("b", "题\n文", ("问",), title="题"),
    ]


def test_what_nothing_answers_is_a_near_miss_too(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", GOOD | {"unanswered": ["能换琴弦不"]})

    (group,) = read_pairs(tmp_path)

    assert group.near_misses == ("邮费谁出", "能换琴弦不")
    assert group.unanswered == ("能换琴弦不",)
    assert group.text == "十天内可退。"


def test_whole_articles_are_held_out_about_one_in_six() -> None:
    groups = read_pairs(ROOT / "eval" / "pairs")
    held = {(group.source, group.title) for group in groups if group.held_out}
    kept = {(group.source, group.title) for group in groups if not group.held_out}

    assert not held & kept
    assert 0.1 < len(held) / (len(held) + len(kept)) < 0.23
    assert not Group("set", "文", ("问",)).held_out


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", GOOD | {"passage": "一\u2028二\u0085三"})

    assert read_pairs(tmp_path)[0].passage.endswith("\n一\u2028二\u0085三")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", r"a\.jsonl:2: line: Invalid JSON"),
        ("[]", r"a\.jsonl:2: line: "),
        ({k: v for k, v in GOOD.items() if k != "domain"}, r"a\.jsonl:2: domain: Field required"),
        (GOOD | {"title": ""}, r"a\.jsonl:2: title: .*at least 1"),
        (GOOD | {"passage": ""}, r"a\.jsonl:2: passage: .*at least 1"),
        (GOOD | {"questions": []}, r"a\.jsonl:2: questions: .*at least 1"),
        (GOOD | {"questions": ["好", 3]}, r"a\.jsonl:2: questions\.1: .*string"),
        (GOOD | {"near_misses": "一"}, r"a\.jsonl:2: near_misses: .*array"),
        (GOOD | {"near_misses": ["一", ""]}, r"a\.jsonl:2: near_misses\.1: .*at least 1"),
        (GOOD | {"answer": "x"}, r"a\.jsonl:2: answer: Extra inputs"),
    ],
)
def test_a_bad_line_is_named_with_its_field(tmp_path: Path, line: object, what: str) -> None:
    write(tmp_path / "a.jsonl", GOOD, line)

    with pytest.raises(EvaluationError, match=what):
        read_pairs(tmp_path)


def test_what_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json.dumps(GOOD, ensure_ascii=False).encode("gb18030"))

    with pytest.raises(EvaluationError, match=r"a\.jsonl:1: line: "):
        read_pairs(tmp_path)


def test_a_folder_without_pairs_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", "", " ")

    with pytest.raises(EvaluationError, match=r"no \*\.jsonl file with pairs; see eval/pairs/README\.md"):
        read_pairs(tmp_path)
    with pytest.raises(EvaluationError, match="no-such-folder: no "):
        read_pairs(tmp_path / "no-such-folder")


def test_the_projects_pairs_are_whole_and_none_is_a_question_of_the_shops_set() -> None:
    groups = read_pairs(ROOT / "eval" / "pairs")
    asked = {normalise(question.text) for question in read_question_set(ROOT / "eval" / "sets" / "shop.jsonl", ZONE)}

    assert len(groups) > 1000
    assert len(asked) > 500
    for group in groups:
        said = [normalise(text) for text in (*group.questions, *group.near_misses)]
        assert group.questions
        assert group.near_misses
        assert all(said)
        assert not asked & set(said), group
        assert not set(group.questions) & set(group.near_misses), group


def learned(document: str) -> bool:
    return half(make_question("q", {document: 1})) == "learn"


DOCUMENTS = [f"d{number:02}" for number in range(24)]
LEARN = [name for name in DOCUMENTS if learned(name)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Each document is asked twice; the title of every other one is missing."""
    corpus = [{"_id": name, "title": "题" * (n % 2), "text": f"{name} 的文"} for n, name in enumerate(DOCUMENTS)]
    queries = [{"_id": f"{name}-{n}", "text": f"{name} 问 {n}"} for name in DOCUMENTS for n in (1, 2)]
    write(tmp_path / "corpus.jsonl", *corpus)
    write(tmp_path / "queries.jsonl", *queries)
    write(tmp_path / "qrels.tsv", *(f"{query['_id']}\t{query['_id'][:3]}\t1" for query in queries))
    return tmp_path


def test_both_halves_are_there_to_be_told_apart() -> None:
    assert 4 < len(LEARN) < 20


def test_a_set_gives_its_learn_half_alone(folder: Path) -> None:
    groups = read_set(folder, 100)

    assert [group.questions for group in groups] == [(f"{name} 问 1", f"{name} 问 2") for name in LEARN]
    titles = {name: "题\n" * (n % 2) for n, name in enumerate(DOCUMENTS)}
    assert [group.passage for group in groups] == [f"{titles[name]}{name} 的文" for name in LEARN]
    assert {(group.source, group.near_misses) for group in groups} == {(folder.name, ())}


def test_no_more_documents_than_asked_for_and_spread_over_the_set(folder: Path) -> None:
    chosen = [group.questions[0][:3] for group in read_set(folder, 3)]

    step = len(LEARN) // 3
    assert chosen == [LEARN[0], LEARN[step], LEARN[2 * step]]


def test_a_document_has_four_questions_at_most(folder: Path) -> None:
    queries = [{"_id": f"q{n}", "text": f"问 {n}"} for n in range(9)]
    write(folder / "queries.jsonl", *queries)
    write(folder / "qrels.tsv", *(f"q{n}\t{LEARN[0]}\t1" for n in range(9)))

    assert [group.questions for group in read_set(folder, 5)] == [("问 0", "问 1", "问 2", "问 3")]


def test_unanswerable_questions_and_documents_out_of_the_corpus_are_left_out(folder: Path) -> None:
    lost = next(name for name in (f"lost{n}" for n in range(99)) if learned(name))
    write(folder / "queries_unanswerable.jsonl", *({"_id": f"u{n}", "text": "天气"} for n in range(9)))
    write(folder / "queries.jsonl", {"_id": "q1", "text": "有"}, {"_id": "q2", "text": "没了"})
    write(folder / "qrels.tsv", f"q1\t{LEARN[1]}\t1", f"q2\t{lost}\t1")

    assert [group.questions for group in read_set(folder, 5)] == [("有",)]


def test_a_document_of_a_title_alone_is_its_title(folder: Path) -> None:
    write(folder / "corpus.jsonl", {"_id": LEARN[0], "title": "只有题"}, "", {"_id": LEARN[1], "text": "文"})

    assert [group.passage for group in read_set(folder, 5)] == ["只有题", "文"]


def test_a_folder_that_is_no_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError, match=r"corpus\.jsonl:1: cannot be read"):
        read_set(tmp_path, 5)
