from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from kb.errors import StoreError, WrongStateError
from kb.store.database import Database
from kb.store.key_store import LASTS, KeyStore
from kb.store.library_store import LibraryStore
from kb.store.records import AccessRole, Actor
from tests.support.store import ADMIN


def test_a_key_says_who_it_is(keys: KeyStore) -> None:
    assert keys.is_empty()
    record, token = keys.add(" 张  三 ", AccessRole.OWNER, ["售后组", " 物流  组 ", ""], ADMIN)
    assert re.fullmatch(rf"kb_{record.id}_[0-9a-f]{{64}}", token)
    assert (record.name, record.role, record.owners) == ("张 三", AccessRole.OWNER, frozenset({"售后组", "物流 组"}))
    assert keys.check(token) == Actor("张 三", AccessRole.OWNER, frozenset({"售后组", "物流 组"}))
    assert keys.list() == [record]
    assert not keys.is_empty()


def test_the_secret_is_not_kept(keys: KeyStore, database: Database) -> None:
    _, token = keys.add("a", AccessRole.AGENT, [], ADMIN)
    secret = token.rpartition("_")[2]
    with database.read() as connection:
        rows = [
            *connection.execute(text("SELECT * FROM access_keys")),
            *connection.execute(text("SELECT * FROM audit")),
        ]
    assert secret not in repr(rows)
    assert secret not in repr(vars(keys))


def test_a_token_that_is_not_one_is_refused(keys: KeyStore) -> None:
    record, token = keys.add("a", AccessRole.ADMIN, [], ADMIN)
    secret = token.rpartition("_")[2]
    wrong = "0" if secret[0] != "0" else "1"
    for bad in (
        "", "kb_", record.id, secret, token + "0", token[:-1], f" {token}", f"{token}\n", token.upper(),
        f"kb_{record.id}_{wrong}{secret[1:]}", f"kb_{'0' * 12}_{secret}", f"kb_{record.id}_{'字' * 64}", "\x00" * 80,
    ):  # fmt: skip
        assert keys.check(bad) is None
        assert keys.check(bad) is None
    assert keys.check(token) is not None


def test_a_revoked_key_is_refused_at_once_here_and_elsewhere_in_two_seconds(database: Database) -> None:
    now = [100.0]
    here, elsewhere = KeyStore(database, lambda: now[0]), KeyStore(database, lambda: now[0])
    record, token = here.add("a", AccessRole.QA, [], ADMIN)
    assert here.check(token) == elsewhere.check(token) == Actor("a", AccessRole.QA)
    revoked = here.revoke(record.id, ADMIN)
    assert revoked.revoked_at is not None
    assert here.list() == [revoked]
    assert here.check(token) is None
    now[0] += LASTS - 0.01
    assert elsewhere.check(token) is not None
    now[0] += 0.01
    assert elsewhere.check(token) is None
    now[0] -= 1
    assert elsewhere.check(token) is None


def test_a_clock_that_jumps_back_keeps_no_revoked_key(database: Database) -> None:
    now = [100.0]
    here, elsewhere = KeyStore(database), KeyStore(database, lambda: now[0])
    record, token = here.add("a", AccessRole.QA, [], ADMIN)
    assert elsewhere.check(token) is not None
    here.revoke(record.id, ADMIN)
    now[0] = 1.0
    assert elsewhere.check(token) is None


def test_a_known_key_is_not_looked_up_again(
    keys: KeyStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, token = keys.add("a", AccessRole.AGENT, [], ADMIN)
    assert keys.check(token) is not None
    monkeypatch.setattr(database, "read", None)
    assert keys.check(token) is not None


def test_names_are_told_apart(keys: KeyStore) -> None:
    record, token = keys.add("a", AccessRole.AGENT, [], ADMIN)
    with pytest.raises(StoreError, match=f"the name 'a' is that of key {record.id}"):
        keys.add(" a ", AccessRole.ADMIN, [], ADMIN)
    keys.revoke(record.id, ADMIN)
    again, other = keys.add("a", AccessRole.AGENT, [], ADMIN)
    assert again.id != record.id
    assert token != other
    for bad in ("", "  ", "x" * 201, "a\x00b", "a\u202eb", "\ud800"):
        with pytest.raises(StoreError, match="a key needs a name"):
            keys.add(bad, AccessRole.AGENT, [], ADMIN)


def test_revoking_what_is_not_there(keys: KeyStore) -> None:
    with pytest.raises(WrongStateError, match="key 'x': there is no such key"):
        keys.revoke("x", ADMIN)
    record, _ = keys.add("a", AccessRole.AGENT, [], ADMIN)
    keys.revoke(record.id, ADMIN)
    with pytest.raises(WrongStateError, match="it was revoked at 20"):
        keys.revoke(record.id, ADMIN)


def test_the_first_key_is_made_once(keys: KeyStore) -> None:
    made = keys.add_first("first", ADMIN)
    assert made is not None
    actor = keys.check(made[1])
    assert actor == Actor("first", AccessRole.ADMIN)
    assert keys.add_first("second", ADMIN) is None
    keys.revoke(made[0].id, ADMIN)
    assert keys.add_first("third", ADMIN) is None


def test_keys_are_in_the_audit_trail(keys: KeyStore, store: LibraryStore) -> None:
    record, _ = keys.add("a", AccessRole.OWNER, ["y", "x"], ADMIN)
    keys.revoke(record.id, Actor("b"))
    revoked, added = store.audit(5)
    assert (added.action, added.by, added.subject) == ("key-add", "管理员", record.id)
    assert added.detail == {"name": "a", "role": "owner", "owners": ["x", "y"]}
    assert (revoked.action, revoked.by, revoked.subject, revoked.detail) == (
        "key-revoke",
        "b",
        record.id,
        {"name": "a"},
    )
    assert store.verify_audit() == []
