from __future__ import annotations

import pytest

from kb.errors import ArticlesError, EditConflict, NotAllowedError, UnknownArticleError, WrongStateError
from kb.store.library_store import LibraryStore
from kb.store.records import AccessRole, Actor, State, checksum
from tests.support.store import ADMIN, OWNER, md, publish


def problems(error: pytest.ExceptionInfo[ArticlesError]) -> list[tuple[str, int, str]]:
    return [(problem.path, problem.line, problem.what) for problem in error.value.problems]


def test_a_new_article_is_a_draft_with_its_first_revision(store: LibraryStore) -> None:
    entry = store.save("退货/运费.md", md(), OWNER, "新规定", None)
    assert (entry.name, entry.path, entry.state) == ("退货-运费", "退货/运费.md", State.DRAFT)
    assert (entry.published, entry.draft, entry.in_review) == (None, 1, False)
    assert (entry.title, entry.kind, entry.owner, entry.changed_by) == ("题", "policy", "售后组", "张三")
    assert store.entry("退货-运费") == entry
    assert store.entries() == [entry]
    (info,) = store.revisions("退货-运费")
    assert (info.number, info.author, info.why, info.restores) == (1, "张三", "新规定", None)
    assert info.sha256 == checksum(md())
    assert info.at.tzinfo is not None
    assert info.at == entry.changed_at


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + md(),
        md().replace(b"\n", b"\r\n"),
        md() + b"\r\rx\x0b\x0c\n\n\n",
        md(body="没有换行"),
        md(body="x\x00y\n"),
    ],
    ids=["mark", "crlf", "mixed", "no line end", "nul"],
)
def test_bytes_are_kept_as_they_came(store: LibraryStore, raw: bytes) -> None:
    entry = store.save("a.md", raw, OWNER, "", None)
    assert store.revision("a", 1).raw == raw
    assert entry.title == "题"
    publish(store, a=1)
    assert store.raw_library() == {"a.md": raw}


def test_a_difference_in_line_ends_alone_is_a_revision(store: LibraryStore) -> None:
    first = store.save("a.md", md(), OWNER, "", None)
    second = store.save("a.md", md().replace(b"\n", b"\r\n"), OWNER, "", first.etag)
    assert second.draft == 2
    assert store.diff("a", 1, 2) == ""


def test_the_second_of_two_editors_is_told_who_was_first(store: LibraryStore) -> None:
    first = store.save("a.md", md(), ADMIN, "", None)
    store.save("a.md", md(body="张三写的。\n"), OWNER, "改正", first.etag)
    with pytest.raises(EditConflict, match="`a` was changed since you read it: save by 张三 at 20") as caught:
        store.save("a.md", md(body="我写的。\n"), ADMIN, "", first.etag)
    now = store.entry("a")
    assert (caught.value.by, caught.value.at, caught.value.etag) == ("张三", now.changed_at, now.etag)
    assert [info.number for info in store.revisions("a")] == [2, 1]
    mine = store.save("a.md", md(body="我写的。\n"), ADMIN, "", caught.value.etag)
    assert mine.draft == 3
    assert store.revision("a", 2).raw == md(body="张三写的。\n")


@pytest.mark.parametrize("if_match", [None, "", "1", "1-0000000000000000"])
def test_an_article_that_is_there_is_not_overwritten_unseen(store: LibraryStore, if_match: str | None) -> None:
    store.save("a.md", md(), ADMIN, "", None)
    with pytest.raises(EditConflict, match="`a` was changed since you read it"):
        store.save("a.md", md(body="别的。\n"), ADMIN, "", if_match)
    assert len(store.revisions("a")) == 1


def test_an_etag_may_stand_in_quotes_and_a_star_is_any(store: LibraryStore) -> None:
    first = store.save("a.md", md(), ADMIN, "", "*")
    second = store.save("a.md", md(body="二。\n"), ADMIN, "", f'"{first.etag}"')
    assert store.save("a.md", md(body="三。\n"), ADMIN, "", "*").draft == 3
    assert first.etag != second.etag
    assert first.etag.isascii()


def test_an_etag_of_nothing_is_told(store: LibraryStore) -> None:
    with pytest.raises(WrongStateError, match="there is no article 'a' to change"):
        store.save("a.md", md(), ADMIN, "", "1-abc")


def test_the_same_bytes_again_are_no_revision(store: LibraryStore) -> None:
    first = store.save("a.md", md(), ADMIN, "", None)
    lines = len(store.audit(100))
    assert store.save("a.md", md(), ADMIN, "", first.etag) == first
    assert store.save("a.md", md(), ADMIN, "", None) == first
    assert len(store.audit(100)) == lines


def test_every_change_gives_another_etag(store: LibraryStore) -> None:
    seen = [store.save("a.md", md(), ADMIN, "", None).etag]
    seen.append(store.submit("a", ADMIN, "", seen[-1]).etag)
    seen.append(store.return_to_draft("a", ADMIN, "", seen[-1]).etag)
    publish(store, a=1)
    seen.append(store.entry("a").etag)
    publish(store, a=None)
    seen.append(store.entry("a").etag)
    seen.append(store.save("a.md", md(), ADMIN, "", seen[-1]).etag)
    assert len(set(seen)) == len(seen) == 6


def test_a_file_with_problems_is_refused_with_lines(store: LibraryStore) -> None:
    with pytest.raises(ArticlesError) as caught:
        store.save("a.md", md("owned: x\n", ""), ADMIN, "", None)
    assert problems(caught) == [("a.md", 5, "unknown field `owned`"), ("a.md", 6, "the body is empty")]
    with pytest.raises(ArticlesError, match=r"a\.md:1: not UTF-8: byte 1 of the line is 0xFF"):
        store.save("a.md", b"\xff", ADMIN, "", None)
    assert store.entries() == []


@pytest.mark.parametrize(
    "path",
    ["", "/etc/a.md", "../a.md", "a/../b.md", "a//b.md", "./a.md", "a/", "a\\b.md", "a\x00.md", "a\n.md", "a.txt", "a",
     ".git/a.md", "a/.b.md", "_a.md", "sub/_synonyms.yaml", "_other.yaml", " a.md", "a /b.md", "字" * 100 + ".md",
     "\ud800.md", "a/" * 300 + "a.md"],
)  # fmt: skip
def test_a_path_that_could_not_be_exported_is_refused(store: LibraryStore, path: str) -> None:
    with pytest.raises(ArticlesError, match=r"1 problem\(s\)"):
        store.save(path, md("id: a\n"), ADMIN, "", None)
    assert store.entries() == []


def test_a_decomposed_path_is_the_composed_one(store: LibraryStore) -> None:
    assert store.save("cafe\u0301.md", md(), ADMIN, "", None).path == "caf\u00e9.md"


def test_a_draft_is_checked_within_the_published_library(store: LibraryStore) -> None:
    store.save("old.md", md(), ADMIN, "", None)
    new = md("supersedes: old\neffective_from: 2026-02-01\n")
    with pytest.raises(ArticlesError) as caught:
        store.save("new.md", new, ADMIN, "", None)
    assert problems(caught) == [("new.md", 5, "`supersedes` names an article that does not exist: old")]
    publish(store, old=1)
    store.save("new.md", new, ADMIN, "", None)
    publish(store, new=1)
    with pytest.raises(ArticlesError) as caught:
        store.save("third.md", md("supersedes: old\n"), ADMIN, "", None)
    assert [what for _, _, what in problems(caught)] == ["overlapping versions: `new` and `third` both supersede `old`"]


def test_a_change_that_breaks_another_article_is_refused_at_that_article(store: LibraryStore) -> None:
    store.save_all({"a.md": md("supersedes: b\neffective_from: 2026-02-01\n"), "b.md": md()}, ADMIN, "")
    publish(store, a=1, b=1)
    with pytest.raises(ArticlesError) as caught:
        store.save("b.md", md("effective_from: 2026-03-01\n"), ADMIN, "", store.entry("b").etag)
    assert [(path, line) for path, line, _ in problems(caught)] == [("a.md", 6)]


def test_a_renamed_file_keeps_its_history(store: LibraryStore) -> None:
    first = store.save("alt/a.md", md("id: named\n"), ADMIN, "", None)
    second = store.save("neu/b.md", md("id: named\n"), ADMIN, "umbenannt", first.etag)
    assert (second.name, second.path, second.draft) == ("named", "neu/b.md", 2)
    publish(store, named=1)
    assert list(store.raw_library()) == ["alt/a.md"]
    publish(store, named=2)
    assert list(store.raw_library()) == ["neu/b.md"]


def test_an_id_changed_inside_a_file_is_told(store: LibraryStore) -> None:
    first = store.save("a.md", md("id: one\n"), ADMIN, "", None)
    with pytest.raises(ArticlesError) as caught:
        store.save("a.md", md("id: two\n"), ADMIN, "", first.etag)
    assert problems(caught) == [("a.md", 5, "the file is that of `one`, and its id is now `two`")]
    publish(store, one=None)
    assert store.save("a.md", md("id: two\n"), ADMIN, "", None).name == "two"


def test_files_that_trade_their_names(store: LibraryStore) -> None:
    store.save_all({"a.md": md("id: one\n"), "b.md": md("id: two\n")}, ADMIN, "")
    one, two = store.save_all({"b.md": md("id: one\n"), "a.md": md("id: two\n")}, ADMIN, "")
    assert [(one.name, one.path, one.draft), (two.name, two.path, two.draft)] == [
        ("one", "b.md", 2),
        ("two", "a.md", 2),
    ]


def test_a_file_where_another_needs_a_folder_is_refused(store: LibraryStore) -> None:
    store.save("a.md", md(), ADMIN, "", None)
    publish(store, a=1)
    with pytest.raises(ArticlesError, match=r"a\.md:1: a file and a folder \(a\.md/b\.md\) of one name"):
        store.save("a.md/b.md", md(), ADMIN, "", None)


def test_many_files_may_refer_to_one_another(store: LibraryStore) -> None:
    saved = store.save_all(
        {"b.md": md("overrides: [a]\n"), "a.md": md(), "_synonyms.yaml": b"- [x1, y1]\n"}, ADMIN, "批量"
    )
    assert [(entry.name, entry.draft) for entry in saved] == [("b", 1), ("a", 1), ("_synonyms.yaml", 1)]
    assert [line.subject for line in store.audit(3)] == ["_synonyms.yaml", "a", "b"]


def test_many_files_are_saved_all_or_none_and_every_problem_is_told(store: LibraryStore) -> None:
    with pytest.raises(ArticlesError) as caught:
        store.save_all({"a.md": md(), "b.md": md("x: y\n"), "c.md": md("id: a\n"), "d/_e.md": md()}, ADMIN, "")
    assert [path for path, _, _ in problems(caught)] == ["b.md", "c.md", "d/_e.md"]
    with pytest.raises(ArticlesError, match="names an article that does not exist: gone"):
        store.save_all({"a.md": md("overrides: [gone]\n"), "b.md": md()}, ADMIN, "")
    with pytest.raises(NotAllowedError):
        store.save_all({"a.md": md(), "b.md": md(owner="别组")}, OWNER, "")
    assert store.entries() == []


def test_of_many_files_only_changed_ones_are_revisions(store: LibraryStore) -> None:
    store.save_all({"a.md": md(), "b.md": md()}, ADMIN, "")
    a, b = store.save_all({"a.md": md(), "b.md": md(body="新。\n")}, ADMIN, "")
    assert (a.draft, b.draft) == (1, 2)
    assert len(store.audit(100)) == 3


def test_files_are_checked_without_those_that_go(store: LibraryStore) -> None:
    store.save_all({"a.md": md(), "b.md": md("overrides: [a]\n")}, ADMIN, "")
    publish(store, a=1, b=1)
    with pytest.raises(ArticlesError, match="names an article that does not exist: a"):
        store.save_all({"c.md": md()}, ADMIN, "", gone=["a"])
    (c,) = store.save_all({"a.md": md("id: c\n")}, ADMIN, "", gone=["a", "b"])
    assert (c.name, c.path) == ("c", "a.md")


def test_an_archived_article_saved_again_is_a_draft(store: LibraryStore) -> None:
    store.save("a.md", md(), ADMIN, "", None)
    publish(store, a=1)
    publish(store, a=None)
    gone = store.entry("a")
    assert (gone.state, gone.published, gone.draft) == (State.ARCHIVED, None, None)
    again = store.save("a.md", md(), ADMIN, "wieder", gone.etag)
    assert (again.state, again.draft) == (State.DRAFT, 1)
    assert len(store.revisions("a")) == 1
    publish(store, a=1)
    publish(store, a=None)
    changed = store.save("a.md", md(body="新。\n"), ADMIN, "", store.entry("a").etag)
    assert (changed.state, changed.draft) == (State.DRAFT, 2)


def test_word_files_are_checked_and_are_for_admins(store: LibraryStore) -> None:
    with pytest.raises(ArticlesError, match=r"_synonyms\.yaml:1: a word of one letter: 费"):
        store.save("_synonyms.yaml", "- [邮费, 费]\n".encode(), ADMIN, "", None)
    with pytest.raises(ArticlesError, match=r"_moods\.yaml:1: not UTF-8"):
        store.save("_moods.yaml", b"anger: [\xff]\n", ADMIN, "", None)
    with pytest.raises(NotAllowedError, match="only an admin changes it"):
        store.save("_moods.yaml", "anger: [翻车]\n".encode(), OWNER, "", None)
    entry = store.save("_moods.yaml", "anger: [翻车]\n".encode(), ADMIN, "", None)
    assert (entry.name, entry.title, entry.kind, entry.owner) == ("_moods.yaml", "", "", "")


def test_owners_write_only_what_is_theirs_before_and_after(store: LibraryStore) -> None:
    mine = store.save("a.md", md(), OWNER, "", None)
    theirs = store.save("b.md", md(owner="物流组"), ADMIN, "", None)
    with pytest.raises(NotAllowedError, match="`b` is 物流组's, and this key writes for 售后组"):
        store.save("b.md", md(body="改。\n"), OWNER, "", theirs.etag)
    with pytest.raises(NotAllowedError, match="is 物流组's"):
        store.save("a.md", md(owner="物流组"), OWNER, "", mine.etag)
    with pytest.raises(NotAllowedError, match="names no owner"):
        store.save("c.md", md(owner=""), OWNER, "", None)
    with pytest.raises(NotAllowedError, match="is 物流组's"):
        store.submit("b", OWNER, "", theirs.etag)
    with pytest.raises(NotAllowedError, match="is 物流组's"):
        store.restore("b", 1, OWNER, "", theirs.etag)
    with pytest.raises(NotAllowedError, match="is 物流组's"):
        store.save("b.md", md(owner="物流组"), OWNER, "", theirs.etag)
    given = store.save("a.md", md(owner="物流组"), ADMIN, "", mine.etag)
    with pytest.raises(NotAllowedError, match="is 物流组's"):
        store.save("a.md", md(body="改。\n"), OWNER, "", given.etag)


@pytest.mark.parametrize("role", [AccessRole.AGENT, AccessRole.QA])
def test_agents_and_qa_write_nothing(store: LibraryStore, role: AccessRole) -> None:
    with pytest.raises(NotAllowedError, match="changes no articles"):
        store.save("a.md", md(), Actor("x", role, frozenset({"售后组"})), "", None)


def test_review_and_back(store: LibraryStore) -> None:
    draft = store.save("a.md", md(), OWNER, "", None)
    review = store.submit("a", OWNER, "请看", draft.etag)
    assert (review.state, review.draft, review.in_review) == (State.IN_REVIEW, 1, True)
    with pytest.raises(WrongStateError, match="`a` is not draft but in-review"):
        store.submit("a", OWNER, "", review.etag)
    with pytest.raises(EditConflict, match="submit by 张三"):
        store.return_to_draft("a", ADMIN, "", draft.etag)
    back = store.return_to_draft("a", Actor("质检", AccessRole.QA), "数字不对", review.etag)
    assert (back.state, back.in_review) == (State.DRAFT, False)
    again = store.submit("a", OWNER, "", back.etag)
    assert store.save("a.md", md(body="改。\n"), OWNER, "", again.etag).state == State.DRAFT
    publish(store, a=2)
    with pytest.raises(WrongStateError, match="`a` is not draft but published"):
        store.submit("a", OWNER, "", store.entry("a").etag)


def test_a_published_article_with_a_draft_in_review(store: LibraryStore) -> None:
    store.save("a.md", md(), ADMIN, "", None)
    publish(store, a=1)
    newer = store.save("a.md", md(body="新。\n"), ADMIN, "", store.entry("a").etag)
    assert (newer.state, newer.published, newer.draft, newer.in_review) == (State.PUBLISHED, 1, 2, False)
    review = store.submit("a", ADMIN, "", newer.etag)
    assert (review.state, review.published, review.draft, review.in_review) == (State.PUBLISHED, 1, 2, True)


def test_going_back_is_one_call_and_a_new_revision(store: LibraryStore) -> None:
    first = store.save("a.md", md("id: n\n", "一。\n"), ADMIN, "", None)
    second = store.save("b.md", md("id: n\n", "二。\n"), ADMIN, "", first.etag)
    back = store.restore("n", 1, ADMIN, "退回", second.etag)
    assert (back.draft, back.path) == (3, "a.md")
    newest = store.revision("n", 3)
    assert (newest.restores, newest.raw, newest.why) == (1, md("id: n\n", "一。\n"), "退回")
    assert store.restore("n", 1, ADMIN, "", back.etag) == back
    assert store.audit(1)[0].detail["restores"] == 1
    with pytest.raises(EditConflict):
        store.restore("n", 2, ADMIN, "", second.etag)


def test_going_back_to_what_no_longer_fits_is_refused(store: LibraryStore) -> None:
    store.save_all({"a.md": md(), "b.md": md("overrides: [a]\n")}, ADMIN, "")
    publish(store, a=1, b=1)
    store.save("b.md", md(), ADMIN, "", store.entry("b").etag)
    publish(store, b=2, a=None)
    with pytest.raises(ArticlesError, match="names an article that does not exist: a"):
        store.restore("b", 1, ADMIN, "", store.entry("b").etag)


def test_the_difference_of_any_two_revisions(store: LibraryStore) -> None:
    first = store.save("a.md", md(body="七天内退货。\n运费自理。\n"), ADMIN, "", None)
    store.save("a.md", md(body="十五天内退货。\n运费自理。"), ADMIN, "", first.etag)
    lines = store.diff("a", 1, 2).split("\n")
    assert lines[:2] == ["--- a.md (1)", "+++ a.md (2)"]
    assert [line for line in lines[2:] if line.startswith(("+", "-"))] == ["-七天内退货。", "+十五天内退货。"]
    assert "+七天内退货。" in store.diff("a", 2, 1).split("\n")


def test_what_is_not_there_is_told(store: LibraryStore) -> None:
    store.save("a.md", md(), ADMIN, "", None)
    for call in (
        lambda: store.entry("b"),
        lambda: store.revisions("b"),
        lambda: store.revision("a", 2),
        lambda: store.diff("a", 1, 9),
        lambda: store.submit("b", ADMIN, "", "x"),
        lambda: store.restore("a", 0, ADMIN, "", store.entry("a").etag),
    ):
        with pytest.raises(UnknownArticleError, match=r"no (article|revision)"):
            call()


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE entries; --", "%s %(x)s :x {y} \\", "\x00\ud800 nul", "😀\u202e", "x" * 100_000]
)
def test_text_from_people_is_data(store: LibraryStore, text: str) -> None:
    by = Actor(text)
    entry = store.save("a.md", md(), by, text, None)
    kept = text.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")
    (info,) = store.revisions("a")
    assert (info.author, info.why, entry.changed_by) == (kept, kept, kept)
    store.note("test", by, text, {text: text})
    assert store.verify_audit() == []
    with pytest.raises(UnknownArticleError):
        store.entry("'; DROP TABLE entries; --")


def test_a_title_with_characters_that_no_database_takes(store: LibraryStore) -> None:
    raw = b'---\ntitle: "a\\0b"\nkind: policy\n---\nx\n'
    entry = store.save("a.md", raw, ADMIN, "", None)
    assert entry.title == "a\ufffdb"
    assert store.revision("a", 1).raw == raw
