"""One publication from the store to every serving process: checked, built, judged, activated, switched, receipted.

The store is the truth; what is under `var` follows it, and `recover` makes it follow wherever a crash left it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import structlog

from indexer.generation import Generation
from indexer.publishing import retention
from indexer.publishing.desk import Desk, NoDesk
from indexer.publishing.files import write_folder
from indexer.publishing.lock import publishing_lock
from indexer.publishing.plan import FolderPublished, Plan, plan
from indexer.publishing.receipt import Receipt, read_receipt
from indexer.publishing.receipts import change_receipts, revived
from indexer.publishing.space import check_room
from indexer.publishing.stages import Stages
from indexer.publishing.switching import Switching
from indexer.store import PUBLISHED, Activation
from indexer.workspace import Workspace
from kb.assistant import Assistant
from kb.errors import GateRefused, GenerationError, NotAllowedError, NotPossibleError, StoreError
from kb.gate import Gate, GateVerdict, OpenGate
from kb.library import Library
from kb.progress import Progress, silent
from kb.store.library_store import LibraryStore
from kb.store.records import AccessRole, Actor, Change, Publication, PublicationState

PATIENCE = 30.0
"""Seconds that a receipt waits for serving processes to switch."""

# What a disk that is full or fails makes Python, SQLite and FAISS raise.
_FAULTS = (OSError, sqlite3.Error, RuntimeError)

log = structlog.get_logger()


@dataclass(frozen=True)
class Recovery:
    """What a start had to mend. abandoned: publications of processes that died. rebuilt: the generation, or None."""

    abandoned: tuple[int, ...] = ()
    rebuilt: str | None = None
    pointer_moved: bool = False
    receipt_completed: bool = False


class Publisher:
    """Publishes for one `var` folder, one publication at a time whatever the number of processes and threads.

    desk: where this process answers, if it does. patience: seconds that a receipt waits for others to switch.
    """

    def __init__(
        self,
        workspace: Workspace,
        store: LibraryStore,
        gate: Gate | None = None,
        progress: Progress = silent,
        desk: Desk | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._workspace = workspace
        self._store = store
        self._gate: Gate = gate or OpenGate()
        self._progress = progress
        self._var = workspace.settings.var
        self._generations = workspace.store
        self._switching = Switching(workspace, desk or NoDesk(), progress, patience)
        self._last: Assistant | None = None

    def publish(self, changes: Sequence[Change], by: Actor, why: str, force: str | None = None) -> Receipt:
        """Publish revisions and withdraw articles, all or nothing; return when every serving process has switched.

        force: the reason to pass a shut gate; an owner's or an admin's right.
        Where nothing differs from what is published, nothing is done and the receipt's `is_new` is False.
        Raises ArticlesError (the library as it would be has problems), GateRefused, PublishConflict,
        NotAllowedError, StoreError (no room, nothing published yet). After any of them the old generation serves.
        """
        with self._alone():
            self._recover()
            return self._publish(changes, by, why, force, self._gate)

    def publish_folder(
        self, folder: Path, by: Actor, why: str, dry_run: bool = False, force: str | None = None
    ) -> FolderPublished:
        """Make the published library equal to a folder; see `publish`.

        Raises ArticlesError with every problem of the folder, and then changes nothing.
        """
        if dry_run:
            return FolderPublished(self.plan(folder), None)
        with self._alone():
            self._recover()
            wanted = self.plan(folder)
            changes = [] if wanted.is_empty else self._take_in(wanted, by, why)
            return FolderPublished(wanted, self._publish(changes, by, why, force, self._gate))

    def plan(self, folder: Path) -> Plan:
        """What `publish_folder` would change. Raises ArticlesError."""
        return plan(folder, self._store, self._workspace.settings.zone)

    def export(self, folder: Path, replace: bool = False) -> int:
        """Write the published library into a folder, byte for byte; return how many files it is.

        Raises StoreError where nothing is published, or the folder holds other files; with `replace` articles
        there that are not published are removed, and nothing else.
        """
        files = self._store.raw_library()
        if not files:
            raise NotPossibleError("nothing is published yet; run `kb publish FOLDER`")
        write_folder(folder, files, replace)
        return len(files)

    def rollback(self, to: int | str, by: Actor, why: str) -> Receipt:
        """Publish again what was published after publication `to`, or by the newest publication of generation `to`.

        It is a new publication. The gate is not asked: it passed then, and a way back must not depend on questions.
        Raises StoreError where there is no such publication; else as `publish`.
        """
        with self._alone():
            self._recover()
            number = self._number(to)
            then, now = self._store.published_at(number), self._store.published()
            changes = [Change(name, revision) for name, revision in then.items()]
            changes += [Change(name, None) for name in now if name not in then]
            reason = f"rollback to publication {number}" + (f": {why}" if why else "")
            return self._publish(changes, by, reason, None, OpenGate())

    def rebuild(self) -> str:
        """Make the active generation again from the store alone, whole; return its id.

        Raises StoreError where nothing is published or there is no room.
        """
        with self._alone():
            self._abandon()
            active = self._active()
            library = self._store.library()
            self._room(library)
            generation = self._workspace.rebuild(library)
            self._last = self._workspace.assistant_of(self._workspace.load(generation))
            self._switching.point(self._last, active.number)
            self._switching.wait(active.number)
            return generation

    def recover(self) -> Recovery:
        """Bring `var` in line with the store after whatever happened; quick where nothing did."""
        with self._alone():
            return self._recover()

    def recover_if_free(self) -> Recovery | None:
        """As `recover`; None, and nothing is done, while another publisher is at work."""
        try:
            with self._alone(wait=False):
                return self._recover()
        except BlockingIOError:
            return None

    def served(self) -> Assistant | None:
        """The Assistant over the publication that the last call left active; None: nothing is published."""
        return self._last

    def is_empty(self) -> bool:
        """Whether nothing was ever published."""
        return self._store.active() is None

    def is_behind(self) -> bool:
        """Whether the store holds an accepted publication that the pointer does not name yet."""
        active = self._store.active()
        if active is None:
            return False
        try:
            pointed = self._generations.current(PUBLISHED)
        except GenerationError:
            return True
        return pointed is None or pointed.publication != active.number or not active.receipt

    # What follows is called with the lock held.

    def _publish(self, changes: Sequence[Change], by: Actor, why: str, force: str | None, gate: Gate) -> Receipt:
        stages = Stages()
        changes = self._differing(changes)
        if not changes:
            return self._unchanged()
        _check_force(by, force)
        library = self._store.library(changes)
        if not library.articles:
            raise NotPossibleError("the library would be empty; publish another article first, or stop serving")
        names = {change.name for change in changes}
        warnings = self._room(library, names)
        stages.lap("check")
        publication = self._store.begin(changes, by, why, force or "")
        stages.lap("begin")
        try:
            new, verdict = self._made(library, names, gate, stages)
            if not verdict.is_open and not force:
                self._store.refuse(publication.number, _written(verdict))
                raise GateRefused(publication.number, verdict)
            done = self._store.activate(publication.number, new.index.generation, _written(verdict))
            stages.lap("activate")
        except GateRefused:
            raise
        except _FAULTS as error:
            self._give_up(publication.number)
            raise StoreError(f"nothing was published: {error}; mend the disk, and publish again") from error
        except BaseException:
            self._give_up(publication.number)
            raise
        warnings += revived(self._last.index if self._last else None, new.index)
        self._last = new
        return self._served(done, new, stages, warnings)

    def _served(
        self, publication: Publication, new: Assistant, stages: Stages, warnings: Sequence[str] = ()
    ) -> Receipt:
        """Move the pointer of an accepted publication, wait for the serving processes, and keep the receipt."""
        number, generation = publication.number, new.index.generation
        try:
            self._switching.point(new, number)
            stages.lap("point")
            switched, pending = self._switching.wait(number)
            stages.lap("switch")
            changes = change_receipts(
                publication, new.index, self._store, self._workspace, self._switching.registry.gone()
            )
            stages.lap("prove")
            receipt = Receipt(
                publication=number,
                generation=generation,
                changes=changes,
                activated_at=publication.activated_at,
                by=publication.by,
                why=publication.why,
                forced=publication.forced,
                switched=switched,
                pending=pending,
                took_ms=stages.laps(),
                warnings=tuple(warnings),
            )
            self._store.set_receipt(number, receipt.to_json())
        except (*_FAULTS, StoreError) as error:
            raise StoreError(
                f"publication {number} is accepted, but does not serve yet: {error}; "
                "free room or mend the disk: the next start, publication or running server completes it"
            ) from error
        self._tidy()
        return receipt

    def _made(
        self, library: Library, changed: Collection[str], gate: Gate, stages: Stages
    ) -> tuple[Assistant, GateVerdict]:
        """The new generation's Assistant, warm, and what the gate says of it."""
        old = self._last
        previous = old.index if old is not None and isinstance(old.index, Generation) else None
        generation = self._workspace.build(library, previous)
        stages.lap("build")
        new = self._workspace.assistant_of(self._workspace.load(generation, previous))
        new.warm_up()
        stages.lap("load")
        verdict = gate.judge(new, old, changed, self._progress)
        stages.lap("gate")
        return new, verdict

    def _recover(self) -> Recovery:
        self._workspace.clear()
        abandoned = self._abandon()
        active = self._store.active()
        if active is None:
            return Recovery(abandoned)
        pointed = self._switching.pointed()
        rebuilt, moved = None, False
        wanted = pointed.generation if pointed and pointed.publication == active.number else active.generation
        base = self._switching.loaded(wanted, self._last)
        if base is None:
            log.warning("generation made again from the store", publication=active.number, generation=wanted)
            library = self._store.library()
            self._room(library)
            base = self._workspace.assistant_of(self._workspace.load(self._workspace.build(library)))
            rebuilt = base.index.generation
        self._last = base
        if pointed != Activation(base.index.generation, PUBLISHED, active.number):
            moved = True
            base.warm_up()
            self._switching.point(base, active.number)
        if not active.receipt:
            self._served(active, base, Stages())
        if abandoned or moved:
            log.info("recovered", abandoned=list(abandoned), publication=active.number, rebuilt=rebuilt)
        return Recovery(abandoned, rebuilt, moved, not active.receipt)

    def _abandon(self) -> tuple[int, ...]:
        """Whoever made a pending publication is dead, or we would not hold the lock.

        With a store that several machines share it may be alive; it then fails with a message and can be repeated.
        """
        pending = [publication.number for publication in self._store.pending()]
        for number in pending:
            self._store.abandon(number)
        return tuple(pending)

    def _give_up(self, number: int) -> None:
        try:
            with self._generations.building():
                pass  # removes what was half built, so that a full disk has its room back
            self._store.abandon(number)
        except Exception as error:
            log.error("publication left pending, abandoned at the next start", number=number, why=str(error))

    def _differing(self, changes: Sequence[Change]) -> list[Change]:
        """The last wish for each name, where it is not so already."""
        published = self._store.published()
        wanted = {change.name: change.revision for change in changes}
        now = {name: published[name].number if name in published else None for name in wanted}
        return [Change(name, revision) for name, revision in wanted.items() if revision != now[name]]

    def _unchanged(self) -> Receipt:
        active = self._active()
        if active.receipt:
            before = read_receipt(active.receipt)
            switched, pending = self._switching.wait(active.number)
            return Receipt(
                publication=active.number,
                generation=before.generation,
                changes=(),
                activated_at=active.activated_at,
                is_new=False,
                switched=switched,
                pending=pending,
            )
        raise StoreError(f"publication {active.number} has no receipt; run `kb publish` again")

    def _active(self) -> Publication:
        active = self._store.active()
        if active is None:
            raise NotPossibleError("nothing is published yet; run `kb publish FOLDER`")
        return active

    def _take_in(self, wanted: Plan, by: Actor, why: str) -> list[Change]:
        gone = [one.name for one in wanted.gone]
        saved = self._store.save_all(wanted.files, by, why, gone) if wanted.files else []
        changes = [Change(entry.name, entry.draft if entry.draft is not None else entry.published) for entry in saved]
        return [*changes, *(Change(name, None) for name in gone)]

    def _number(self, to: int | str) -> int:
        if isinstance(to, int):
            found = self._store.publication(to)
            if found.state is PublicationState.ACTIVE:
                return to
            raise NotPossibleError(
                f"publication {to} never served (it is {found.state}); `kb generations` lists those that did"
            )
        if (number := self._store.by_generation().get(to)) is not None:
            return number
        raise NotPossibleError(f"no publication served generation {to}; `kb generations` lists them")

    def _room(self, library: Library, changed: Collection[str] | None = None) -> list[str]:
        """Warnings; raises StoreError where the articles of these names, or all, cannot be written."""
        pointed = self._switching.pointed()
        active = self._generations.size(pointed.generation) if pointed and changed is not None else 0
        sizes = {article.id: len(article.source.encode()) for article in library.articles}
        some = sizes.values() if changed is None else (sizes.get(name, 0) for name in changed)
        warnings = check_room(self._var, active, sum(sizes.values()), sum(some))
        for warning in warnings:
            log.warning(warning)
        return warnings

    def _tidy(self) -> None:
        """Remove old generations; a fault here costs room, not the publication."""
        try:
            retention.tidy(self._generations, self._store, self._switching.registry, self._workspace.settings)
        except OSError as error:
            log.warning("old generations were not removed", why=str(error))

    def _alone(self, wait: bool = True) -> AbstractContextManager[None]:
        return publishing_lock(self._var, self._progress, wait)


def _check_force(by: Actor, force: str | None) -> None:
    if force is None:
        return
    if by.role not in (AccessRole.OWNER, AccessRole.ADMIN):
        raise NotAllowedError(f"{by.name} ({by.role}) may not force a publication; an owner or an admin may")
    if not force.strip():
        raise NotAllowedError("forcing needs a reason: --force REASON")


def _written(verdict: GateVerdict) -> Mapping[str, Any]:
    return {"open": verdict.is_open, **asdict(verdict)}
