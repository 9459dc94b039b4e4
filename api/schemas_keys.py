"""Keys and the audit trail over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from kb.store.records import AccessRole

Owner = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class KeyIn(BaseModel):
    """A key to make. `owners`: the article owners that a key of the role `owner` writes for."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "李四", "role": "owner", "owners": ["售后组"]}]}
    )

    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    role: AccessRole
    owners: Annotated[list[Owner], Field(max_length=100)] = []

    @field_validator("name")
    @classmethod
    def _printable(cls, name: str) -> str:
        """As the store keeps it: one blank between words."""
        name = " ".join(name.split())
        if not name or not name.isprintable():
            raise ValueError("a name needs 1 to 80 printable characters")
        return name


class KeyOut(BaseModel):
    """A key without its secret."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    role: AccessRole
    owners: list[str]
    created_at: datetime
    revoked_at: datetime | None

    @field_validator("owners", mode="before")
    @classmethod
    def _in_order(cls, owners: object) -> object:
        return sorted(owners) if isinstance(owners, frozenset) else owners


class NewKeyOut(KeyOut):
    """A new key with its token, which is shown this once."""

    token: str


class WhoOut(BaseModel):
    """Whose key it is."""

    name: str
    role: AccessRole
    owners: list[str]


class AuditOut(BaseModel):
    """One line of the append-only trail; `hash` covers the line and `before`, the hash of the line before."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    at: datetime
    by: str
    action: str
    subject: str
    detail: dict[str, Any]
    before: str
    hash: str
