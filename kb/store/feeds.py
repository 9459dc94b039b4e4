"""Tokens for calendar addresses, one a key: derived from the key, so that nothing is kept and both end together.

A calendar's address is copied, logged and synchronised; so it never carries the key itself.
"""

from __future__ import annotations

import hmac
import re
from typing import Any

from sqlalchemy import Row, select

from kb.store.database import Database
from kb.store.records import AccessRole, Actor
from kb.store.tables import keys

_TOKEN = re.compile(r"kbfeed_([0-9a-f]{12})_([0-9a-f]{64})")
_PURPOSE = b"kb calendar feed 1"


class Feeds:
    """What a key's calendar address carries. May be shared between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def token(self, id: str) -> str | None:  # noqa: A002 (what it is called everywhere)
        """The token of a valid key's calendar; None where there is no such key."""
        row = self._valid(id)
        return None if row is None else f"kbfeed_{id}_{_derived(row)}"

    def check(self, token: str) -> Actor | None:
        """Whose calendar it is, an agent's right whatever the key's; None for a token that is not valid."""
        match = _TOKEN.fullmatch(token)
        row = self._valid(match.group(1)) if match else None
        if match is None or row is None or not hmac.compare_digest(_derived(row), match.group(2)):
            return None
        return Actor(row.name, AccessRole.AGENT)

    def _valid(self, id: str) -> Row[Any] | None:  # noqa: A002
        with self._database.read() as connection:
            return connection.execute(select(keys).where(keys.c.id == id, keys.c.revoked_at.is_(None))).first()


def _derived(row: Row[Any]) -> str:
    return hmac.new(bytes.fromhex(row.secret_sha256), _PURPOSE, "sha256").hexdigest()
