"""The one shape of every error over HTTP."""

from __future__ import annotations

from pydantic import BaseModel


class FieldError(BaseModel):
    """One field that is wrong: its path, and what to do."""

    field: str
    message: str


class ErrorOut(BaseModel):
    """Every error of the API: a sentence, and the fields where the request is to blame."""

    error: str
    fields: list[FieldError] = []
