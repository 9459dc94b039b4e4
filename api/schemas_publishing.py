"""Publications, their receipts and the generations that they made, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from api.schemas_library import Number, Why
from indexer.publishing.receipt import ChangeReceipt, Receipt, ServingProcess
from kb.store.records import AppliedChange, Publication, PublicationState


class ReceiptOut(BaseModel):
    """What applies from when, who answers from it, and for each withdrawal the proof: three counts of 0.

    `is_complete`: every serving process answers from it and nothing is left of what was withdrawn. `is_new`: false
    where nothing differed from what is published. `pending`: processes that did not switch in time.
    """

    model_config = ConfigDict(from_attributes=True)

    publication: int
    generation: str
    changes: list[ChangeReceipt]
    activated_at: datetime | None
    by: str
    why: str
    forced: str
    is_new: bool
    is_complete: bool
    switched: list[ServingProcess]
    pending: list[ServingProcess]
    took_ms: dict[str, float]
    warnings: list[str]


class PublicationOut(BaseModel):
    """One change of the published library. `base`: the publication that it was made on. `before`: what was published.

    `gate`: what the gate said. `forced`: the reason given for passing a shut gate.
    """

    model_config = ConfigDict(from_attributes=True)

    number: int
    base: int
    state: PublicationState
    by: str
    why: str
    at: datetime
    changes: list[AppliedChange]
    generation: str | None
    activated_at: datetime | None
    forced: str


class PublicationDetailOut(PublicationOut):
    """A publication with the gate's verdict and the receipt, empty where it was never served."""

    gate: dict[str, Any]
    receipt: dict[str, Any]


class GenerationOut(BaseModel):
    """One generation on disk. `publication`: the newest that it was made for; 0: none. `is_active`: it is published.

    `serves`: this process answers from it. `wrong`: what is the matter with it; empty where it is whole.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    publication: int
    is_active: bool
    serves: bool
    activated_at: datetime | None
    by: str
    why: str
    articles: int
    passages: int
    bytes: int
    wrong: str


class RollbackIn(BaseModel):
    """What comes back: the state after a publication, or that of a generation; neither: the one before."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"publication": 7, "why": "运费写错"}, {"why": "回退"}]}
    )

    publication: Number | None = None
    generation: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")] | None = None
    why: Why

    @model_validator(mode="after")
    def _one(self) -> RollbackIn:
        if self.publication is not None and self.generation is not None:
            raise ValueError("name a `publication` or a `generation`, not both")
        return self


def receipt_out(receipt: Receipt) -> ReceiptOut:
    """The receipt as it goes over the wire."""
    return ReceiptOut.model_validate(receipt)


def publication_out(publication: Publication) -> PublicationDetailOut:
    """One publication with all that is known of it."""
    return PublicationDetailOut.model_validate(publication)
