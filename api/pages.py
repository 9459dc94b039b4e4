"""The pages: the agent's sidebar and the demo desk, their modules, and the policy that lets nothing else run."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

from kb.settings import Settings

_HERE: Final = Path(__file__).parent / "pages"
_STATIC: Final = _HERE / "static"
_HOST: Final = _HERE / "host"
# Checked against the server's copy each time: a page and its modules are always of one version.
_FRESH: Final = {"Cache-Control": "no-cache"}
_ANYWHERE: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_templates = Environment(loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True)

Language = Literal["zh", "en"]
router = APIRouter(include_in_schema=False)


def add_pages(app: FastAPI) -> None:
    """Give the application its pages; `app.state.settings` says who may frame the sidebar."""
    app.include_router(router)
    app.mount("/pages", _Modules(directory=_STATIC), name="pages")


class _Modules(StaticFiles):
    """The files of the pages, which the browser asks about each time."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers.update(_FRESH)
        return response


@router.get("/sidebar")
def sidebar(request: Request, lang: str = "", theme: str = "") -> HTMLResponse:
    """The page for a frame beside the chat. lang: `zh` or `en`; theme: `light` or `dark`; else as the browser says."""
    settings: Settings = request.app.state.settings
    return _page("sidebar.html", request, lang, theme, policy(settings), frame_origins=" ".join(settings.origins))


@router.get("/demo")
def demo(request: Request, lang: str = "", theme: str = "") -> HTMLResponse:
    """A shop's chat desk with five customers who write by themselves, the sidebar beside it."""
    allowed = f"{_POLICY}; frame-src 'self'; frame-ancestors 'self'"
    return _page("demo.html", request, lang, theme, allowed)


@router.get("/kb-sidebar.js")
def host_script() -> FileResponse:
    """What a host page imports; any origin may."""
    return FileResponse(_HOST / "kb-sidebar.js", media_type="text/javascript", headers=_FRESH | _ANYWHERE)


@router.get("/kb-sidebar.d.ts")
def host_types() -> FileResponse:
    """Its types."""
    return FileResponse(_HOST / "kb-sidebar.d.ts", media_type="text/plain", headers=_FRESH | _ANYWHERE)


_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types kb-article"
)


def policy(settings: Settings) -> str:
    """The sidebar's Content-Security-Policy: its own scripts and styles, framed by the allowed origins alone."""
    origins = " ".join(("'self'", *settings.origins))
    return f"{_POLICY}; frame-ancestors {origins}"


def _page(template: str, request: Request, lang: str, theme: str, allowed: str, **values: str) -> HTMLResponse:
    language = _language(lang, request.headers.get("accept-language", ""))
    shade = theme if theme in ("light", "dark") else ""
    text = _templates.get_template(template).render(lang="en" if language == "en" else "zh-CN", theme=shade, **values)
    headers = {"Content-Security-Policy": allowed, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Language"}
    return HTMLResponse(text, headers=headers | _FRESH)


def _language(asked: str, accepted: str) -> Language:
    """Chinese, unless English is asked for, or the browser names it before any Chinese."""
    if asked in ("zh", "en"):
        return "en" if asked == "en" else "zh"
    for part in accepted.lower().split(","):
        tag = part.split(";")[0].strip()
        if tag.startswith(("zh", "en")):
            return "en" if tag.startswith("en") else "zh"
    return "zh"
