"""Requests that cost much are asked of other processes, before their view would begin."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, g, request
from werkzeug.datastructures import Headers

from layers import scratch
from layers.analyses.registry import KNOWN_AT, OF_SITUATIONS
from layers.workshop import Asking, NoProcess
from web.asking import prices, there
from web.asking.spoken import Put, Told
from web.http.entrance import VISIT
from web.http.sending import send_made
from web.service import service

if TYPE_CHECKING:
    from collections.abc import Hashable

ASKING = "gridmap-asking"
# As many as the lanes have threads for, so that other servers than ours have a bound too.
# In this order they are spread over the processes: with two, maps have one of them for themselves.
PLACES = {"analysis": 4, "map": 12, "features": 4}
# A page that was asked for this morning is still known in the afternoon; what else is kept for others soon goes.
IDLE_SECONDS = {"map": 3600.0, "analysis": 120.0, "features": 120.0}
GENERAL = ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH",
           "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "REQUEST_URI", "RAW_URI", "wsgi.url_scheme")  # fmt: skip
# What answers depend on: the form, the language, the reader's copy, the address that links begin with.
HEADERS = ("HTTP_HOST", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_COOKIE", "HTTP_PREFER",
           "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE",
           "HTTP_IF_RANGE", "HTTP_RANGE")  # fmt: skip
# Pages say a word of their own to each reader's browser, so that they are made for each; what they show is not.
SHARED = ("analysis", "features", there.FIGURES)
FILE = "map-file"


def start(app: Flask) -> Asking | None:
    """Have costly questions answered by processes beside the service; closing what is returned ends them."""
    settings = app.extensions["gridmap"].settings
    if not settings.questions:
        return None
    asking = Asking(there.TASKS, there.MODULE, settings, PLACES, IDLE_SECONDS, settings.questions)
    app.extensions[ASKING] = asking
    return asking


def answer_elsewhere() -> Response | None:
    """Answer the request by another process if it costs much; None lets its view answer it here."""
    asking: Asking | None = current_app.extensions.get(ASKING)
    found = None if asking is None else prices.price(service().store)
    if asking is None or found is None or found[1] < prices.DEAR_MS:
        return None
    try:
        if found[0] == FILE:
            return _file(asking)
        put = _put()
        task = there.FIGURES if found[0] == "analysis" and _rests_on_situations(put.body) else found[0]
        key = _all_that_counts(put) if task in SHARED else None
        return _response(_told(asking.ask(task, put, key=key)))
    except NoProcess:
        return None


def _rests_on_situations(body: bytes) -> bool:
    """Say whether an analysis follows from what maps keep; what was known at another time is nothing that they keep."""
    return (request.view_args or {}).get("id") in OF_SITUATIONS and KNOWN_AT.encode() not in body


def _put(target: Path | None = None) -> Put:
    environ = {name: request.environ[name] for name in (*GENERAL, *HEADERS) if name in request.environ}
    body = b""
    if request.method == "POST":
        body = request.stream.read()
        request.stream = io.BytesIO(body)  # to be read again where it is answered here after all
    file, visit = None if target is None else str(target), request.environ[VISIT]
    return Put(environ, body, service().today(), visit, g.request_id, file)


def _all_that_counts(put: Put) -> Hashable:
    """Return what an answer rests on: the records and the request, but not whose request it is."""
    store = service().store
    records = store.revision(), *store.layer_revisions().values()
    return *records, *put.environ.items(), put.body, put.today, put.visit.local


def _file(asking: Asking) -> Response:
    folder = scratch.make_folder("answer")
    try:
        target = folder / "answer"
        told = _told(asking.ask(FILE, _put(target)))
        if told.body is None:
            return send_made(target, told.status, told.headers)
    except BaseException:
        scratch.remove(folder)
        raise
    scratch.remove(folder)
    return _response(told)


def _told(answer: object) -> Told:
    assert isinstance(answer, Told)  # as `there` answers
    return answer


def _response(told: Told) -> Response:
    if told.nonce is not None:
        g.nonce = told.nonce
    response = Response([told.body or b""], told.status, Headers(told.headers))
    response.automatically_set_content_length = told.sized
    return response
