"""Every setting, its default and its environment variable (`KB_` and the name in capitals)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kb.errors import SettingsError


class Settings(BaseSettings):
    """What an operator may set. README lists each; a test keeps that list complete."""

    model_config = SettingsConfigDict(env_prefix="KB_", env_ignore_empty=True, frozen=True, extra="forbid")

    library: Path = Field(Path("articles"), description="The folder of Markdown articles.")
    var: Path = Field(Path("var"), description="Where model, caches and generations are kept.")
    host: str = Field("127.0.0.1", min_length=1, description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
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

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"no time zone is called {name!r}; write it like Asia/Shanghai") from error
        return name

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
