"""Every setting, its default and its environment variable (`KB_` and the name in capitals)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kb.errors import SettingsError

_ORIGIN = re.compile(r"https?://([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?")


class Settings(BaseSettings):
    """What an operator may set. README lists each; a test keeps that list complete."""

    model_config = SettingsConfigDict(env_prefix="KB_", env_ignore_empty=True, frozen=True, extra="forbid")

    library: Path | None = Field(
        None, description="Answer from this folder of Markdown articles; unset: from the published library of `var`."
    )
    var: Path = Field(Path("var"), description="Where model, caches and generations are kept.")
    database_url: str | None = Field(
        None,
        repr=False,
        description="The store of articles; unset: SQLite under `var`. postgresql://user:password@host/name",
    )
    questions: Path | None = Field(
        None, description="The question set that a publication must pass; unset: the articles' `must_pass` alone."
    )
    keep_generations: int = Field(10, ge=2, description="At most so many generations are kept, for rollback.")
    keep_days: float = Field(7, gt=0, description="Generations older than this are removed, but for the two newest.")
    feedback_days: int = Field(
        180, ge=42, le=36_500, description="Feedback events and questions older than this are removed; at least 42."
    )
    host: str = Field("127.0.0.1", min_length=1, description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=64, description="How many processes answer on the one port.")
    threads: int | None = Field(
        None, ge=1, le=1024, description="Cores that each process encodes on; unset: all, shared among `KB_WORKERS`."
    )
    queue: int = Field(256, ge=1, le=100_000, description="How many questions may wait in a process before a 503.")
    deadline: float = Field(10, gt=0, le=600, description="Seconds that an answer may take, waiting included.")
    question_cache: int = Field(
        16, ge=0, le=65_536, description="Megabytes of memory for questions that were encoded lately; 0: none."
    )
    model: str = Field(
        "packaged", description="`packaged`, `packaged-base`, or any sentence-transformers name or folder."
    )
    precision: Literal["auto", "f32", "bf16"] = Field(
        "auto", description="The encoder's arithmetic; `auto` takes bfloat16 where the processor has it."
    )
    timezone: str = Field("Asia/Shanghai", description="The shop's time zone, for bare dates.")
    threshold: float = Field(
        0.7, ge=0, le=1, description="The confidence from which a suggestion is offered as the answer."
    )
    soon: float = Field(
        48, ge=0, le=8784, description="How many hours before it begins an article is offered as to come; 0: never."
    )
    pool: int = Field(50, ge=1, le=1000, description="How many passages each leg hands to the ranking.")
    frame_origins: str = Field(
        "", description="Whose pages may hold the sidebar in a frame: origins, commas between; its own always may."
    )
    chatwoot_secret: str | None = Field(
        None, repr=False, min_length=8, description="The secret of Chatwoot's webhook, which tells of messages sooner."
    )

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str | None) -> str | None:
        if url and not url.startswith(("postgresql://", "postgresql+psycopg://", "postgres://", "sqlite:///")):
            # The value may hold a password and is not repeated.
            raise ValueError("write it like postgresql://user:password@host/database")
        return url

    @field_validator("frame_origins")
    @classmethod
    def _plain_origins(cls, written: str) -> str:
        origins = [part.strip().rstrip("/") for part in written.split(",") if part.strip()]
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin; write it like https://chat.example or http://10.0.0.5:3000")
        return ",".join(origins)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"no time zone is called {name!r}; write it like Asia/Shanghai") from error
        return name

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins, beside its own, whose pages may hold the sidebar."""
        return tuple(self.frame_origins.split(",")) if self.frame_origins else ()

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.timezone)


def load_settings(**given: object) -> Settings:
    """The settings from the environment, with those `given` (and not None) above it.

    Raises SettingsError naming each setting that cannot work.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**chosen)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(f"KB_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        raise SettingsError(wrong) from error
