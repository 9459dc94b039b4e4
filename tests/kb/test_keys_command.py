from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kb.cli import app
from kb.settings import load_settings
from kb.store.key_store import KeyStore
from kb.store.library_store import LibraryStore
from kb.store.records import AccessRole, Actor, Change
from tests.support.articles import article_text


def kb(*arguments: str, var: Path) -> Result:
    return CliRunner().invoke(app, [*arguments, "--var", str(var)], env={"COLUMNS": "200", "KB_DATABASE_URL": ""})


def checked(token: str, var: Path) -> Actor | None:
    keys = KeyStore.open(load_settings(var=var))
    try:
        return keys.check(token)
    finally:
        keys.close()


def test_a_key_is_added_listed_and_revoked(tmp_path: Path) -> None:
    done = kb("keys", "add", "李四", "--role", "owner", "--owner", "售后组", "--owner", "物流组", var=tmp_path)
    assert done.exit_code == 0, done.stderr
    token = done.stdout.strip()
    assert checked(token, tmp_path) == Actor("李四", AccessRole.OWNER, frozenset({"售后组", "物流组"}))
    id_, secret = token.split("_")[1:]
    assert secret not in done.stderr
    listed = kb("keys", "list", var=tmp_path)
    assert secret not in listed.output
    keys = KeyStore.open(load_settings(var=tmp_path))
    assert [(key.id, key.name) for key in keys.list()] == [(id_, "李四")]
    keys.close()
    assert kb("keys", "revoke", id_, var=tmp_path).exit_code == 0
    assert checked(token, tmp_path) is None
    assert kb("keys", "revoke", id_, var=tmp_path).exit_code == 1


def test_if_none_makes_the_first_key_alone(tmp_path: Path) -> None:
    first = kb("keys", "add", "first", "--if-none", var=tmp_path)
    assert checked(first.stdout.strip(), tmp_path) == Actor("first")
    assert first.stderr == ""
    again = kb("keys", "add", "second", "--if-none", var=tmp_path)
    assert (again.exit_code, again.stdout) == (0, "")


@pytest.mark.parametrize(
    "arguments", [("add", ""), ("add", "a\0b"), ("add", "a", "--role", "root"), ("revoke", "nobody")]
)
def test_what_cannot_be(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = kb("keys", *arguments, var=tmp_path)
    assert done.exit_code != 0
    assert done.stdout == ""


def test_status_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = kb("status", var=tmp_path)
    assert done.exit_code == 0, done.output
    shown = done.stdout + capsys.readouterr().out
    assert "no articles" in shown
    assert "nothing is published yet; run `kb publish FOLDER`" in shown


def test_status_of_a_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = LibraryStore.open(load_settings(var=tmp_path))
    me = Actor("me")
    texts = {
        "late": article_text("晚了", id="late", review_by="2020-01-01", owner="售后组"),
        "sale": article_text("大促[red]", kind="promotion", id="sale", effective_from="2020-01-01"),
    }
    for name, text in texts.items():
        store.save(f"{name}.md", text.encode(), me, "", None)
    begun = store.begin([Change(name, 1) for name in texts], me, "first")
    store.activate(begun.number, "0" * 16, {})
    store.close()
    done = kb("status", var=tmp_path)
    assert done.exit_code == 0, done.output
    shown = done.stdout + capsys.readouterr().out
    assert "2 published" in shown
    assert f"publication 1, generation {'0' * 16}" in shown
    assert "晚了 · late" in shown
    assert "大促[red] · sale" in shown
    assert "nothing starts or ends in the next 7 days" in shown
    assert "free; var takes" in shown
