"""Keys: made, listed and revoked by an admin; anyone may ask whose key they hold."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException

from api.dependencies import Admin, Anyone, Serving
from api.errors import documented
from api.schemas_keys import KeyIn, KeyOut, NewKeyOut, WhoOut

router = APIRouter(tags=["keys"], responses=documented(401, 403, 422, 429))


@router.get("/v1/key", summary="Whose key is this?")
def read_own_key(actor: Anyone) -> WhoOut:
    """Its name, its role, and whom it writes for."""
    return WhoOut(name=actor.name, role=actor.role, owners=sorted(actor.owners))


@router.get("/v1/keys", summary="Every key, the revoked ones too")
def list_keys(_: Admin, services: Serving) -> list[KeyOut]:
    """Without their secrets, which nobody knows."""
    return [KeyOut.model_validate(key) for key in services.keys.list()]


@router.post("/v1/keys", summary="Make a key", status_code=201, responses=documented(409))
def add_key(body: KeyIn, actor: Admin, services: Serving) -> NewKeyOut:
    """The token is in this answer and nowhere else."""
    if any(key.name == body.name and key.revoked_at is None for key in services.keys.list()):
        raise HTTPException(409, f"the name {body.name!r} is that of another key; take another or revoke that first")
    record, token = services.keys.add(body.name, body.role, body.owners, actor)
    return NewKeyOut(**KeyOut.model_validate(record).model_dump(), token=token)


@router.delete("/v1/keys/{key}", summary="Revoke a key", responses=documented(404, 409))
def revoke_key(key: Annotated[str, Path(max_length=80)], actor: Admin, services: Serving) -> KeyOut:
    """It opens nothing any more, in any process, within seconds. `key`: its id."""
    if key not in {record.id for record in services.keys.list()}:
        raise HTTPException(404, f"no key has the id {key!r}; `GET /v1/keys` lists them")
    return KeyOut.model_validate(services.keys.revoke(key, actor))
