"""The API in a test: real keys and a real store under a folder, a publisher that only keeps the store's books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.app import create_app
from api.services import Draft, Services
from api.serving import Serving
from indexer.publishing.receipt import ChangeReceipt, Receipt, Withdrawal
from kb.assistant import Assistant
from kb.settings import Settings, load_settings
from kb.store.database import Database
from kb.store.feeds import Feeds
from kb.store.key_store import KeyStore
from kb.store.library_store import LibraryStore
from kb.store.records import AccessRole, Actor, Change

ROOT = Actor("root")


@dataclass
class BookPublisher:
    """Publishes in the store alone: no generation is built. error: raised in place of the next publication."""

    store: LibraryStore
    error: Exception | None = None
    calls: list[tuple[Actor, str, str | None]] = field(default_factory=list)

    def publish(self, changes: Sequence[Change], by: Actor, why: str, force: str | None = None) -> Receipt:
        self.calls.append((by, why, force))
        if self.error is not None:
            raise self.error
        begun = self.store.begin(changes, by, why, force or "")
        done = self.store.activate(begun.number, f"{begun.number:016x}", {"open": True})
        receipt = Receipt(
            publication=done.number,
            generation=done.generation or "",
            changes=tuple(
                ChangeReceipt(c.name, c.revision, c.before, withdrawal=Withdrawal(0, 0) if c.revision is None else None)
                for c in done.changes
            ),
            activated_at=done.activated_at,
            by=by.name,
            why=why,
        )
        self.store.set_receipt(done.number, receipt.to_json())
        return receipt

    def rollback(self, to: int | str, by: Actor, why: str) -> Receipt:
        then = self.store.published_at(int(to))
        changes = [Change(name, number) for name, number in then.items()]
        changes += [Change(name, None) for name in self.store.published() if name not in then]
        return self.publish(changes, by, why)


def told_impact(changes: Sequence[Change], draft: Draft | None) -> Mapping[str, Any]:
    """An impact report that tells what it was asked."""
    return {"changes": [change.name for change in changes], "draft": draft.path if draft else None}


class Api:
    """An application with its services; `client(role)` is somebody with a key."""

    def __init__(self, assistant: Assistant, var: Path, settings: Settings | None = None) -> None:
        self.settings = settings or load_settings(var=var)
        database = Database.open(self.settings)
        store = LibraryStore(database, self.settings.zone)
        self.publisher = BookPublisher(store)
        self.services = Services(
            library=store,
            keys=KeyStore(database),
            feeds=Feeds(database),
            publisher=self.publisher,
            impact=told_impact,
        )
        self.assistant = assistant
        self._made = 0

    def with_services(self, **changed: Any) -> None:  # noqa: ANN401
        """Other services from now on; clients made before keep theirs."""
        self.services = replace(self.services, **changed)

    def token(self, role: AccessRole, owners: Sequence[str] = ()) -> str:
        """A new key's token."""
        self._made += 1
        return self.services.keys.add(f"{role} {self._made}", role, owners, ROOT)[1]

    def client(self, role: AccessRole | None = AccessRole.AGENT, owners: Sequence[str] = ()) -> TestClient:
        """A client with a new key of this role; without a role without one."""
        client = TestClient(
            create_app(Serving(self.assistant), self.settings, self.services), raise_server_exceptions=False
        )
        if role is not None:
            client.headers["Authorization"] = f"Bearer {self.token(role, owners)}"
        return client

    def close(self) -> None:
        """Close the store."""
        self.services.library.close()
