"""The generations on disk, and the way back to one."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Depends

from api.auth import READER
from api.dependencies import Admin, Answering, Configured, Library, Serving, slowly
from api.errors import documented
from api.schemas_publishing import GenerationOut, ReceiptOut, RollbackIn, receipt_out
from api.services import Services, publisher_of
from indexer.publishing.overview import overview
from kb.errors import WrongStateError

router = APIRouter(
    prefix="/v1/generations",
    tags=["generations"],
    dependencies=[Depends(READER)],
    responses=documented(401, 403, 422, 429),
)


@router.get("", summary="The generations on disk, that of the newest publication first")
def list_generations(library: Library, settings: Configured, assistant: Answering) -> list[GenerationOut]:
    """Old ones are kept by count and age, for the way back."""
    serving = assistant.index.generation
    found = overview(settings, library).generations
    return [GenerationOut(serves=one.id == serving, **asdict(one)) for one in found]


@router.post("/rollback", summary="Go back to what was published before", responses=documented(404, 409))
async def rollback(body: RollbackIn, actor: Admin, services: Serving) -> ReceiptOut:
    """A new publication of the old revisions; the gate is not asked, so that a way back always stands open."""

    def back() -> ReceiptOut:
        to = body.generation or body.publication or _before(services)
        return receipt_out(publisher_of(services).rollback(to, actor, body.why))

    return await slowly(services.publishing, back)


def _before(services: Services) -> int:
    """The publication that the serving one was made on."""
    active = services.library.active()
    if active is None or not active.base:
        raise WrongStateError("there is no earlier publication to go back to; `GET /v1/publications` lists them")
    return active.base
