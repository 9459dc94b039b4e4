from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kb.errors import SettingsError
from kb.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("KB_"):
            monkeypatch.delenv(name)


def test_defaults() -> None:
    settings = load_settings()
    assert (settings.library, settings.var) == (None, Path("var"))
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert (settings.model, settings.precision) == ("packaged", "auto")
    assert (settings.threshold, settings.pool) == (0.7, 50)
    assert (settings.workers, settings.queue, settings.deadline, settings.question_cache) == (1, 256, 10, 16)
    assert settings.zone == ZoneInfo("Asia/Shanghai")
    assert settings.soon == 48


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("library", "/some/where", Path("/some/where")),
        ("var", "elsewhere", Path("elsewhere")),
        ("database_url", "postgresql://someone@db/kb", "postgresql://someone@db/kb"),
        ("questions", "eval/sets/shop.jsonl", Path("eval/sets/shop.jsonl")),
        ("keep_generations", "3", 3),
        ("keep_days", "0.5", 0.5),
        ("feedback_days", "90", 90),
        ("host", "0.0.0.0", "0.0.0.0"),  # noqa: S104
        ("port", "0", 0),
        ("workers", "2", 2),
        ("queue", "64", 64),
        ("deadline", "2.5", 2.5),
        ("question_cache", "0", 0),
        ("threads", "3", 3),
        ("chatwoot_secret", "a-long-secret", "a-long-secret"),
        ("model", "other/model", "other/model"),
        ("precision", "f32", "f32"),
        ("timezone", "Asia/Tokyo", "Asia/Tokyo"),
        ("threshold", "0.75", 0.75),
        ("soon", "0", 0),
        ("pool", "7", 7),
        ("frame_origins", " https://chat.example/ , http://[::1]:3000", "https://chat.example,http://[::1]:3000"),
    ],
)
def test_each_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: object
) -> None:
    monkeypatch.setenv(f"KB_{name.upper()}", value)
    assert getattr(load_settings(), name) == expected
    assert getattr(load_settings(**{name: None}), name) == expected


def test_every_setting_is_tested_above() -> None:
    (marks,) = (m for m in test_each_comes_from_the_environment.pytestmark if m.name == "parametrize")  # type: ignore[attr-defined]
    assert {case[0] for case in marks.args[1]} == set(Settings.model_fields)


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_PORT", "1234")
    assert load_settings(port=4321).port == 4321


def test_an_empty_variable_is_an_absent_one(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = load_settings()
    for name in Settings.model_fields:
        monkeypatch.setenv(f"KB_{name.upper()}", "")
    assert load_settings() == defaults


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "mysql://root:secret@db/kb"),
        ("port", "many"),
        ("port", "-1"),
        ("port", "65536"),
        ("precision", "f16"),
        ("timezone", "Asia/Nowhere"),
        ("timezone", "Asia"),
        ("timezone", "../../etc/passwd"),
        ("threshold", "1.01"),
        ("threshold", "nan"),
        ("soon", "-1"),
        ("soon", "nan"),
        ("soon", "8785"),
        ("pool", "0"),
        ("pool", "1001"),
        ("frame_origins", "*"),
        ("frame_origins", "https://chat.example/app"),
        ("frame_origins", "https://a.example;script-src *"),
    ],
)
def test_an_error_names_the_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"KB_{name.upper()}", value)
    with pytest.raises(SettingsError, match=f"KB_{name.upper()}: "):
        load_settings()


def test_an_error_names_every_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_PORT", "many")
    monkeypatch.setenv("KB_POOL", "none")
    with pytest.raises(SettingsError, match=r"KB_PORT: .*; KB_POOL: "):
        load_settings()


def test_listening_everywhere_must_be_said() -> None:
    with pytest.raises(SettingsError, match="KB_HOST"):
        load_settings(host="")


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(SettingsError, match="KB_COLOUR"):
        load_settings(colour="red")
