from __future__ import annotations

from pathlib import Path

import pytest

from kb.errors import (
    ArticlesError,
    NotAllowedError,
    PublishConflict,
    StoreError,
    UnknownArticleError,
    WrongStateError,
)
from kb.folder import read_library
from kb.library import Library
from kb.store.library_store import LibraryStore
from kb.store.records import AccessRole, Actor, AppliedChange, Change, PublicationState, State
from tests.support.store import ADMIN, OWNER, md, publish


def test_an_empty_store(store: LibraryStore) -> None:
    assert store.library() == Library(())
    assert (store.raw_library(), store.published(), store.published_at(0)) == ({}, {}, {})
    assert (store.active(), store.publications(10), store.pending()) == (None, [], [])


def test_what_is_published_is_what_the_folder_would_be(store: LibraryStore, tmp_path: Path) -> None:
    files = {
        "b/运费.md": b"\xef\xbb\xbf" + md("effective_from: 2026-01-01\n").replace(b"\n", b"\r\n"),
        "a.md": md("id: z\noverrides: [b-运费]\n"),
        "_synonyms.yaml": "- [运费, 邮费]\n".encode(),
        "_moods.yaml": "replace: true\nanger: [翻车]\n".encode(),
    }
    entries = store.save_all(files, ADMIN, "")
    made = store.begin([Change(entry.name, entry.draft) for entry in entries], ADMIN, "alles")
    assert store.library() == Library(())
    store.activate(made.number, "g1", {})
    folder = tmp_path / "folder"
    for path, raw in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(raw)
    read, library = read_library(folder), store.library()
    assert (library.articles, library.words) == (read.articles, read.words)
    assert library.revisions == dict.fromkeys(("b-运费", "z", "_synonyms.yaml", "_moods.yaml"), 1)
    assert store.raw_library() == files
    assert list(store.raw_library()) == sorted(files)
    assert [(info.name, info.path) for info in store.published().values()] == sorted(
        [("_moods.yaml", "_moods.yaml"), ("_synonyms.yaml", "_synonyms.yaml"), ("z", "a.md"), ("b-运费", "b/运费.md")],
        key=lambda pair: pair[1],
    )


def test_from_pending_to_active(store: LibraryStore) -> None:
    store.save("a.md", md(), ADMIN, "", None)
    made = store.begin([Change("a", 1)], ADMIN, "warum", forced="Chef sagt ja")
    assert (made.number, made.base, made.state, made.by, made.why) == (
        1,
        0,
        PublicationState.PENDING,
        "管理员",
        "warum",
    )
    assert (made.changes, made.forced, made.generation) == ((AppliedChange("a", 1, None),), "Chef sagt ja", None)
    assert store.pending() == [made]
    assert store.entry("a").state == State.DRAFT
    active = store.activate(1, "gen", {"asked": 3, "字": [1.5, None]})
    assert (active.state, active.generation, active.gate) == (
        PublicationState.ACTIVE,
        "gen",
        {"asked": 3, "字": [1.5, None]},
    )
    assert active.activated_at is not None
    assert store.active() == store.publication(1) == active
    assert store.pending() == []
    entry = store.entry("a")
    assert (entry.state, entry.published, entry.draft) == (State.PUBLISHED, 1, None)
    done = store.set_receipt(1, {"took": 0.5})
    assert (done.receipt, store.publication(1).receipt) == ({"took": 0.5}, {"took": 0.5})


def test_a_second_publisher_is_told(store: LibraryStore) -> None:
    store.save_all({"a.md": md(), "b.md": md()}, ADMIN, "")
    first = store.begin([Change("a", 1)], ADMIN, "")
    second = store.begin([Change("b", 1)], ADMIN, "")
    assert (first.base, second.base) == (0, 0)
    store.activate(second.number, "g2", {})
    with pytest.raises(PublishConflict, match="publication 1 was made on publication 0, and 2 is served by now"):
        store.activate(first.number, "g1", {})
    assert store.publication(1).state == PublicationState.PENDING
    assert store.entry("a").published is None
    assert store.abandon(1).state == PublicationState.ABANDONED
    assert store.begin([Change("a", 1)], ADMIN, "").base == 2


def test_activating_once_more_changes_nothing(store: LibraryStore) -> None:
    store.save("a.md", md(), ADMIN, "", None)
    active = publish(store, a=1)
    lines = len(store.audit(100))
    assert store.activate(1, "g1", {"other": 1}) == active
    assert len(store.audit(100)) == lines
    with pytest.raises(WrongStateError, match="publication 1 is active, no longer pending"):
        store.activate(1, "g2", {})


def test_refused_and_abandoned_ones_cannot_be_activated(store: LibraryStore) -> None:
    store.save("a.md", md(), ADMIN, "", None)
    for end in (store.abandon, lambda number: store.refuse(number, {"failures": ["q1"]})):
        made = store.begin([Change("a", 1)], ADMIN, "")
        ended = end(made.number)
        assert end(made.number) == ended
        with pytest.raises(WrongStateError, match=f"is {ended.state}, no longer pending"):
            store.activate(made.number, "g", {})
        with pytest.raises(WrongStateError, match="only an active one has a receipt"):
            store.set_receipt(made.number, {})
    assert store.publication(2).gate == {"failures": ["q1"]}
    publish(store, a=1)
    for end in (store.abandon, lambda number: store.refuse(number, {})):
        with pytest.raises(WrongStateError, match="is active"):
            end(3)
    with pytest.raises(WrongStateError, match="there is no publication 9"):
        store.publication(9)


def test_the_library_as_it_would_be(store: LibraryStore) -> None:
    store.save_all({"a.md": md(), "b.md": md("overrides: [a]\n"), "_synonyms.yaml": b"- [x1, y1]\n"}, ADMIN, "")
    publish(store, a=1, b=1)
    store.save("a.md", md(body="新。\n"), ADMIN, "", store.entry("a").etag)
    would = store.library([Change("a", 2), Change("b", None), Change("_synonyms.yaml", 1)])
    assert [(article.id, article.body) for article in would.articles] == [("a", "新。\n")]
    assert would.revisions == {"a": 2, "_synonyms.yaml": 1}
    assert would.words.synonyms.groups == (("x1", "y1"),)
    assert [article.id for article in store.library().articles] == ["a", "b"]
    for call in (store.library, lambda some: store.begin(some, ADMIN, "")):
        with pytest.raises(ArticlesError, match=r"b\.md:5: `overrides` names an article that does not exist: a"):
            call([Change("a", None)])
        with pytest.raises(UnknownArticleError, match="no revision 3 of article 'a'"):
            call([Change("a", 3)])
        with pytest.raises(UnknownArticleError, match="no article 'c'"):
            call([Change("c", None)])
        with pytest.raises(StoreError, match="name each article once"):
            call([Change("a", 1), Change("a", 2)])
    with pytest.raises(StoreError, match="a publication without changes"):
        store.begin([], ADMIN, "")
    assert len(store.publications(10)) == 1


def test_two_names_in_one_file_are_not_published(store: LibraryStore) -> None:
    store.save("a.md", md("id: one\n"), ADMIN, "", None)
    publish(store, one=1)
    store.save("b.md", md("id: one\n"), ADMIN, "", store.entry("one").etag)
    with pytest.raises(ArticlesError, match=r"a\.md:5: `two` and `one` stand in one file"):
        store.save("a.md", md("id: two\n"), ADMIN, "", None)
    publish(store, one=2)
    store.save("a.md", md("id: two\n"), ADMIN, "", None)
    with pytest.raises(ArticlesError, match=r"a\.md:5: `(one|two)` and `(one|two)` stand in one file"):
        store.library([Change("one", 1), Change("two", 1)])


def test_what_was_published_after_each(store: LibraryStore) -> None:
    store.save_all({"a.md": md(), "b.md": md()}, ADMIN, "")
    publish(store, a=1)
    store.save("a.md", md(body="二。\n"), ADMIN, "", "*")
    publish(store, a=2, b=1)
    abandoned = store.begin([Change("a", 1)], ADMIN, "")
    store.abandon(abandoned.number)
    publish(store, b=None)
    publish(store, a=1)
    assert [store.published_at(number) for number in (0, 1, 2, 4, 5)] == [
        {}, {"a": 1}, {"a": 2, "b": 1}, {"a": 2}, {"a": 1},
    ]  # fmt: skip
    with pytest.raises(WrongStateError, match="publication 3 is abandoned; it was never served"):
        store.published_at(3)
    assert [(made.number, made.base) for made in store.publications(3)] == [(5, 4), (4, 2), (3, 2)]


def test_what_still_waits_after_publishing(store: LibraryStore) -> None:
    def stands() -> tuple[State, int | None, int | None]:
        entry = store.entry("a")
        return entry.state, entry.published, entry.draft

    store.save("a.md", md(), ADMIN, "", None)
    made = store.begin([Change("a", 1)], ADMIN, "")
    store.save("a.md", md(body="二。\n"), ADMIN, "", "*")
    store.submit("a", ADMIN, "", "*")
    store.activate(made.number, "g", {})
    assert (*stands(), store.entry("a").in_review) == (State.PUBLISHED, 1, 2, True)
    publish(store, a=2)
    assert stands() == (State.PUBLISHED, 2, None)
    publish(store, a=1)
    assert stands() == (State.PUBLISHED, 1, 2)
    publish(store, a=None)
    assert stands() == (State.ARCHIVED, None, None)
    gone = store.begin([Change("a", None)], ADMIN, "")
    store.save("a.md", md(body="三。\n"), ADMIN, "", "*")
    store.activate(gone.number, "g", {})
    assert stands() == (State.DRAFT, None, 3)


def test_owners_publish_and_withdraw_only_what_is_theirs(store: LibraryStore) -> None:
    store.save_all({"a.md": md(), "b.md": md(owner="物流组"), "_moods.yaml": b"anger: [x1]\n"}, ADMIN, "")
    assert store.begin([Change("a", 1)], OWNER, "").by == "张三"
    for changes in ([Change("a", 1), Change("b", 1)], [Change("b", None)]):
        with pytest.raises(NotAllowedError, match="`b` belongs to 物流组"):
            store.begin(changes, OWNER, "")
    with pytest.raises(NotAllowedError, match=r"`_moods\.yaml` belongs to"):
        store.begin([Change("_moods.yaml", 1)], OWNER, "")
    with pytest.raises(NotAllowedError, match="publishes nothing"):
        store.begin([Change("a", 1)], Actor("x", AccessRole.QA, frozenset({"售后组"})), "")
    publish(store, b=1)
    store.save("b.md", md(), ADMIN, "", "*")
    with pytest.raises(NotAllowedError, match="`b` belongs to 物流组"):
        store.begin([Change("b", 2)], OWNER, "")
    publish(store, b=2)
    assert store.begin([Change("b", None)], OWNER, "").changes == (AppliedChange("b", None, 2),)
    with pytest.raises(NotAllowedError, match="`b` belongs to 物流组"):
        store.begin([Change("b", 1)], OWNER, "")


def test_each_revision_is_parsed_once(store: LibraryStore) -> None:
    files = {f"{number}.md": md(f"id: n{number}\n") for number in range(30)}
    store.save_all(files, ADMIN, "")
    fresh = LibraryStore(store.database)
    changes = [Change(f"n{number}", 1) for number in range(30)]
    for _ in range(3):
        fresh.library(changes)
    made = fresh.begin(changes, ADMIN, "")
    fresh.activate(made.number, "g", {})
    fresh.library()
    fresh.save("0.md", md("id: n0\n", "新。\n"), ADMIN, "", "*")
    fresh.library([Change("n0", 2)])
    assert fresh._reader.parsed == 31
    assert fresh.library() is fresh.library()


def test_a_large_folder_is_parsed_once_too(store: LibraryStore) -> None:
    files = {f"{number}.md": md(f"id: n{number}\n") for number in range(30)}
    entries = store.save_all(files, ADMIN, "")
    made = store.begin([Change(entry.name, 1) for entry in entries], ADMIN, "")
    store.activate(made.number, "g", {})
    assert store._reader.parsed == 30


def test_a_library_made_step_by_step_is_that_made_at_once(store: LibraryStore) -> None:
    other = LibraryStore(store.database)
    store.save_all({f"{number}.md": md(f"id: n{number}\n") for number in range(4)}, ADMIN, "")
    publish(store, n0=1, n1=1)
    other.library()
    publish(store, n2=1)
    store.save("1.md", md("id: n1\n", "新。\n"), ADMIN, "", "*")
    publish(store, n1=2, n0=None)
    publish(store, n3=1, n2=None)
    assert [article.id for article in other.library().articles] == ["n1", "n3"]
    assert other.library() == store.library() == LibraryStore(store.database).library()
    assert other.library().revisions == {"n1": 2, "n3": 1}


def test_articles_of_a_generation_are_not_parsed_again(store: LibraryStore) -> None:
    files = {"a.md": md(), "b.md": md("id: n\n"), "c.md": md().replace(b"\n", b"\r\n")}
    entries = store.save_all(files, ADMIN, "")
    made = store.begin([Change(entry.name, 1) for entry in entries], ADMIN, "")
    store.activate(made.number, "g", {})
    fresh = LibraryStore(store.database)
    fresh.prime(store.library().articles)
    assert fresh.library() == store.library()
    assert fresh._reader.parsed == 1


def test_what_another_process_published_is_seen(store: LibraryStore) -> None:
    other = LibraryStore(store.database)
    store.save("a.md", md(), ADMIN, "", None)
    assert other.library().articles == ()
    publish(store, a=1)
    assert [article.id for article in other.library().articles] == ["a"]
