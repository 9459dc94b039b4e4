from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.beir import plain_article, read_beir
from eval.errors import QuestionSetError
from eval.question_set import Relevant
from kb.article import Kind
from kb.splitter import split

CORPUS: list[dict[str, object]] = [
    {"_id": "Doc 1.a", "title": "退货", "text": "# 不是标题\n- 不是列表\n\n1. 第一 *星* _线_ `码`", "metadata": {}},
    {"_id": "d2", "text": "运费"},
    {"_id": "d3", "title": "只有题目", "text": ""},
]
QUERIES: list[dict[str, object]] = [
    {"_id": "q1", "text": "怎么退"},
    {"_id": "q2", "text": "没有标注"},
    {"_id": "q3", "text": "运费谁付"},
]
QRELS = "q1\tDoc 1.a\t2\nq1\td2\t1\nq1\td3\t0\nq3\td2\t1\n"


def write(folder: Path, name: str, lines: list[dict[str, object]] | str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = lines if isinstance(lines, str) else "".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "corpus.jsonl", CORPUS)
    write(tmp_path, "queries.jsonl", QUERIES)
    write(tmp_path, "qrels.tsv", "query-id\tcorpus-id\tscore\n" + QRELS)
    return tmp_path


def test_a_folder_is_a_library_and_its_set(folder: Path) -> None:
    read = read_beir(folder)
    assert [(a.id, a.title, a.kind) for a in read.articles] == [
        ("Doc 1.a", "退货", Kind.POLICY),
        ("d2", "", Kind.POLICY),
        ("d3", "只有题目", Kind.POLICY),
    ]
    assert [(q.id, q.text, q.answerable) for q in read.questions] == [("q1", "怎么退", True), ("q3", "运费谁付", True)]
    assert read.questions[0].relevant == (Relevant("Doc 1.a", None, 2), Relevant("d2", None, 1))


@pytest.mark.parametrize("name", ["qrels.tsv", "qrels/test.tsv"])
@pytest.mark.parametrize("head", ["", "query-id\tcorpus-id\tscore\n"])
def test_judgements_with_and_without_header(folder: Path, name: str, head: str) -> None:
    (folder / "qrels.tsv").unlink()
    write(folder, name, head + QRELS.replace("\t2\n", "\t2.0\r\n"))
    assert [q.grades for q in read_beir(folder).questions] == [{"Doc 1.a": 2, "d2": 1}, {"d2": 1}]


def test_unanswerable_queries(folder: Path) -> None:
    write(folder, "queries_unanswerable.jsonl", [{"_id": "u1", "text": "天气", "kind": "off_topic"}])
    question = read_beir(folder).questions[-1]
    assert (question.id, question.answerable, question.relevant) == ("u1", False, ())
    assert question.tags == ("unanswerable", "off_topic")


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("corpus.jsonl", '{"_id": "a", "text": "x"}\n{"_id": "a", "text": "y"}\n', r"corpus.jsonl:2: `_id`: a stands"),
        ("corpus.jsonl", '{"title": "x"}\n', r"corpus.jsonl:1: `_id` is missing"),
        ("corpus.jsonl", '{"_id": "a", "title": " "}\n', r"corpus.jsonl:1: a has neither title nor text"),
        ("corpus.jsonl", '{"_id": "a", "text": 3}\n', r"corpus.jsonl:1: `title` or `text` is not text"),
        ("corpus.jsonl", "", r"corpus.jsonl:1: holds no documents"),
        ("queries.jsonl", '{"_id": "q1"}\n', r"queries.jsonl:1: `text` is missing"),
        ("queries.jsonl", "{\n", r"queries.jsonl:1: not JSON"),
        ("qrels.tsv", "q1\td2\t1\nq9\td2\t1\n", r"qrels.tsv:2: judges q9, which queries.jsonl lacks"),
        ("qrels.tsv", "q1\td2\t1\nq1 d2 1\n", r"qrels.tsv:2: is not query, document"),
        ("qrels.tsv", "q1\td2\t1\nq1\td2\t0.5\n", r"qrels.tsv:2: is not query, document"),
        ("qrels.tsv", "q1\td2\t0\n", r"qrels.tsv:1: holds no positive judgement"),
        ("queries_unanswerable.jsonl", '{"_id": "q1", "text": "x"}\n', r"unanswerable.jsonl:1: q1 stands in"),
    ],
)
def test_bad_lines(folder: Path, name: str, text: str, what: str) -> None:
    write(folder, name, text)
    with pytest.raises(QuestionSetError, match=what):
        read_beir(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "queries.jsonl").unlink()
    with pytest.raises(QuestionSetError, match=r"queries.jsonl:1: cannot be read"):
        read_beir(folder)


def shown(title: str, text: str) -> str:
    return "\n".join(passage.text for passage in split(plain_article("d", title, text)))


@pytest.mark.parametrize(
    "text",
    [
        "# 一\n- 二\n1. 三\n> 四\n| a | b |\n|---|---|\n```reply\n五\n```\n    缩进",
        "&amp; <b>粗</b> [名](http://x) \\* --- *",
        "````\n四个反引号\n````",
        "问：能退吗？\n===\n能。",
        "---\ntitle: x\n---",
    ],
)
def test_text_reaches_the_passages_letter_for_letter(text: str) -> None:
    assert shown("题", text) == text


def test_paragraphs_stay_apart_and_a_document_without_text_says_its_title() -> None:
    assert shown("题", "甲\n\n \n乙") == "甲\n乙"
    assert shown("题", " ") == "题"
    assert plain_article("d", "一\n二", "x").title == "一 二"


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), min_size=1, max_size=200))
def test_no_letter_of_a_text_is_lost(text: str) -> None:
    kept = [c for c in text if not c.isspace()]
    if kept:
        assert [c for c in shown("", text) if not c.isspace()] == kept
