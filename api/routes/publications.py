"""Publications: what was published when, by whom and why, with gate and receipt; and several changes at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.exceptions import HTTPException

from api.auth import READER
from api.dependencies import Library, Serving, Writer, slowly
from api.errors import documented
from api.feedback_room import Feedback
from api.schemas_library import Number, PublicationIn
from api.schemas_publishing import (
    PublicationDetailOut,
    PublicationOut,
    ReceiptOut,
    publication_out,
    receipt_out,
)
from api.services import publisher_of
from kb.errors import WrongStateError

router = APIRouter(
    prefix="/v1/publications",
    tags=["publications"],
    dependencies=[Depends(READER)],
    responses=documented(401, 403, 422, 429),
)


@router.get("", summary="The publications, the newest first")
def list_publications(library: Library, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> list[PublicationOut]:
    """Refused and abandoned ones too."""
    return [PublicationOut.model_validate(one) for one in library.publications(limit)]


@router.get("/{number}", summary="One publication with its gate and receipt", responses=documented(404))
def read_publication(number: Number, library: Library) -> PublicationDetailOut:
    """What the publish call answered can be read again here."""
    try:
        return publication_out(library.publication(number))
    except WrongStateError as error:
        raise HTTPException(404, str(error)) from error


@router.post("", summary="Publish and withdraw several articles at once", responses=documented(404, 409, 413))
async def publish_several(body: PublicationIn, actor: Writer, services: Serving, room: Feedback) -> ReceiptOut:
    """All or nothing; the receipt comes once every serving process answers from it."""
    changes = [change.change() for change in body.changes]

    def publish() -> ReceiptOut:
        receipt = publisher_of(services).publish(changes, actor, body.why, body.force or None)
        room.published(actor)
        return receipt_out(receipt)

    return await slowly(services.publishing, publish)
