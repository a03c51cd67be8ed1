"""The way into the application: every request is understood by the doors before Flask sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from flask import Response, current_app, request

from layers.errors import Fault, GridmapError, InvalidParameter, UnsupportedMedia
from layers.text import Text
from web.http.doors import Asked, Doors, asked

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from web.serving.parser import Parser

Answered = Iterable[bytes]
ASKED = "gridmap.asked"
VISIT = "gridmap.visit"
DOORS = "gridmap-doors"
NOBODY = "localhost"


def request_of(environ: WSGIEnvironment) -> Asked:
    """Return what a WSGI environment says of its request."""
    return asked(
        environ["REQUEST_METHOD"],
        environ.get("PATH_INFO", ""),
        environ.get("REMOTE_ADDR", ""),
        environ["wsgi.url_scheme"],
        lambda name: environ.get(f"HTTP_{name}"),
    )


def corrected(app: WSGIApplication, doors: Doors) -> WSGIApplication:
    """Return a WSGI application in front of `app` that puts believed values where Flask makes addresses from.

    Links, redirects and `Location` come from scheme, host and folder of the environment. After this they are those
    of the public address or of an allowed host, and ``REMOTE_ADDR`` is the reader's computer.
    """

    def enter(environ: WSGIEnvironment, start_response: StartResponse) -> Answered:
        environ[ASKED] = request_of(environ)
        try:
            visit = environ[VISIT] = doors.visit(environ[ASKED])
        except InvalidParameter:  # will be refused; until then nothing may be made from what it says
            environ["HTTP_HOST"] = NOBODY
            return app(environ, start_response)
        environ |= {
            "wsgi.url_scheme": visit.origin.scheme,
            "HTTP_HOST": visit.authority,
            "SCRIPT_NAME": visit.folder,
            "REMOTE_ADDR": visit.client,
        }
        return app(environ, start_response)

    return enter


def gate_of(doors: Doors) -> Callable[[Parser, str], tuple[GridmapError | None, str | None]]:
    """Return what the server asks before a request's body: why it is not served; else whose share it counts to."""

    def enter(request: Parser, peer: str) -> tuple[GridmapError | None, str | None]:
        known = asked(request.command, request.path, peer, request.url_scheme, request.headers.get)
        refusal = doors.refusal(known)
        if refusal is not None:
            return refusal, None
        visit = doors.visit(known)
        return None, None if visit.local else visit.client

    return enter


def may_write() -> bool:
    """Say whether the reader may change records: pages show their controls to nobody else."""
    doors: Doors = current_app.extensions[DOORS]
    return doors.writes(request.environ[VISIT])


def refuse_strangers() -> Response | None:
    """Refuse what the doors do not let in; answer a preflight of those who may read."""
    doors: Doors = current_app.extensions[DOORS]
    known = request.environ[ASKED]
    refusal = doors.refusal(known)
    if refusal is not None:
        raise refusal
    return Response(status=204) if doors.is_preflight(known) else None


def refuse_garbled() -> None:
    """Refuse what would be read otherwise than it was meant: bodies that are packed, parameters that are not UTF-8."""
    packed = request.headers.get("Content-Encoding", "identity").strip().lower()
    if packed not in ("", "identity"):
        where = {"parameter": "Content-Encoding", "value": packed[:80]}
        raise UnsupportedMedia(Fault(Text("web.body-packed"), where))
    try:
        unquote_to_bytes(request.query_string).decode()
    except UnicodeDecodeError as error:
        raise InvalidParameter(Fault(Text("web.not-utf-8"))) from error


def tell_browsers(response: Response) -> Response:
    """Say which pages may see the answer."""
    doors: Doors = current_app.extensions[DOORS]
    for name, value in doors.headers(request.environ[ASKED]):
        response.headers[name] = value
    if doors.varies:
        response.vary.add("Origin")
    return response
