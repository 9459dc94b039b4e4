"""The one place where errors become HTTP, and how each is described in /openapi.json."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.schemas_errors import ErrorOut, FieldError
from kb.errors import (
    ArticlesError,
    BusyError,
    EditConflict,
    GateRefused,
    GoneError,
    KbError,
    NoRoomError,
    NotAllowedError,
    NotPossibleError,
    PublishConflict,
    QuestionError,
    TooLateError,
    UnknownArticleError,
    UnknownGapError,
    WrongStateError,
)

log = structlog.get_logger()

_OUR_FAULT = "the answer failed; the server's log says why"
_STATUS: dict[type[KbError], int] = {
    UnknownArticleError: 404,
    UnknownGapError: 404,
    NotAllowedError: 403,
    EditConflict: 412,
    PublishConflict: 409,
    WrongStateError: 409,
    NotPossibleError: 409,
    NoRoomError: 507,
    BusyError: 503,
    TooLateError: 504,
    GoneError: 499,  # read by nobody; as nginx names it in its log
}
_EXAMPLES: dict[int, tuple[str, ErrorOut]] = {
    401: (
        "No key, or one that is not known or was revoked.",
        ErrorOut(error="the key is not known here or was revoked; ask an administrator for another (`kb keys add`)"),
    ),
    403: (
        "The key's role or owners do not allow this.",
        ErrorOut(error="this needs a key of the role owner or admin; yours is of the role agent. …"),
    ),
    404: ("There is no such thing.", ErrorOut(error="no article 'nobody' in the library")),
    409: (
        "The gate kept it back, another publication was first, or the article is not in the state for this.",
        ErrorOut(
            error="the gate is shut: 1 failure; the old generation serves on",
            fields=[FieldError(field="must_pass 多久退款", message="return-7-days: first is return-15-days")],
        ),
    ),
    412: (
        "Somebody else changed the article since it was read.",
        ErrorOut(error="`return-7-days` was changed since you read it: saved by 李四 at 2026-11-22T10:00:00+00:00 — …"),
    ),
    413: ("The request is too large.", ErrorOut(error="the request body is over 65536 bytes; send less")),
    422: (
        "The request or the article is not valid; `fields` has each place, `path:line` for an article.",
        ErrorOut(
            error="1 problem in the articles; nothing was saved",
            fields=[FieldError(field="rules/freight.md:4", message="`effective_from` is naive-looking — add +08:00")],
        ),
    ),
    428: (
        "The header that guards against overwriting others is missing.",
        ErrorOut(error="send If-Match with the ETag that you read, or `If-None-Match: *` for a new article"),
    ),
    429: ("Too many tries with a wrong key.", ErrorOut(error="too many tries with a wrong key; …")),
    503: (
        "More questions wait than may (`KB_QUEUE`); `Retry-After` says when those will be answered.",
        ErrorOut(error="256 questions wait already; ask again in 2 s"),
    ),
    504: (
        "The answer was not ready within `KB_DEADLINE`, or `X-Request-Timeout` where that is shorter.",
        ErrorOut(error="the answer was not ready within 10 s; ask again"),
    ),
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These errors as /openapi.json describes them, each with an example."""
    return {
        status: {
            "model": ErrorOut,
            "description": _EXAMPLES[status][0],
            "content": {"application/json": {"example": _EXAMPLES[status][1].model_dump()}},
        }
        for status in statuses
    }


def handle_errors(app: FastAPI) -> None:
    """Give every error of the application its status and the one shape."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(KbError, _failed)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _broken)


def _invalid(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    fields = [FieldError(field=_path(e["loc"]), message=str(e["msg"])) for e in error.errors()]
    return _response(422, "the request is not valid", fields)


def _failed(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, QuestionError):
        return _response(422, "the request is not valid", [FieldError(field=error.field, message=error.message)])
    if isinstance(error, ArticlesError):
        fields = [FieldError(field=f"{p.path}:{p.line}", message=f"{p.what} — {p.mend}") for p in error.problems]
        return _response(422, f"{len(fields)} problem(s) in the articles; nothing was changed", fields)
    if isinstance(error, GateRefused):
        fields = [FieldError(field=f.name, message=_failure(f.article, f.why)) for f in error.verdict.failures]
        return _response(409, str(error), fields)
    for kind, status in _STATUS.items():
        if isinstance(error, kind):
            response = _response(status, str(error))
            if isinstance(error, EditConflict):
                response.headers["ETag"] = f'"{error.etag}"'
            if isinstance(error, BusyError):
                response.headers["Retry-After"] = str(error.retry_after)
            return response
    log.error("request failed", why=str(error))
    return _response(500, _OUR_FAULT)


def _failure(article: str, why: str) -> str:
    return f"{article}: {why}" if article else why


def _refused(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    response = _response(error.status_code, error.detail)
    response.headers.update(error.headers or {})
    return response


def _broken(_: Request, error: Exception) -> JSONResponse:
    # The kind alone: some errors carry the text they were about. The server logs the trace by itself.
    log.error("request failed", why=type(error).__name__)
    return _response(500, _OUR_FAULT)


def _response(status: int, message: str, fields: list[FieldError] | None = None) -> JSONResponse:
    return JSONResponse(ErrorOut(error=message, fields=fields or []).model_dump(), status_code=status)


def _path(place: tuple[int | str, ...]) -> str:
    """`("body", "history", 3, "text")` as `history[3].text`; a body that is no JSON is `body`."""
    parts = place[1:] if place[:1] in (("body",), ("query",), ("path",), ("header",)) else place
    if not parts or (len(parts) == 1 and isinstance(parts[0], int)):
        return "body"
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return written.removeprefix(".")
