from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kb.article import Article, Audience, Kind
from kb.errors import ArticlesError, Problem
from kb.folder import read_article

SHANGHAI = ZoneInfo("Asia/Shanghai")


def read(fields: str, body: str = "正文。", path: str = "a/b.md", zone: ZoneInfo | None = None) -> Article:
    return read_article(f"---\n{fields}\n---\n{body}\n", path, zone)


def problems(fields: str, body: str = "正文。") -> list[Problem]:
    with pytest.raises(ArticlesError, match="problem") as caught:
        read(fields, body)
    return list(caught.value.problems)


def only(fields: str) -> Problem:
    found = problems(fields)
    assert len(found) == 1, found
    return found[0]


BASE = "title: 退货\nkind: policy"


def test_every_field_is_read_with_its_line() -> None:
    article = read(
        """id: return-7d
title: 七天无理由
kind: return-rule
owner: 政策组
products: [E3, "00123"]
channels:
  - taobao
  - jd
audience: internal
effective_from: 2026-11-01
effective_until: 2026-11-12T00:00:00+08:00
supersedes: old
overrides: [base]
review_by: 2027-01-31
questions:
  - 能退吗
  - 怎么退？
not_questions: [能换吗]
keywords: [7天]
must_pass: [能退吗]"""
    )
    assert article == Article(
        id="return-7d",
        title="七天无理由",
        kind=Kind.RETURN_RULE,
        path="a/b.md",
        source=article.source,
        body_line=23,
        owner="政策组",
        products=("E3", "00123"),
        channels=("taobao", "jd"),
        audience=Audience.INTERNAL,
        effective_from=datetime(2026, 10, 31, 16, tzinfo=UTC),
        effective_until=datetime(2026, 11, 11, 16, tzinfo=UTC),
        supersedes="old",
        overrides=("base",),
        review_by=date(2027, 1, 31),
        questions=("能退吗", "怎么退？"),
        not_questions=("能换吗",),
        keywords=("7天",),
        must_pass=("能退吗",),
    )
    assert article.body == "正文。\n"
    assert article.field_lines["title"] == 3
    assert (article.field_lines["questions[0]"], article.field_lines["questions[1]"]) == (17, 18)


def test_absent_fields_have_their_defaults() -> None:
    article = read("title: t\nkind: phrase\nowner:\nproducts: ~\neffective_from: null")
    assert article.id == "a-b"
    assert (article.owner, article.products, article.effective_from) == ("", (), None)
    assert article.audience is Audience.PUBLIC


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("123", "123"),
        ("yes", "yes"),
        ("no", "no"),
        ("2026-11-01", "2026-11-01"),
        ("0123", "0123"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("=", "="),
        ("|\n  两行\n  标题", "两行 标题"),
        ('"a\u2028b"', "a b"),
        ("a\u2028b", "a b"),
        ("&x 标题", "标题"),
        ("退货 # 注", "退货"),
    ],
)
def test_a_title_is_its_raw_text(raw: str, text: str) -> None:
    assert read(f"title: {raw}\nkind: policy").title == text


def test_a_line_separator_in_a_title_moves_no_line() -> None:
    assert only("title: a\u2028b\nkind: nothing").line == 3


def test_list_entries_are_their_raw_text() -> None:
    article = read(BASE + "\nproducts: [123, 1.50, yes, 2026-01-01]\nkeywords: [&a 退, *a]")
    assert article.products == ("123", "1.50", "yes", "2026-01-01")
    assert article.keywords == ("退", "退")


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2026-11-01", datetime(2026, 10, 31, 16, tzinfo=UTC)),
        ("2026-11-01T00:00:00+08:00", datetime(2026, 10, 31, 16, tzinfo=UTC)),
        ("'2026-11-01T00:00:00+08:00'", datetime(2026, 10, 31, 16, tzinfo=UTC)),
        ("2026-11-01 08:00:00+08:00", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T00:00Z", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T00:00:00.5-05:00", datetime(2026, 11, 1, 5, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-11-11T24:00:00+08:00", datetime(2026, 11, 11, 16, tzinfo=UTC)),
    ],
)
def test_times_keep_their_offset(raw: str, moment: datetime) -> None:
    assert read(f"{BASE}\neffective_from: {raw}").effective_from == moment


def test_a_bare_date_begins_in_the_zone_given() -> None:
    found = read(f"{BASE}\neffective_from: 2026-07-01", zone=ZoneInfo("America/New_York")).effective_from
    assert found == datetime(2026, 7, 1, 4, tzinfo=UTC)
    assert found is not None
    assert found.utcoffset() == timedelta(hours=-4)


@pytest.mark.parametrize("raw", ["2026-11-01T00:00:00", "2026-11-01 10:00", "2026-11-11T24:00"])
def test_a_time_without_offset_is_refused(raw: str) -> None:
    problem = only(f"{BASE}\neffective_from: {raw}")
    assert (problem.line, "naive-looking" in problem.what, "+08:00" in problem.mend) == (4, True, True)


@pytest.mark.parametrize("raw", ["明天", "2026-13-01", "2026-02-30T00:00:00+08:00", "11/01/2026", "20xx"])
def test_a_bad_time_is_refused(raw: str) -> None:
    problem = only(f"{BASE}\neffective_until: {raw}")
    assert (problem.line, "not a time" in problem.what) == (4, True)


def test_a_time_that_has_no_utc_is_refused() -> None:
    problem = only(f"{BASE}\neffective_until: 9999-12-31T23:59:59-08:00")
    assert (problem.line, "out of range" in problem.what) == (4, True)


@pytest.mark.parametrize("until", ["2026-11-01", "2026-10-31T16:00:00Z", "2026-10-01"])
def test_an_end_not_after_the_start_is_refused(until: str) -> None:
    problem = only(f"{BASE}\neffective_from: 2026-11-01\neffective_until: {until}")
    assert (problem.line, "is not after" in problem.what) == (5, True)


def test_a_bad_date_is_refused() -> None:
    problem = only(f"{BASE}\nreview_by: 2026-11-01T00:00:00+08:00")
    assert (problem.line, "not a date" in problem.what) == (4, True)


@pytest.mark.parametrize("raw", ["Return", "-a", "a_b", "退货", "a" * 81, "a/b"])
def test_an_id_that_is_no_slug_is_refused(raw: str) -> None:
    problem = only(f"{BASE}\nid: {raw}")
    assert (problem.line, "not a slug" in problem.what) == (4, True)


def test_an_id_of_digits_and_one_of_eighty_characters_are_slugs() -> None:
    assert read(f"{BASE}\nid: 007").id == "007"
    assert read(f"{BASE}\nid: {'a' * 80}").id == "a" * 80


@pytest.mark.parametrize(
    ("path", "name"),
    [("退货/规则.md", "退货-规则"), ("A/b.MD", "A-b"), ("x.md.md", "x.md"), ("a b.md", "a b")],
)
def test_an_absent_id_is_the_path_as_it_is(path: str, name: str) -> None:
    assert read(BASE, path=path).id == name


def test_an_unknown_field_names_the_nearest_one() -> None:
    problem = only(f"{BASE}\neffective_form: 2026-11-01")
    assert problem == Problem("a/b.md", 4, "unknown field `effective_form`", "did you mean `effective_from`?")
    assert "known fields: id, title" in only(f"{BASE}\nxyz: 1").mend


def test_an_unknown_kind_lists_the_known() -> None:
    problem = only("title: t\nkind: rule")
    assert (problem.line, problem.what) == (3, "unknown kind `rule`")
    assert problem.mend == "one of product, policy, return-rule, promotion, playbook, phrase"


def test_an_unknown_audience_is_refused() -> None:
    assert only(f"{BASE}\naudience: everyone").line == 4


def test_missing_fields_are_all_told() -> None:
    found = problems("owner: x")
    assert [(problem.line, problem.what) for problem in found] == [
        (1, "`kind` is missing"),
        (1, "`title` is missing"),
    ]
    assert [problem.line for problem in problems("title: ''\nkind:")] == [2, 3]
    assert len(problems("")) == 2


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("products: E3", "must be a list"),
        ("questions: {a: b}", "must be a list"),
        ("owner: [a]", "must be one text"),
        ("questions: [[a]]", "not a text"),
        ("questions: [怎么退: 退]", "not a text"),
        ("questions: ['']", "empty entry"),
        ("questions: [~]", "empty entry"),
        ("owner: !!python/name:os.system x", "YAML tag"),
        ("owner: !!binary aGk=", "YAML tag"),
        ("keywords: [!x y]", "YAML tag"),
        ("title: again", "stands twice"),
        ("? [a]\n: b", "a field without a name"),
        ("<<: {owner: x}", "unknown field `<<`"),
        ("questions: [能退吗, 怎么退, 能退吗]", "same text twice (first in line 4): 能退吗"),
        ("owner: a: b", "not YAML"),
        ("owner: 'a", "not YAML"),
        ("owner: *nobody", "not YAML"),
        ("\towner: a", "not YAML"),
        ("owner: a\x07", "U+0007"),
        ("owner: " + "[" * 30, "nested too deep"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(line: str, what: str) -> None:
    problem = problems(f"{BASE}\n{line}")[0]
    assert what in problem.what
    # An unclosed quote is noticed where the text ends, one line later.
    assert problem.line == (5 if line == "owner: 'a" else 4)


def test_the_second_of_two_equal_questions_is_told() -> None:
    assert only(f"{BASE}\nquestions:\n- 能退吗\n- 能换吗\n- 能退吗").line == 7


def test_an_alias_bomb_is_refused_at_once() -> None:
    bomb = "\n".join(
        [f"{BASE}\nkeywords: &a0 [x, x]"]
        + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 15)]
        + ["questions: *a14"]
    )
    assert len(problems(bomb)) == 14 + 9


def test_a_list_within_itself_is_refused() -> None:
    assert "not a text" in only(f"{BASE}\nkeywords: &a [*a]").what


def test_very_deep_nesting_is_refused() -> None:
    assert "nested too deep" in only(f"{BASE}\nowner: " + "[" * 100_000).what
    assert "nested too deep" in only(f"{BASE}\nowner: " + "{a: " * 10_000).what


@pytest.mark.parametrize("source", ["", "\n\n", "# 标题\n", "title: t\nkind: policy\n", "----\n", "--- a\n"])
def test_no_front_matter_is_told(source: str) -> None:
    with pytest.raises(ArticlesError, match="no front matter"):
        read_article(source, "a.md")


def test_front_matter_without_end_is_told() -> None:
    with pytest.raises(ArticlesError, match=r"a\.md:1: the front matter is not closed"):
        read_article("---\ntitle: t\nkind: policy\n\n# 正文\n", "a.md")


def test_front_matter_that_is_no_mapping_is_told() -> None:
    for fields in ("- title", "text"):
        assert (problems(fields)[-1].line, problems(fields)[-1].what) == (2, "the front matter has no fields")


def test_problems_of_fields_and_body_are_told_together() -> None:
    found = problems("title: t\nkind: x", "正文。\n\n```\n没完")
    assert [problem.line for problem in found] == [3, 7]


def test_marks_and_line_ends_of_other_systems_are_normalised() -> None:
    plain = "---\ntitle: t\nkind: policy\n---\n一\n二\n"
    same = ("\ufeff" + plain, plain.replace("\n", "\r\n"), plain.replace("\n", "\r"))
    for text in same:
        assert read_article(text, "a.md").source == plain
    spaced = read_article("\n---  \ntitle: t\nkind: policy\n---\t\n一\n", "a.md")
    assert (spaced.body_line, spaced.body, spaced.field_lines["title"]) == (6, "一\n", 3)


def test_a_text_with_half_a_character_is_refused() -> None:
    with pytest.raises(ArticlesError, match=r"a\.md:5: not UTF-8"):
        read_article("---\ntitle: t\nkind: policy\n---\n\ud800\n", "a.md")
