"""The audit trail: every change, by whom and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.auth import AUDITOR
from api.dependencies import Library
from api.errors import documented
from api.schemas_keys import AuditOut

router = APIRouter(tags=["audit"], dependencies=[Depends(AUDITOR)], responses=documented(401, 403, 422, 429))


@router.get("/v1/audit", summary="What was done, by whom and why")
def read_audit(
    library: Library,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=1, description="Only lines with a smaller number.")] = None,
) -> list[AuditOut]:
    """The newest first; `kb verify` checks the chain of hashes."""
    return [AuditOut.model_validate(line) for line in library.audit(limit, before)]
