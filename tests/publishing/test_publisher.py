from __future__ import annotations

import json
import os
import time
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from indexer.publishing.publisher import Publisher
from indexer.publishing.receipt import read_receipt
from indexer.publishing.verification import verify
from indexer.store import PUBLISHED
from kb.assistant import Assistant
from kb.errors import ArticlesError, GateRefused, NotAllowedError, PublishConflict, StoreError
from kb.gate import GateFailure, GateVerdict
from kb.progress import Progress, silent
from kb.question import Question
from kb.store.library_store import LibraryStore
from kb.store.records import AccessRole, Actor, Change, PublicationState
from kb.suggestion import Suggestion
from tests.support.articles import article_text
from tests.support.publishing import CHANGED, OWNER, ToyWorkspace, opened, settings_of, write_files


@pytest.fixture
def var(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def work(var: Path) -> Iterator[tuple[Publisher, LibraryStore]]:
    with opened(var) as pair:
        yield pair


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def first_reply(var: Path, question: str) -> str:
    found = ToyWorkspace(settings_of(var)).assistant().suggest(Question(question)).suggestions
    return found[0].reply


class ShutGate:
    """Keeps everything back but the first publication."""

    def __init__(self) -> None:
        self.changed: list[list[str]] = []

    def judge(
        self, new: Assistant, old: Assistant | None, changed: Collection[str], progress: Progress = silent
    ) -> GateVerdict:
        progress("judging", 1, 1)
        self.changed.append(sorted(changed))
        if old is None:
            return GateVerdict()
        assert old.index.generation != new.index.generation
        return GateVerdict((GateFailure("must_pass", "“运费” is answered by band", "policy-freight"),))


def test_a_folder_is_published_whole(work: tuple[Publisher, LibraryStore], folder: Path, var: Path) -> None:
    publisher, store = work
    plan = publisher.plan(folder)
    assert [one.name for one in plan.new] == ["_synonyms.yaml", "band", "coupon", "policy-freight", "policy-invoice"]
    assert (plan.changed, plan.gone, plan.unchanged) == ((), (), ())
    receipt = publisher.publish_folder(folder, OWNER, "first").receipt
    assert receipt is not None
    assert (receipt.publication, receipt.is_new, receipt.switched, receipt.pending) == (1, True, (), ())
    assert {(c.article, c.revision, c.before) for c in receipt.changes} == {(o.name, 1, None) for o in plan.new}
    assert store.raw_library() == contents(folder)
    assert read_receipt(store.publication(1).receipt) == receipt
    assert list(receipt.took_ms)[-1] == "total"
    assert first_reply(var, "邮费多少钱？") == "运费 10 元。"


def test_nothing_changed_is_no_publication(work: tuple[Publisher, LibraryStore], folder: Path, var: Path) -> None:
    publisher, store = work
    publisher.publish_folder(folder, OWNER, "first")
    before = sorted(var.rglob("*")), (var / "generations" / "current.json").read_bytes(), len(store.audit(1000))
    done = publisher.publish_folder(folder, OWNER, "again")
    assert done.plan.is_empty
    assert len(done.plan.unchanged) == 5
    assert done.receipt is not None
    assert (done.receipt.is_new, done.receipt.publication, done.receipt.changes) == (False, 1, ())
    assert not publisher.publish([Change("band", 1), Change("nobody-knows", None)], OWNER, "again").is_new
    assert before == (
        sorted(var.rglob("*")),
        (var / "generations" / "current.json").read_bytes(),
        len(store.audit(1000)),
    )


def test_changed_new_and_gone(work: tuple[Publisher, LibraryStore], folder: Path, var: Path) -> None:
    publisher, store = work
    publisher.publish_folder(folder, OWNER, "first")
    write_files(folder, CHANGED)
    (folder / "band.md").rename(folder / "wristband.md")  # without an id the name goes with the path
    dry = publisher.publish_folder(folder, OWNER, "look", dry_run=True)
    assert dry.receipt is None
    assert [one.path for one in dry.plan.new] == ["express.md", "wristband.md"]
    assert [one.path for one in dry.plan.changed] == ["policy/freight.md"]
    assert [one.path for one in dry.plan.gone] == ["band.md", "coupon.md"]
    assert store.raw_library() != contents(folder)
    receipt = publisher.publish_folder(folder, OWNER, "second").receipt
    assert receipt is not None
    assert store.raw_library() == contents(folder)
    changes = {change.article: change for change in receipt.changes}
    assert (changes["policy-freight"].before, changes["policy-freight"].revision) == (1, 2)
    gone = changes["coupon"].withdrawal
    assert gone is not None
    assert (gone.passages, gone.cached, gone.is_complete) == (0, 0, True)
    assert changes["express"].withdrawal is None
    assert first_reply(var, "运费多少钱？") == "运费 6 元。"
    assert all("优惠" not in s.snippet.text for s in _suggestions(var, "优惠券"))


def _suggestions(var: Path, question: str) -> list[Suggestion]:
    return list(ToyWorkspace(settings_of(var)).assistant().suggest(Question(question, limit=10)).suggestions)


def test_the_vector_cache_forgets_what_is_withdrawn(work: tuple[Publisher, LibraryStore], folder: Path) -> None:
    publisher, store = work
    publisher.publish_folder(folder, OWNER, "first")
    encoder = ToyWorkspace.encoder
    encoder.encoded.clear()
    publisher.publish([Change("band", None)], OWNER, "gone")
    assert encoder.encoded == []
    raw = (folder / "band.md").read_bytes().replace(b"kind:", b"keywords: [bracelet]\nkind:")
    store.save("band.md", raw, OWNER, "back", "*")
    publisher.publish([Change("band", 2)], OWNER, "back")
    assert ["手环防水" in text for text in encoder.encoded] == [True]


def test_all_is_refused_on_any_problem(work: tuple[Publisher, LibraryStore], folder: Path) -> None:
    publisher, store = work
    publisher.publish_folder(folder, OWNER, "first")
    before, trail = store.raw_library(), len(store.audit(1000))
    write_files(
        folder,
        {
            **CHANGED,
            "bad.md": article_text("坏", effective_from="2026-09-01T00:00:00"),
            "worse.md": article_text("更坏", supersedes="nobody"),
        },
    )
    with pytest.raises(ArticlesError) as told:
        publisher.publish_folder(folder, OWNER, "second")
    assert {(p.path, p.line) for p in told.value.problems} == {("bad.md", 4), ("worse.md", 4)}
    assert (store.raw_library(), len(store.audit(1000)), len(store.publications(9))) == (before, trail, 1)


def test_articles_that_refer_to_one_another_come_together(work: tuple[Publisher, LibraryStore], folder: Path) -> None:
    publisher, _ = work
    publisher.publish_folder(folder, OWNER, "first")
    one = article_text("运费", "运费 5 元。", id="freight-2", supersedes="policy-freight", effective_from="2026-01-01")
    two = article_text("运费", "运费 4 元。", id="freight-3", supersedes="freight-2", effective_from="2027-01-01")
    write_files(folder, {"f2.md": one, "f3.md": two})
    receipt = publisher.publish_folder(folder, OWNER, "second").receipt
    assert receipt is not None
    shown = {c.article: (c.applies_from, c.applies_until) for c in receipt.changes}
    assert [str(moment) for moment in shown["freight-2"]] == ["2026-01-01 00:00:00+08:00", "2027-01-01 00:00:00+08:00"]
    assert shown["freight-3"][1] is None


def test_the_library_cannot_be_emptied(work: tuple[Publisher, LibraryStore], folder: Path) -> None:
    publisher, store = work
    publisher.publish_folder(folder, OWNER, "first")
    with pytest.raises(StoreError, match="would be empty"):
        publisher.publish([Change(name, None) for name in store.published()], OWNER, "all")


def test_export_gives_the_folder_back(work: tuple[Publisher, LibraryStore], folder: Path, tmp_path: Path) -> None:
    publisher, _ = work
    with pytest.raises(StoreError, match="nothing is published yet; run `kb publish FOLDER`"):
        publisher.export(tmp_path / "out")
    (folder / "crlf.md").write_bytes(b"\xef\xbb\xbf---\r\ntitle: x\r\nkind: policy\r\n---\r\ntext  \r\n\r\n")
    publisher.publish_folder(folder, OWNER, "first")
    out = tmp_path / "out"
    assert publisher.export(out) == 6
    assert contents(out) == contents(folder)
    (out / ".git").mkdir()
    (out / ".git" / "HEAD").write_text("x")
    publisher.export(out)  # hidden files are somebody else's
    write_files(out, {"old.md": "old", "band.md": "changed", "notes.txt": "mine"})
    with pytest.raises(StoreError, match=r"holds 2 other file\(s\): notes.txt, old.md"):
        publisher.export(out)
    assert (out / "band.md").read_text() == "changed"
    publisher.export(out, replace=True)
    assert contents(out) == contents(folder) | {".git/HEAD": b"x", "notes.txt": b"mine"}


def test_export_does_not_follow_a_link_out(work: tuple[Publisher, LibraryStore], folder: Path, tmp_path: Path) -> None:
    publisher, _ = work
    publisher.publish_folder(folder, OWNER, "first")
    (tmp_path / "away").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "policy").symlink_to(tmp_path / "away")
    with pytest.raises(StoreError):
        publisher.export(tmp_path / "out", replace=True)
    assert list((tmp_path / "away").iterdir()) == []


def test_rollback_by_number_and_by_generation(work: tuple[Publisher, LibraryStore], folder: Path, var: Path) -> None:
    publisher, store = work
    one = publisher.publish_folder(folder, OWNER, "first").receipt
    library = store.raw_library()
    write_files(folder, CHANGED)
    two = publisher.publish_folder(folder, OWNER, "second").receipt
    assert one is not None
    assert two is not None
    back = publisher.rollback(1, OWNER, "too cheap")
    assert (back.publication, back.generation, back.why) == (3, one.generation, "rollback to publication 1: too cheap")
    assert store.raw_library() == library
    assert first_reply(var, "运费多少钱？") == "运费 10 元。"
    forth = publisher.rollback(two.generation, OWNER, "")
    assert (forth.publication, forth.generation) == (4, two.generation)
    assert first_reply(var, "运费多少钱？") == "运费 6 元。"
    assert not publisher.rollback(4, OWNER, "").is_new
    for to in (9, "feedfeedfeedfeed"):
        with pytest.raises(Exception, match=f"{to}"):
            publisher.rollback(to, OWNER, "")


def test_a_shut_gate_keeps_the_old_one_serving(var: Path, folder: Path) -> None:
    gate = ShutGate()
    with opened(var, gate) as (publisher, store):
        publisher.publish_folder(folder, OWNER, "first")
        write_files(folder, CHANGED)
        with pytest.raises(GateRefused, match="“运费” is answered by band") as told:
            publisher.publish_folder(folder, OWNER, "second")
        assert told.value.publication == 2
        assert store.publication(2).state is PublicationState.REFUSED
        assert store.publication(2).gate["failures"][0]["article"] == "policy-freight"
        assert first_reply(var, "运费多少钱？") == "运费 10 元。"
        with pytest.raises(NotAllowedError, match="may not force"):
            publisher.publish([Change("band", None)], Actor("qa", AccessRole.QA), "second", force="because")
        with pytest.raises(NotAllowedError, match="needs a reason"):
            publisher.publish_folder(folder, OWNER, "second", force=" ")
        receipt = publisher.publish_folder(folder, OWNER, "second", force="the question is out of date").receipt
        assert receipt is not None
        assert receipt.forced == "the question is out of date"
        assert first_reply(var, "运费多少钱？") == "运费 6 元。"
        # The way back asks no questions.
        assert publisher.rollback(1, OWNER, "").publication == receipt.publication + 1
    assert gate.changed[1] == ["coupon", "express", "policy-freight"]


def test_another_publication_in_between_is_a_conflict(
    work: tuple[Publisher, LibraryStore], folder: Path, var: Path
) -> None:
    publisher, store = work
    publisher.publish_folder(folder, OWNER, "first")

    class Meanwhile(ShutGate):
        def judge(self, *_: object, **__: object) -> GateVerdict:
            other = store.begin([Change("coupon", None)], OWNER, "another machine's")
            store.activate(other.number, "0" * 16, {})
            return GateVerdict()

    with opened(var, Meanwhile()) as (slow, _):
        with pytest.raises(PublishConflict):
            slow.publish([Change("band", None)], OWNER, "late")
        assert [p.state for p in store.publications(2)] == [PublicationState.ACTIVE, PublicationState.ABANDONED]
        # What the other one accepted is served from here too.
        recovery = slow.recover()
    assert (recovery.rebuilt is not None, recovery.pointer_moved, recovery.receipt_completed) == (True, True, True)
    served = {article.id for article in ToyWorkspace(settings_of(var)).generation().articles}
    assert served == {"band", "policy-freight", "policy-invoice"}


def test_old_generations_go_by_count_and_age(var: Path, folder: Path) -> None:
    with opened(var, keep_generations=3) as (publisher, _):
        made = []
        for price in range(7):
            write_files(folder, {"policy/freight.md": article_text("运费", f"运费 {price} 元。")})
            receipt = publisher.publish_folder(folder, OWNER, "x").receipt
            assert receipt is not None
            made.append(receipt.generation)
        store_of = ToyWorkspace(settings_of(var)).store
        assert store_of.generations() == sorted(made[-3:])
        needed = {part.id for g in made[-3:] for part in ToyWorkspace(settings_of(var)).load(g).manifest.segments}
        assert {p.name for p in (var / "segments").iterdir()} == needed
        # What is gone from the disk is made again from the store.
        assert publisher.rollback(1, OWNER, "").generation == made[0]
        assert first_reply(var, "运费多少钱？") == "运费 0 元。"
    with opened(var, keep_generations=3, keep_days=1e-9) as (publisher, _):
        publisher.publish([Change("band", None)], OWNER, "x")
        assert len(store_of.generations()) == 2


def test_order_is_by_number_and_not_by_the_clock(var: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    with opened(var, keep_generations=2) as (publisher, store):
        for price, jump in enumerate((0, -400_000_000, 300_000_000, -500_000_000)):
            monkeypatch.setattr(time, "time", lambda jump=jump: real() + jump)
            write_files(folder, {"policy/freight.md": article_text("运费", f"运费 {price} 元。")})
            receipt = publisher.publish_folder(folder, OWNER, "x").receipt
            assert receipt is not None
            assert receipt.publication == price + 1
            for path in (var / "generations").iterdir():
                if path.name == receipt.generation:
                    os.utime(path, (real() + jump, real() + jump))
            assert first_reply(var, "运费多少钱？") == f"运费 {price} 元。"
            active = store.active()
            assert active is not None
            assert active.number == price + 1
        pointed = ToyWorkspace(settings_of(var)).store.current(PUBLISHED)
        assert pointed is not None
        assert receipt is not None
        assert (pointed.generation, pointed.publication) == (receipt.generation, 4)


def test_rebuild_makes_the_same_again(work: tuple[Publisher, LibraryStore], folder: Path, var: Path) -> None:
    publisher, store = work
    publisher.publish_folder(folder, OWNER, "first")
    write_files(folder, CHANGED)
    receipt = publisher.publish_folder(folder, OWNER, "second").receipt
    assert receipt is not None
    assert publisher.rebuild() == receipt.generation
    assert first_reply(var, "运费多少钱？") == "运费 6 元。"
    assert [c.problems for c in verify(ToyWorkspace(settings_of(var)), store)] == [()] * 7
    assert list(var.glob(".rebuilding-*")) == []


def test_verify_names_what_is_wrong(work: tuple[Publisher, LibraryStore], folder: Path, var: Path) -> None:
    publisher, store = work
    publisher.publish_folder(folder, OWNER, "first")
    other = store.begin([Change("coupon", None)], OWNER, "never served")
    store.activate(other.number, "0" * 16, {})
    found = {c.name: c.problems for c in verify(ToyWorkspace(settings_of(var)), store)}
    assert "publication 1 serves, and publication 2 was accepted" in found["pointer"][0]
    assert found["passages"] == ("coupon is in the generation and not published",)
    pointer = var / "generations" / "current.json"
    pointer.write_text(json.dumps([]))
    assert "cannot be read" in verify(ToyWorkspace(settings_of(var)), store)[2].problems[0]


def test_a_rule_that_applies_again_is_told(work: tuple[Publisher, LibraryStore], folder: Path) -> None:
    publisher, _ = work
    newer = {"supersedes": "policy-freight", "effective_from": "2026-09-01"}
    write_files(folder, {"newer.md": article_text("新运费", "## 运费多少钱？\n\n运费 6 元。", **newer)})
    first = publisher.publish_folder(folder, OWNER, "first").receipt
    assert first is not None
    assert first.warnings == ()
    write_files(folder, {"newer.md": None})
    withdrawn = publisher.publish_folder(folder, OWNER, "withdrawn").receipt
    assert withdrawn is not None
    (warning,) = withdrawn.warnings
    assert warning.startswith("`policy-freight` applies again after 2026-09-01T00:00:00+08:00, with no end: ")
