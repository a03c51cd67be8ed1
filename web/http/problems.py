"""Problem details (RFC 9457): every refusal has one shape, and a page that explains it in both languages."""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, g, jsonify, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from layers import disks, errors
from layers.catalogue import catalogue
from layers.errors import Fault, GridmapError, NotFound
from layers.text import Text
from web.http.language import language_of

blueprint = Blueprint("problems", __name__)
log = logging.getLogger("gridmap")

TYPE = "application/problem+json"
LISTED = 200
FOLDERS = re.compile(r"^(/|[A-Za-z]:[\\/]|\\\\).*[\\/](?=.)")
SLUG_OF_STATUS = {
    400: "invalid-parameter",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "too-large",
    414: "too-large",
    415: "unsupported-media",
    429: "too-many-requests",
}


@lru_cache(maxsize=1)
def explanations() -> dict[str, dict[str, str]]:
    """Return slug → what the problem means and what to do, in both languages."""
    return tomllib.loads((Path(__file__).parent / "problems.toml").read_text("utf-8"))


def init_app(app: Flask) -> None:
    """Answer every error of the application as a problem; a blueprint would never see unknown URLs."""
    app.register_blueprint(blueprint)
    app.register_error_handler(GridmapError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _crashed)


def problem(slug: str, status: int, faults: tuple[Fault, ...] = (), **members: object) -> Response:  # JSON
    """Answer a problem: what, where and what to do, all faults at once; `members` are what this type says beside."""
    language = reader_language()
    listed = [Fault(each.text, _placed(each.where)) for each in faults[:LISTED]]
    said = [Fault(each.text, _titled(each.where)).say(language) for each in listed[:5]]
    body: dict[str, object] = {
        "type": f"{request.script_root}/problems/{slug}",
        "title": Text(f"problems.{slug}").say(language),
        "status": status,
        "detail": "\n".join(said) if said else explanations()[slug][language],
        "instance": request.script_root + request.path,
        "request_id": g.get("request_id"),
    }
    if listed:
        body["errors"] = [{"detail": fault.text.say(language), **fault.where} for fault in listed]
        body["error_count"] = len(faults)
    body.update(members)
    if _for_a_reader():
        page = render_template("refusal.html", problem=body, words=explanations()[slug][language], lang=language)
        return Response(page, status, {"Content-Language": language}, "text/html")
    response = jsonify(body)
    response.status_code = status
    response.mimetype = TYPE
    response.headers["Content-Language"] = language
    return response


def _for_a_reader() -> bool:
    """Say whether a person looks at the answer: a page that a browser opens, not a call to the API."""
    wanted = request.accept_mimetypes
    return not request.path.startswith(("/api/", "/health/")) and wanted["text/html"] > wanted[TYPE]


def _refused(error: GridmapError) -> Response:
    response = problem(error.slug, error.status, error.faults)
    if error.status in (429, 503):
        response.headers["Retry-After"] = "2"
    return response


def _http(error: HTTPException) -> BaseResponse:
    status = error.code or 500
    if 300 <= status < 400:
        return error.get_response()
    response = problem(SLUG_OF_STATUS.get(status, "internal-error" if status >= 500 else "invalid-parameter"), status)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _crashed(error: Exception) -> Response:
    full = disks.refusal(error)
    if full is not None:
        log.warning("request %s found a disk full: %s", g.get("request_id"), str(error))
        return _refused(full)
    log.exception("request %s failed: %s %s", g.get("request_id"), request.method, request.path)
    return problem("internal-error", 500)


@blueprint.get("/problems/<slug>")
def page(slug: str) -> str:
    """Explain a problem type."""
    if slug not in explanations():
        raise NotFound(Fault(Text("web.no-such-problem", known=sorted(explanations())), {"value": slug}))
    titles = {each: Text(f"problems.{slug}").say(each) for each in ("zh", "en")}
    return render_template("problem.html", slug=slug, titles=titles, words=explanations()[slug], lang=reader_language())


def reader_language() -> str:
    """Return the reader's language, whatever else is wrong with the request."""
    from web.service import service

    default = service().settings.language
    try:
        return language_of(request, default)
    except errors.InvalidParameter:
        return default


def _placed(where: Mapping[str, object]) -> dict[str, object]:
    """Return a place in plain values. Of a file only the name: where it lies on the server is nobody's business."""
    return {name: FOLDERS.sub("", str(value)) if name == "file" else _plain(value) for name, value in where.items()}


def _titled(where: Mapping[str, object]) -> dict[str, object]:
    """Return a place as a sentence names it: a layer by its title, while programs are told its id."""
    layer = where.get("layer")
    known = isinstance(layer, str) and layer in catalogue()
    return {**where, "layer": catalogue().layer(str(layer)).label} if known else {**where}


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
