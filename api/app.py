"""The application: its routes, its limits, and the one place where errors become HTTP."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.body_limit import BodyLimit
from api.schemas import (
    AnswerOut,
    ArticleOut,
    ErrorOut,
    FieldError,
    QuestionIn,
    answer_out,
    article_out,
)
from kb import __version__
from kb.assistant import Assistant
from kb.errors import KbError, QuestionError, UnknownArticleError
from kb.html import safe_html
from kb.settings import Settings

MAX_BODY = 64 * 1024
_OUR_FAULT = "the answer failed; the server's log says why"

log = structlog.get_logger()


def _assistant(request: Request) -> Assistant:
    assistant: Assistant = request.app.state.assistant
    return assistant


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


Answering = Annotated[Assistant, Depends(_assistant)]
Configured = Annotated[Settings, Depends(_settings)]


def create_app(assistant: Assistant, settings: Settings) -> FastAPI:
    """The application over one Assistant."""
    app = FastAPI(
        title="kb",
        version=__version__,
        summary="Ranked answer snippets with their sources, for customer-service agents.",
        # The page of FastAPI's own documentation loads from a CDN; /openapi.json does not.
        docs_url=None,
        redoc_url=None,
        responses={422: {"model": ErrorOut}, 413: {"model": ErrorOut}},
    )
    app.state.assistant = assistant
    app.state.settings = settings
    app.add_middleware(BodyLimit, limit=MAX_BODY)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(KbError, _failed)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _broken)
    _add_routes(app)
    return app


def _add_routes(app: FastAPI) -> None:
    @app.post("/v1/suggestions", summary="Suggest answers for a customer's message")
    def suggest(body: QuestionIn, assistant: Answering, settings: Configured) -> AnswerOut:
        """Ranked suggestions, at most one an article; where none is reliable, the nearest and `answerable` false."""
        return answer_out(assistant.suggest(body.asked(settings.zone)))

    @app.get(
        "/v1/articles/{article:path}",
        summary="An article of the served generation",
        responses={404: {"model": ErrorOut}},
    )
    def read_article(article: str, assistant: Answering) -> ArticleOut:
        """Its Markdown as written, and HTML that is safe to show, in force or not."""
        index = assistant.index
        ordinal = index.ordinal(article)
        if ordinal is None:
            raise UnknownArticleError(f"no article {article!r} in generation {index.generation}")
        found = index.articles[ordinal]
        return article_out(found, index.validity.end_of(ordinal), index.generation, safe_html(found))

    @app.get("/healthz", summary="Is the process alive?")
    def health() -> dict[str, str]:
        """Always ok while the process answers."""
        return {"status": "ok", "version": __version__}

    @app.get("/readyz", summary="Can it answer, and from which generation?")
    def ready(assistant: Answering) -> dict[str, str]:
        """The generation that answers."""
        return {"status": "ready", "generation": assistant.index.generation}


def _invalid(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    fields = [FieldError(field=_path(e["loc"]), message=str(e["msg"])) for e in error.errors()]
    return _response(422, "the request is not valid", fields)


def _failed(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, QuestionError):
        return _response(422, "the request is not valid", [FieldError(field=error.field, message=error.message)])
    if isinstance(error, UnknownArticleError):
        return _response(404, str(error))
    log.error("request failed", why=str(error))
    return _response(500, _OUR_FAULT)


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
    parts = place[1:] if place[:1] == ("body",) else place
    if not parts or (len(parts) == 1 and isinstance(parts[0], int)):
        return "body"
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return written.removeprefix(".")
